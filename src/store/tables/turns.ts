import type { Database } from 'better-sqlite3';
import type { TurnEvent } from '../../model/event.ts';
import { turnRule, type TurnFact } from '../../model/facts/turn.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openTurns(db: Database, context: FactContext): FactTable<TurnEvent, TurnFact> {
  return openTable<TurnEvent, TurnFact, TurnFact>(db, context, turnRule, {
    table: 'turns',
    inRollups: true,
    columns: (turn) => ({
      started_at: turn.startedAt,
      ended_at: turn.endedAt,
      reported_ms: turn.reportedMs,
      day: turn.startedAt === null ? null : context.dayOf(turn.startedAt),
      trigger: turn.trigger,
      command: turn.command,
      outcome: turn.outcome,
    }),
    select: `f.started_at as startedAt, f.ended_at as endedAt, f.reported_ms as reportedMs, f.trigger, f.command, f.outcome from turns f`,
    restore: ({ startedAt, endedAt, reportedMs, trigger, command, outcome }) => ({
      startedAt,
      endedAt,
      reportedMs,
      trigger,
      command,
      outcome,
    }),
  });
}
