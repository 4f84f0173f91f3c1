import type { FactEvent, Outcome } from '../event.ts';

/*
 * What is known of a call, a request, a turn, … A fact is what one place (a thread of a session) says; `null` is "not said".
 * The rules of each kind stand in a file of its own here. Every `join` is commutative, associative and idempotent, so any
 * order, repetition or split of the events gives the same fact.
 */

export type FactType = FactEvent['type'];

/** Every fact is flat, so that two of them can be compared field by field. */
export type AnyFact = Readonly<Record<string, string | number | null>>;

/** How one kind of fact is made of events. */
export interface FactRule<E extends FactEvent, F extends AnyFact> {
  readonly type: FactType;
  /** Reads one event as a fact that knows nothing else. */
  read(event: E): F;
  /** Two sayings of one place. */
  join(a: F, b: F): F;
  /**
   * Sayings of two places. Copies may be stamped with new times, so times, outcome and labels are those of the owner, `first`;
   * `then` fills only what it does not know.
   */
  prefer(first: F, then: F): F;
  /** The time that the fact is counted at. */
  startOf(fact: F): number | null;
  /** Text of the fact that may be made of paths, which a store may keep as labels. */
  pathsOf?(fact: F): string | null;
}

export const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
export const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
/** Known to one: that one. Two names for one thing do not occur in sound logs; then the later in the alphabet, so that order plays no part. */
export const label = <T extends string>(a: T | null, b: T | null): T | null => (a === null ? b : b === null ? a : a < b ? b : a);

/** 1: two names for one thing, which is a sign of an id that was given twice. */
export const differs = (a: string | null, b: string | null): number => Number(a !== null && b !== null && a !== b);

export function isSameFact<F extends AnyFact>(a: F, b: F): boolean {
  for (const field in a) if (a[field] !== b[field]) return false;
  return true;
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** At equal times the worse ending counts: an error beats a success, anything beats an ending we cannot name. */
export const WEIGHT: Readonly<Record<Outcome, number>> = {
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
