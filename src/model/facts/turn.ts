import type { Outcome, TurnEvent, TurnTrigger } from '../event.ts';
import { label, least, most, WEIGHT, type FactRule } from './fact.ts';

export type TurnFact = {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly reportedMs: number | null;
  readonly trigger: TurnTrigger | null;
  readonly command: string | null;
  readonly outcome: Outcome;
};

export const turnRule: FactRule<TurnEvent, TurnFact> = { type: 'turn', read, join, prefer, startOf: (turn) => turn.startedAt };

function read(event: TurnEvent): TurnFact {
  return {
    startedAt: event.startedAt ?? null,
    endedAt: event.endedAt ?? null,
    reportedMs: event.reportedMs ?? null,
    trigger: event.trigger ?? null,
    command: event.command ?? null,
    outcome: event.outcome ?? 'open',
  };
}

function join(a: TurnFact, b: TurnFact): TurnFact {
  return {
    startedAt: least(a.startedAt, b.startedAt),
    endedAt: most(a.endedAt, b.endedAt),
    reportedMs: most(a.reportedMs, b.reportedMs),
    trigger: label(a.trigger, b.trigger),
    command: label(a.command, b.command),
    outcome: WEIGHT[a.outcome] >= WEIGHT[b.outcome] ? a.outcome : b.outcome,
  };
}

function prefer(first: TurnFact, then: TurnFact): TurnFact {
  return {
    startedAt: first.startedAt ?? then.startedAt,
    endedAt: first.endedAt ?? then.endedAt,
    reportedMs: first.reportedMs ?? then.reportedMs,
    trigger: first.trigger ?? then.trigger,
    command: first.command ?? then.command,
    outcome: first.outcome === 'open' ? then.outcome : first.outcome,
  };
}
