import type {
  CallEvent,
  CompactionEvent,
  ContextEvent,
  ErrorClass,
  Outcome,
  RequestEvent,
  TurnEvent,
  TurnTrigger,
} from './event.ts';

/*
 * The merge rules. A fact is what one place (a thread of a session) says about a call, a request or a turn; `null` is
 * "not said". Every rule is a join: commutative, associative and idempotent, so any order, repetition or split of the
 * events gives the same fact.
 */

/** Every fact is flat, so that two of them can be compared field by field. */
export type AnyFact = Readonly<Record<string, string | number | null>>;

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
};

export type RequestFact = {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly webSearches: number;
  readonly reportedNanoUsd: number | null;
  readonly status: 'ok' | 'error' | 'retry';
  readonly httpStatus: number | null;
  readonly turn: string | null;
  readonly skill: string | null;
};

export type TurnFact = {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly reportedMs: number | null;
  readonly trigger: TurnTrigger | null;
  readonly command: string | null;
  readonly outcome: Outcome;
};

export type CompactionFact = {
  readonly at: number | null;
  readonly trigger: 'auto' | 'manual' | null;
  readonly preTokens: number | null;
};

export type ContextFact = {
  readonly at: number | null;
  readonly kind: string;
  readonly slug: string;
  readonly origin: string | null;
  readonly role: 'use' | 'exposure';
  readonly sizeBytes: number | null;
  readonly tokens: number | null;
};

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
/** Known to one: that one. Two names for one thing do not occur in sound logs; then the later in the alphabet, so that order plays no part. */
const label = <T extends string>(a: T | null, b: T | null): T | null => (a === null ? b : b === null ? a : a < b ? b : a);

/** At equal times the worse ending counts: an error beats a success, anything beats an ending we cannot name. */
const WEIGHT: Readonly<Record<Outcome, number>> = {
  open: 0,
  unknown: 1,
  ok: 2,
  cancelled: 3,
  blocked: 4,
  interrupted: 5,
  declined: 6,
  error: 7,
  timeout: 8,
};

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

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function joinCalls(a: CallFact, b: CallFact): CallFact {
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
  };
}

export function joinRequests(a: RequestFact, b: RequestFact): RequestFact {
  return {
    startedAt: least(a.startedAt, b.startedAt),
    endedAt: most(a.endedAt, b.endedAt),
    provider: label(a.provider, b.provider),
    model: label(a.model, b.model),
    ...countersOf(a, b),
    status: better(a.status, b.status),
    httpStatus: most(a.httpStatus, b.httpStatus),
    turn: label(a.turn, b.turn),
    skill: label(a.skill, b.skill),
  };
}

/** A response that came is one, whatever was said of it on the way. */
function better(a: RequestFact['status'], b: RequestFact['status']): RequestFact['status'] {
  if (a === 'ok' || b === 'ok') return 'ok';
  return a === 'error' || b === 'error' ? 'error' : 'retry';
}

/** Counters of one response only grow while it is streamed, whoever copied it: the maximum of each is the final one. */
function countersOf(a: RequestFact, b: RequestFact) {
  return {
    inputTokens: Math.max(a.inputTokens, b.inputTokens),
    cacheReadTokens: Math.max(a.cacheReadTokens, b.cacheReadTokens),
    cacheWrite5mTokens: Math.max(a.cacheWrite5mTokens, b.cacheWrite5mTokens),
    cacheWrite1hTokens: Math.max(a.cacheWrite1hTokens, b.cacheWrite1hTokens),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    reasoningTokens: Math.max(a.reasoningTokens, b.reasoningTokens),
    webSearches: Math.max(a.webSearches, b.webSearches),
    reportedNanoUsd: most(a.reportedNanoUsd, b.reportedNanoUsd),
  };
}

export function joinTurns(a: TurnFact, b: TurnFact): TurnFact {
  return {
    startedAt: least(a.startedAt, b.startedAt),
    endedAt: most(a.endedAt, b.endedAt),
    reportedMs: most(a.reportedMs, b.reportedMs),
    trigger: label(a.trigger, b.trigger),
    command: label(a.command, b.command),
    outcome: WEIGHT[a.outcome] >= WEIGHT[b.outcome] ? a.outcome : b.outcome,
  };
}

export function joinCompactions(a: CompactionFact, b: CompactionFact): CompactionFact {
  return { at: least(a.at, b.at), trigger: label(a.trigger, b.trigger), preTokens: most(a.preTokens, b.preTokens) };
}

