import type { Database } from 'better-sqlite3';
import { SCORE_COLUMNS, SCORES_SQL } from '../scores/figures.ts';
import { isOpenSql, isSealedSql, SEALED_SCORES_SQL, SUM_COLUMNS } from '../scores/sealed.ts';
import type { Db } from './db.ts';
import { readFloor } from './floor.ts';

/**
 * Computes the scores of the tools in the queue anew and empties it. A tool whose calls are all gone loses its row; of pruned
 * calls the sums of their days count. The caller holds the transaction. Returns the number of tools that were looked at.
 */
export function refreshScores(db: Database): number {
  const queued = db.prepare<[], { n: number }>('select count(*) as n from score_queue').get()?.n ?? 0;
  if (queued === 0) return 0;
  db.exec('delete from tool_scores where tool in (select name from tools where id in (select tool_id from score_queue))');
  db.exec(`insert into tool_scores (${COLUMNS}) ${scoresSql('select tool_id from score_queue', readFloor(db) !== null)}`);
  db.exec('delete from score_queue');
  return queued;
}

/** Tools whose stored scores are not what their calls give, and those that are missing. */
export async function verifyScores(db: Db): Promise<readonly string[]> {
  const hasSealed = (await db.get(`select 1 from meta where key = 'floor_at'`)) !== undefined;
  const rows = await db.all(`
    with stored as (select ${COLUMNS} from tool_scores), derived as (${scoresSql('select id from tools', hasSealed)})
    select tool from (select * from stored except select * from derived)
    union select tool from (select * from derived except select * from stored) order by 1`);
  return rows.map((row) => String(row['tool']));
}

const COLUMNS = ['tool', 'kind', 'server', ...SCORE_COLUMNS].join(', ');

/** The scores of some tools as their calls give them. */
const scoresSql = (toolIds: string, hasSealed: boolean): string => `
  with calls as (
    select c.tool_id as grp, t.name as tool, outcome, duration_ms, cost_nano_usd, session_id, started_at
    from tools t join tool_calls c on c.tool_id = t.id
    where t.id in (${toolIds}) ${hasSealed ? `and ${isOpenSql('c.day')}` : ''}
  ), ${hasSealed ? `${sealedSql(toolIds)}, ${SEALED_SCORES_SQL}` : SCORES_SQL}
  select t.name as tool, t.kind, t.server, ${SCORE_COLUMNS.map((column) => `s.${column}`).join(', ')}
  from scores s join tools t on t.id = s.grp`;

const sealedSql = (toolIds: string): string => `sums as (
    select tool_id as grp, session_id, ${SUM_COLUMNS.join(', ')} from rollup_calls
    where tool_id in (${toolIds}) and ${isSealedSql('day')}
  ), histogram as (
    select tool_id as grp, bucket, sum(calls) as calls from rollup_durations
    where tool_id in (${toolIds}) and ${isSealedSql('day')} group by 1, 2
  )`;
