import type { Database } from 'better-sqlite3';
import { SCORE_COLUMNS, SCORES_SQL } from '../scores/figures.ts';
import { isOpenSql, isSealedSql, SEALED_SCORES_SQL, SUM_COLUMNS } from '../scores/sealed.ts';
import { readFloor } from './floor.ts';

/**
 * Computes the scores of the tools in the queue anew and empties it. A tool whose calls are all gone loses its row; of pruned
 * calls the sums of their days count. The caller holds the transaction. Returns the number of tools that were looked at.
 */
export function refreshScores(db: Database): number {
  const queued = db.prepare<[], { n: number }>('select count(*) as n from score_queue').get()?.n ?? 0;
  if (queued === 0) return 0;
  const hasSealed = readFloor(db) !== null;
  db.exec('delete from tool_scores where tool in (select name from tools where id in (select tool_id from score_queue))');
  db.exec(`
    insert into tool_scores (tool, kind, server, ${SCORE_COLUMNS.join(', ')})
    with calls as (
      select c.tool_id as grp, t.name as tool, outcome, duration_ms, cost_nano_usd, session_id, started_at
      from score_queue q join tools t on t.id = q.tool_id join tool_calls c on c.tool_id = q.tool_id
      ${hasSealed ? `where ${isOpenSql('c.day')}` : ''}
    ), ${hasSealed ? `${SEALED}, ${SEALED_SCORES_SQL}` : SCORES_SQL}
    select t.name, t.kind, t.server, ${SCORE_COLUMNS.map((column) => `s.${column}`).join(', ')}
    from scores s join tools t on t.id = s.grp`);
  db.exec('delete from score_queue');
  return queued;
}

const SEALED = `sums as (
    select tool_id as grp, session_id, ${SUM_COLUMNS.join(', ')} from rollup_calls
    where tool_id in (select tool_id from score_queue) and ${isSealedSql('day')}
  ), histogram as (
    select tool_id as grp, bucket, sum(calls) as calls from rollup_durations
    where tool_id in (select tool_id from score_queue) and ${isSealedSql('day')} group by 1, 2
  )`;