export function joinContexts(a: ContextFact, b: ContextFact): ContextFact {
  return {
    at: least(a.at, b.at),
    kind: a.kind < b.kind ? b.kind : a.kind,
    slug: a.slug < b.slug ? b.slug : a.slug,
    origin: label(a.origin, b.origin),
    role: a.role === 'use' || b.role === 'use' ? 'use' : 'exposure',
    sizeBytes: most(a.sizeBytes, b.sizeBytes),
    tokens: most(a.tokens, b.tokens),
  };
}

/*
 * A fact seen in several places has one owner. Copies may be stamped with new times, so times, outcome and labels are
 * the owner's; `first` is the better owner's fact in each of these, `then` fills only what it does not know.
 */

export function preferCall(first: CallFact, then: CallFact): CallFact {
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
  };
}

export function preferRequest(first: RequestFact, then: RequestFact): RequestFact {
  return {
    startedAt: first.startedAt ?? then.startedAt,
    endedAt: first.endedAt ?? then.endedAt,
    provider: first.provider ?? then.provider,
    model: first.model ?? then.model,
    ...countersOf(first, then),
    status: better(first.status, then.status),
    httpStatus: first.httpStatus ?? then.httpStatus,
    turn: first.turn ?? then.turn,
    skill: first.skill ?? then.skill,
  };
}

export function preferTurn(first: TurnFact, then: TurnFact): TurnFact {
  return {
    startedAt: first.startedAt ?? then.startedAt,
    endedAt: first.endedAt ?? then.endedAt,
    reportedMs: first.reportedMs ?? then.reportedMs,
    trigger: first.trigger ?? then.trigger,
    command: first.command ?? then.command,
    outcome: first.outcome === 'open' ? then.outcome : first.outcome,
  };
}

export function preferCompaction(first: CompactionFact, then: CompactionFact): CompactionFact {
  return { at: first.at ?? then.at, trigger: first.trigger ?? then.trigger, preTokens: first.preTokens ?? then.preTokens };
}

export function preferContext(first: ContextFact, then: ContextFact): ContextFact {
  return {
    ...first,
    at: first.at ?? then.at,
    origin: first.origin ?? then.origin,
    sizeBytes: first.sizeBytes ?? then.sizeBytes,
    tokens: first.tokens ?? then.tokens,
  };
}

/** Duration of a call: what the log states, else end − start, never below 0; null when neither is known. */
export function durationOf(call: Pick<CallFact, 'reportedMs' | 'startedAt' | 'endedAt'>): number | null {
  if (call.reportedMs !== null) return call.reportedMs;
  return call.startedAt === null || call.endedAt === null ? null : Math.max(0, call.endedAt - call.startedAt);
}

export type FactType = 'turn' | 'request' | 'call' | 'compaction' | 'context';

/** Reads one event as a fact that knows nothing else. */
export function callOf(event: CallEvent): CallFact {
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
  };
}

export function requestOf(event: RequestEvent): RequestFact {
  return {
    startedAt: event.at ?? null,
    endedAt: event.at ?? null,
    provider: event.provider ?? null,
    model: event.model ?? null,
    inputTokens: event.inputTokens ?? 0,
    cacheReadTokens: event.cacheReadTokens ?? 0,
    cacheWrite5mTokens: event.cacheWrite5mTokens ?? 0,
    cacheWrite1hTokens: event.cacheWrite1hTokens ?? 0,
    outputTokens: event.outputTokens ?? 0,
    reasoningTokens: event.reasoningTokens ?? 0,
    webSearches: event.webSearches ?? 0,
    reportedNanoUsd: event.reportedNanoUsd ?? null,
    status: event.status ?? 'ok',
    httpStatus: event.httpStatus ?? null,
    turn: event.turn ?? null,
    skill: event.skill ?? null,
  };
}

export function turnOf(event: TurnEvent): TurnFact {
  return {
    startedAt: event.startedAt ?? null,
    endedAt: event.endedAt ?? null,
    reportedMs: event.reportedMs ?? null,
    trigger: event.trigger ?? null,
    command: event.command ?? null,
    outcome: event.outcome ?? 'open',
  };
}

export const compactionOf = (event: CompactionEvent): CompactionFact => ({
  at: event.at ?? null,
  trigger: event.trigger ?? null,
  preTokens: event.preTokens ?? null,
});

export const contextOf = (event: ContextEvent): ContextFact => ({
  at: event.at ?? null,
  kind: event.kind,
  slug: event.slug,
  origin: event.origin ?? null,
  role: event.role,
  sizeBytes: event.sizeBytes ?? null,
  tokens: event.tokens ?? null,
});
