/*
 * Is a difference between two windows more than noise?
 *
 * Rates: the 95 % Wilson score intervals of the two do not overlap. It behaves with few calls and near 0 and 1, where the
 * textbook interval does not.
 * Durations: the Mann-Whitney rank test with tie correction, two-sided at 1 %. It asks whether one window's calls take longer
 * than the other's without assuming any shape, so one call that hung decides nothing.
 */

const Z_95 = 1.959964;
const Z_99 = 2.575829;

/** Wilson score interval of `ok` out of `n`. */
export function wilson(ok: number, n: number): { readonly low: number; readonly high: number } {
  const rate = ok / n;
  const spread = Z_95 * Z_95;
  const middle = rate + spread / (2 * n);
  const reach = Z_95 * Math.sqrt((rate * (1 - rate)) / n + spread / (4 * n * n));
  return { low: (middle - reach) / (1 + spread / n), high: (middle + reach) / (1 + spread / n) };
}

export interface Rate {
  readonly ok: number;
  readonly n: number;
}

/** -1: lower than before, 1: higher, 0: no difference that could be told from noise. */
export function compareRates(now: Rate, before: Rate): -1 | 0 | 1 {
  if (now.n === 0 || before.n === 0) return 0;
  const [a, b] = [wilson(now.ok, now.n), wilson(before.ok, before.n)];
  if (a.high < b.low) return -1;
  return a.low > b.high ? 1 : 0;
}

/** Ranks of the durations of both windows together. */
export interface Ranks {
  readonly now: number;
  readonly before: number;
  /** Sum of the ranks of the calls of now; equal durations share the mean of their ranks. */
  readonly rankSumNow: number;
  /** Sum of t³ − t over groups of t equal durations. */
  readonly ties: number;
}

/** 1: slower than before, -1: faster, 0: no difference that could be told from noise. */
export function compareDurations({ now, before, rankSumNow, ties }: Ranks): -1 | 0 | 1 {
  const all = now + before;
  if (now === 0 || before === 0 || all < 3) return 0;
  const u = rankSumNow - (now * (now + 1)) / 2;
  const variance = ((now * before) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (variance <= 0) return 0;
  const z = (u - (now * before) / 2) / Math.sqrt(variance);
  if (Math.abs(z) < Z_99) return 0;
  return z > 0 ? 1 : -1;
}
