import type { Database } from 'better-sqlite3';
import { SCORE_COLUMNS, SCORES_SQL, SETTLED, WAITING } from '../scores/figures.ts';
import { isOpenSql, isSealedSql, RANKED_SCORES_SQL, SEALED_SCORES_SQL, SUM_COLUMNS, SUMMED_SCORES_SQL } from '../scores/sealed.ts';
import type { Db } from './db.ts';
import { DIFFERING_SQL } from './differing.ts';
import { readFloor } from './floor.ts';

/**
 * Computes the scores of the tools in the queue anew and empties it. A tool whose calls are all gone loses its row; of pruned
 * calls the sums of their days count. The caller holds the transaction, and has made the rollups anew. Returns the number of tools that were looked at.
 */
export function refreshScores(db: Database): number {
  const queued = db.prepare<[], number>('select tool_id from score_queue').pluck().all();
  if (queued.length === 0) return 0;
  db.exec('delete from tool_scores where tool in (select name from tools where id in (select tool_id from score_queue))');
  if (readFloor(db) === null) insertRanked(db, queued);
  else db.exec(`insert into tool_scores (${COLUMNS}) ${SUMMED_SQL}`);
  db.exec('delete from score_queue');
  return queued.length;
}

function insertRanked(db: Database, toolIds: readonly number[]): void {
  const countTimed = db.prepare<[{ grp: number }], number>(`select count(*) from (${TIMED_SQL})`).pluck();
  const insert = db.prepare<[{ grp: number; n: number }]>(`insert into tool_scores (${COLUMNS}) ${RANKED_SQL}`);
  for (const grp of toolIds) insert.run({ grp, n: countTimed.get({ grp }) ?? 0 });
}

/** Tools whose stored scores are not what their calls give, and those that are missing. */
export async function verifyScores(db: Db): Promise<readonly string[]> {
  const hasSealed = (await db.get(`select 1 from meta where key = 'floor_at'`)) !== undefined;
  const rows = await db.all(`
    with stored as (select ${COLUMNS} from tool_scores), derived as (${factsSql(hasSealed)}),
      wrong as (${DIFFERING_SQL})
    select distinct tool from wrong order by 1`);
  return rows.map((row) => String(row['tool']));
}

const COLUMNS = ['tool', 'kind', 'server', ...SCORE_COLUMNS].join(', ');

const FROM_SCORES = `select t.name as tool, t.kind, t.server, ${SCORE_COLUMNS.map((column) => `s.${column}`).join(', ')}
  from scores s join tools t on t.id = s.grp`;

/** The scores of the tools in the queue, from sums where sums can tell. */
const SUMMED_SQL = `
  with calls as (
    select c.tool_id as grp, t.name as tool, outcome, duration_ms from tools t join tool_calls c on c.tool_id = t.id
    where t.id in (select tool_id from score_queue) and ${isOpenSql('c.day')}
  ), sums as (
    select tool_id as grp, session_id, ${SUM_COLUMNS.join(', ')} from rollup_calls where tool_id in (select tool_id from score_queue)
  ), histogram as (
    select tool_id as grp, bucket, sum(calls) as calls from rollup_durations where tool_id in (select tool_id from score_queue) group by 1, 2
  ), ${SUMMED_SCORES_SQL}
  ${FROM_SCORES}`;

/** The durations of the tool :grp, from an index that has them in their order. */
const TIMED_SQL = `
  select duration_ms as ms from tool_calls where duration_ms is not null and outcome in ${SETTLED}
    and tool_id = (select id from tools where id = :grp and name not in ${WAITING})`;

/** The scores of the tool :grp, of whose calls none was pruned, and :n have a duration. */
const RANKED_SQL = `
  with timed as (${TIMED_SQL}), sums as (
    select tool_id as grp, session_id, ${SUM_COLUMNS.join(', ')} from rollup_calls where tool_id = :grp
  ), ${RANKED_SCORES_SQL}
  ${FROM_SCORES}`;

/** The scores of all tools as their calls give them. */
const factsSql = (hasSealed: boolean): string => `
  with calls as (
    select c.tool_id as grp, t.name as tool, outcome, duration_ms, cost_nano_usd, session_id, started_at
    from tools t join tool_calls c on c.tool_id = t.id
    where ${hasSealed ? isOpenSql('c.day') : 'true'}
  ), ${hasSealed ? `${SEALED_SQL}, ${SEALED_SCORES_SQL}` : SCORES_SQL}
  ${FROM_SCORES}`;

const SEALED_SQL = `sums as (
    select tool_id as grp, session_id, ${SUM_COLUMNS.join(', ')} from rollup_calls where ${isSealedSql('day')}
  ), histogram as (
    select tool_id as grp, bucket, sum(calls) as calls from rollup_durations group by 1, 2
  )`;
