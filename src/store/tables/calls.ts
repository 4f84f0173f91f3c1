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
    columns: [
      { name: 'turn_id', value: (call) => turns.idOf(call.turn) },
      { name: 'request_id', value: (call) => requests.idOf(call.request) },
      { name: 'tool_id', value: (call) => context.names.tool(call.tool ?? UNKNOWN_TOOL) },
      { name: 'item', value: (call) => call.item },
      { name: 'started_at', value: (call) => call.startedAt },
      { name: 'ended_at', value: (call) => call.endedAt },
      { name: 'reported_ms', value: (call) => call.reportedMs },
      { name: 'duration_ms', value: durationOf },
      { name: 'day', value: (call) => (call.startedAt === null ? null : context.dayOf(call.startedAt)) },
      { name: 'outcome', value: (call) => call.outcome },
      { name: 'error_class', value: (call) => call.errorClass },
      { name: 'reads_id', value: (call) => readsId(context, call.reads) },
      { name: 'conflict', value: (call) => call.conflict },
      { name: 'cost_nano_usd', value: shareOf },
    ],
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
