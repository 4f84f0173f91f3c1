import type { CallEvent, ErrorClass, Outcome } from '../event.ts';
import { compareText, differs, label, least, most, WEIGHT, type FactRule } from './fact.ts';
import { itemsText } from './listing.ts';

export type CallFact = {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly reportedMs: number | null;
  readonly outcome: Outcome;
  readonly errorClass: ErrorClass | null;
  readonly tool: string | null;
  readonly item: string | null;
  readonly request: string | null;
  readonly turn: string | null;
  /** Kind of what it reads and a list as of a listing: `skill:[["pdf",null]]`. */
  readonly reads: string | null;
  /** 1: its lines name different tools or different things to point them at. */
  readonly conflict: number;
};

export const callRule: FactRule<CallEvent, CallFact> = {
  type: 'call',
  read,
  join,
  prefer,
  startOf: (call) => call.startedAt,
  pathsOf: (call) => call.reads,
};

function read(event: CallEvent): CallFact {
  return {
    startedAt: event.startedAt ?? null,
    endedAt: event.endedAt ?? null,
    reportedMs: event.reportedMs ?? null,
    outcome: event.outcome ?? 'open',
    errorClass: event.errorClass ?? null,
    tool: event.tool ?? null,
    item: event.item ?? null,
    request: event.request ?? null,
    turn: event.turn ?? null,
    reads: event.reads === undefined ? null : `${event.reads.kind}:${itemsText(event.reads.items)}`,
    conflict: Number(event.conflict ?? false),
  };
}

function join(a: CallFact, b: CallFact): CallFact {
  const { endedAt, outcome, errorClass } = ending(a, b);
  return {
    startedAt: least(a.startedAt, b.startedAt),
    endedAt,
    reportedMs: most(a.reportedMs, b.reportedMs),
    outcome,
    errorClass,
    tool: label(a.tool, b.tool),
    item: label(a.item, b.item),
    request: label(a.request, b.request),
    turn: label(a.turn, b.turn),
    reads: label(a.reads, b.reads),
    conflict: conflictOf(a, b),
  };
}

const conflictOf = (a: CallFact, b: CallFact): number => Math.max(a.conflict, b.conflict, differs(a.tool, b.tool), differs(a.item, b.item));

type Ending = Pick<CallFact, 'outcome' | 'endedAt' | 'errorClass'>;

/** Outcome, its time and its error class belong together: terminal beats open, later beats earlier. */
function ending(a: Ending, b: Ending): Ending {
  const order =
    Number(a.outcome !== 'open') - Number(b.outcome !== 'open') ||
    (a.endedAt ?? -Infinity) - (b.endedAt ?? -Infinity) ||
    WEIGHT[a.outcome] - WEIGHT[b.outcome] ||
    compareText(a.errorClass ?? '', b.errorClass ?? '');
  const winner = order >= 0 ? a : b;
  return { outcome: winner.outcome, endedAt: winner.endedAt, errorClass: winner.errorClass };
}

function prefer(first: CallFact, then: CallFact): CallFact {
  const ended = first.outcome === 'open' && then.outcome !== 'open' ? then : first;
  return {
    startedAt: first.startedAt ?? then.startedAt,
    endedAt: ended.endedAt,
    // A copy's end minus the original's start would be a duration of two clocks: the copy's own is taken over whole.
    reportedMs: first.reportedMs ?? (ended === then ? durationOf(then) : then.reportedMs),
    outcome: ended.outcome,
    errorClass: ended.errorClass,
    tool: first.tool ?? then.tool,
    item: first.item ?? then.item,
    request: first.request ?? then.request,
    turn: first.turn ?? then.turn,
    reads: first.reads ?? then.reads,
    conflict: conflictOf(first, then),
  };
}

/** Duration of a call: what the log states, else end − start, never below 0; null when neither is known. */
export function durationOf(call: Pick<CallFact, 'reportedMs' | 'startedAt' | 'endedAt'>): number | null {
  if (call.reportedMs !== null) return call.reportedMs;
  return call.startedAt === null || call.endedAt === null ? null : Math.max(0, call.endedAt - call.startedAt);
}
