import type { Database } from 'better-sqlite3';
import type { RollupQueue } from './rollups.ts';

/**
 * A call costs its request's cost divided by the number of its calls; what the division leaves over goes to the first
 * one, so that the shares add up to the request's cost exactly.
 */
export function shareOf(costNanoUsd: number, calls: number, index: number): number {
  const share = Math.floor(costNanoUsd / calls);
  return index === 0 ? costNanoUsd - share * (calls - 1) : share;
}

/** Divides the cost of the given requests among their calls again; returns the tools whose calls they are. */
export function shareCosts(db: Database, requestIds: ReadonlySet<number>, rollups: RollupQueue): readonly number[] {
  if (requestIds.size === 0) return [];
  const cost = db.prepare<[number], { cost: number | null }>('select cost_nano_usd as cost from requests where id = ?');
  const calls = db.prepare<[number], { id: number; toolId: number; sessionId: number; day: number | null; cost: number | null }>(
    'select id, tool_id as toolId, session_id as sessionId, day, cost_nano_usd as cost from tool_calls where request_id = ? order by started_at, key',
  );
  const update = db.prepare('update tool_calls set cost_nano_usd = ? where id = ?');
  const tools = new Set<number>();
  for (const requestId of requestIds) {
    const whole = cost.get(requestId)?.cost ?? null;
    const rows = calls.all(requestId);
    for (const [index, row] of rows.entries()) {
      // Its sums are by the request's model, which may have changed while the share did not.
      rollups.touch(row.day, row.sessionId);
      const share = whole === null ? null : shareOf(whole, rows.length, index);
      if (share === row.cost) continue;
      update.run(share, row.id);
      tools.add(row.toolId);
    }
  }
  return [...tools];
}
