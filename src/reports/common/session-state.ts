import { WAITING } from '../../scores/figures.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { amongSessions } from './rows.ts';
import { floorAt } from './sealed.ts';

/** Where a session stands; concluded when it is read, never stored. */
export type SessionState = 'awaiting_response' | 'cancelled' | 'error' | 'running' | 'completed';

/** A session that was silent for this long has ended. */
export const IDLE_MS = 30 * 60_000;

/**
 * The states of these sessions, by id. What its main thread did last decides: a question to the person without an answer, an
 * interrupt, a failed request. Otherwise it runs while it is not idle, and is completed then. Of a session whose facts were
 * pruned nobody knows how it ended.
 */
export async function sessionStates(db: Db, now: number, ids: readonly number[]): Promise<ReadonlyMap<number, SessionState>> {
  const rows = await db.all(
    `
    with asked as (
      select c.session_id, max(c.started_at) as asked_at from tool_calls c join tools t on t.id = c.tool_id
      where c.outcome = 'open' and c.sidechain = 0 and t.name in ${WAITING} and ${amongSessions('c.session_id', ids)} group by 1
    ), answered as (
      select session_id, max(started_at) filter (where status = 'ok') as ok_at, max(started_at) filter (where status = 'error') as failed_at
      from requests where sidechain = 0 and ${amongSessions('session_id', ids)} group by 1
    ), prompted as (
      select session_id, max(started_at) as turn_at, max(ended_at) filter (where outcome = 'interrupted') as interrupted_at
      from turns where ${amongSessions('session_id', ids)} group by 1
    )
    select s.id, s.last_at, asked_at, ok_at, failed_at, turn_at, interrupted_at
    from sessions s left join asked on asked.session_id = s.id left join answered on answered.session_id = s.id
    left join prompted on prompted.session_id = s.id where (s.last_at is null or s.last_at >= :floor) and ${amongSessions('s.id', ids)}`,
    { floor: (await floorAt(db)) ?? 0 },
  );
  return new Map(rows.map((row) => [Number(row['id']), stateOf(row, now)]));
}

function stateOf(row: SqlRow, now: number): SessionState {
  const at = (field: string): number => {
    const value = row[field];
    return typeof value === 'number' ? value : -Infinity;
  };
  const lastWork = Math.max(at('ok_at'), at('turn_at'));
  if (at('asked_at') >= Math.max(lastWork, at('failed_at')) && at('asked_at') > -Infinity) return 'awaiting_response';
  if (at('interrupted_at') >= Math.max(lastWork, at('failed_at')) && at('interrupted_at') > -Infinity) return 'cancelled';
  if (at('failed_at') > lastWork) return 'error';
  return now - at('last_at') < IDLE_MS ? 'running' : 'completed';
}
