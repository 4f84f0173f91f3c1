import type { Database, Statement } from 'better-sqlite3';
import type { CallFact } from '../model/facts/call.ts';
import { compareText } from '../model/facts/fact.ts';
import { openRollupQueue } from './rollups.ts';

export interface Shares {
  /** Divides the cost of these requests among their calls again. The calls' tools and days are queued to be added up anew. */
  divide(requestIds: ReadonlySet<number>): void;
}

export interface KeyedCall {
  readonly key: string;
  readonly call: CallFact;
}

/** The shares of the only calls of a request, by call. */
export function divided(whole: number | null, calls: readonly KeyedCall[]): readonly (readonly [CallFact, number | null])[] {
  const sorted = calls.length === 1 ? calls : calls.toSorted(byStart);
  return sorted.map(({ call }, index) => [call, shareOf(whole, calls.length, index)]);
}

function shareOf(whole: number | null, count: number, index: number): number | null {
  if (whole === null) return null;
  const share = Math.floor(whole / count);
  return index === 0 ? whole - share * (count - 1) : share;
}

const byStart = (a: KeyedCall, b: KeyedCall): number =>
  (a.call.startedAt ?? -Infinity) - (b.call.startedAt ?? -Infinity) || compareText(a.key, b.key);

interface CallRow {
  readonly id: number;
  readonly toolId: number;
  readonly sessionId: number;
  readonly day: number | null;
  readonly share: number | null;
  readonly requestId: number | null;
  readonly whole: number | null;
}

/**
 * A call costs its request's cost divided by the number of its calls; what the division leaves over goes to the first
 * one, so that the shares add up to the request's cost exactly.
 */
export function openShares(db: Database): Shares {
  const callsOf: Statement<[number], CallRow> = db.prepare(
    `select c.id, c.tool_id as toolId, c.session_id as sessionId, c.day, c.cost_nano_usd as share, r.id as requestId, r.cost_nano_usd as whole
     from tool_calls c left join requests r on r.id = c.request_id where c.request_id = ? order by c.started_at, c.key`,
  );
  const update = db.prepare('update tool_calls set cost_nano_usd = ? where id = ?');
  const queueTool = db.prepare('insert into score_queue (tool_id) values (?) on conflict do nothing');
  const rollups = openRollupQueue(db);
  return {
    divide: (requestIds) => {
      const toolIds = new Set<number>();
      for (const requestId of requestIds) {
        const calls = callsOf.all(requestId);
        for (const [index, call] of calls.entries()) {
          toolIds.add(call.toolId);
          // The sums of a call are by its request's model, which may have changed while the share did not.
          rollups.touch(call.day, call.sessionId);
          const share = shareOf(call.whole, calls.length, index);
          if (call.requestId !== null && share !== call.share) update.run(share, call.id);
        }
      }
      for (const toolId of toolIds) queueTool.run(toolId);
      rollups.flush();
    },
  };
}
