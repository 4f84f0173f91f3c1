import type { Database } from 'better-sqlite3';
import type { CallEvent } from '../../model/event.ts';
import { callRule, durationOf, type CallFact } from '../../model/facts/call.ts';
import { UNKNOWN_TOOL } from '../../model/tool.ts';
import { itemsOf } from './listings.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openCalls(
  db: Database,
  context: FactContext,
  turns: Pick<FactTable<never, never>, 'idOf' | 'has'>,
  requests: Pick<FactTable<never, never>, 'idOf' | 'has'>,
  shareOf: (call: CallFact) => number | null,
): FactTable<CallEvent, CallFact> {
  return openTable<CallEvent, CallFact, CallFact>(db, context, callRule, {
    table: 'tool_calls',
    inRollups: true,
    columns: (call) => ({
      turn_id: turns.idOf(call.turn),
      request_id: requests.idOf(call.request),
      tool_id: context.names.tool(call.tool ?? UNKNOWN_TOOL),
      item: call.item,
      started_at: call.startedAt,
      ended_at: call.endedAt,
      reported_ms: call.reportedMs,
      duration_ms: durationOf(call),
      day: call.startedAt === null ? null : context.dayOf(call.startedAt),
      outcome: call.outcome,
      error_class: call.errorClass,
      reads_id: readsId(context, call.reads),
      conflict: call.conflict,
      cost_nano_usd: shareOf(call),
    }),
    select: `f.started_at as startedAt, f.ended_at as endedAt, f.reported_ms as reportedMs, f.outcome, f.error_class as errorClass, f.item, f.conflict,
        nullif(l.name, '${UNKNOWN_TOOL}') as tool, r.key as request, t.key as turn, i.kind || ':' || ${itemsOf('f.reads_id')} as reads
      from tool_calls f join tools l on l.id = f.tool_id
      left join requests r on r.id = f.request_id left join turns t on t.id = f.turn_id left join item_lists i on i.id = f.reads_id`,
    restore: (row) => ({
      startedAt: row.startedAt,
      endedAt: row.endedAt,
      reportedMs: row.reportedMs,
      outcome: row.outcome,
      errorClass: row.errorClass,
      tool: row.tool,
      item: row.item,
      request: row.request,
      turn: row.turn,
      reads: row.reads,
      conflict: row.conflict,
    }),
    isWhole: (call) => turns.has(call.turn) && requests.has(call.request),
  });
}

/** The kind stands before the colon. */
function readsId(context: FactContext, reads: string | null): number | null {
  if (reads === null) return null;
  const colon = reads.indexOf(':');
  return context.names.list(reads.slice(0, colon), reads.slice(colon + 1));
}
