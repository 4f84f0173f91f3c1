import type { RequestEvent } from '../event.ts';
import { differs, label, least, most, type FactRule } from './fact.ts';

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
  /** 1: its lines name different models. */
  readonly conflict: number;
};

export const requestRule: FactRule<RequestEvent, RequestFact> = {
  type: 'request',
  read,
  join,
  prefer,
  startOf: (request) => request.startedAt,
};

function read(event: RequestEvent): RequestFact {
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
    conflict: Number(event.conflict ?? false),
  };
}

/** Counters of one response only grow while it is streamed, whoever copied it: the maximum of each is the final one. */
function join(a: RequestFact, b: RequestFact): RequestFact {
  return {
    startedAt: least(a.startedAt, b.startedAt),
    endedAt: most(a.endedAt, b.endedAt),
    provider: label(a.provider, b.provider),
    model: label(a.model, b.model),
    inputTokens: Math.max(a.inputTokens, b.inputTokens),
    cacheReadTokens: Math.max(a.cacheReadTokens, b.cacheReadTokens),
    cacheWrite5mTokens: Math.max(a.cacheWrite5mTokens, b.cacheWrite5mTokens),
    cacheWrite1hTokens: Math.max(a.cacheWrite1hTokens, b.cacheWrite1hTokens),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    reasoningTokens: Math.max(a.reasoningTokens, b.reasoningTokens),
    webSearches: Math.max(a.webSearches, b.webSearches),
    reportedNanoUsd: most(a.reportedNanoUsd, b.reportedNanoUsd),
    status: better(a.status, b.status),
    httpStatus: most(a.httpStatus, b.httpStatus),
    turn: label(a.turn, b.turn),
    skill: label(a.skill, b.skill),
    conflict: conflictOf(a, b),
  };
}

/** Of its labels and times the owner's count; all else is joined. */
function prefer(first: RequestFact, then: RequestFact): RequestFact {
  return {
    ...join(first, then),
    startedAt: first.startedAt ?? then.startedAt,
    endedAt: first.endedAt ?? then.endedAt,
    provider: first.provider ?? then.provider,
    model: first.model ?? then.model,
    httpStatus: first.httpStatus ?? then.httpStatus,
    turn: first.turn ?? then.turn,
    skill: first.skill ?? then.skill,
  };
}

const conflictOf = (a: RequestFact, b: RequestFact): number => Math.max(a.conflict, b.conflict, differs(a.model, b.model));

/** A response that came is one, whatever was said of it on the way. */
function better(a: RequestFact['status'], b: RequestFact['status']): RequestFact['status'] {
  if (a === 'ok' || b === 'ok') return 'ok';
  return a === 'error' || b === 'error' ? 'error' : 'retry';
}
