import type { Row } from '../../model/table.ts';
import { LOW_SAMPLE } from '../../scores/figures.ts';
import type { Query } from './query.ts';

/** The rows that --limit lets through, and a note when there are more. `noun`: what a row is. */
export function limited<R>(
  { limit }: Query,
  rows: readonly R[],
  noun = 'rows',
): { readonly shown: readonly R[]; readonly cut: readonly string[] } {
  if (limit === 0 || rows.length <= limit) return { shown: rows, cut: [] };
  return { shown: rows.slice(0, limit), cut: [`${limit} of ${rows.length} ${noun}; --limit 0 shows all`] };
}

/** More ids than this are not worth naming. */
const MOST_NAMED = 500;

/** Only the rows of these sessions, as SQL: what is not shown is not looked up. */
export const amongSessions = (column: string, ids: readonly number[]): string =>
  ids.length > MOST_NAMED ? 'true' : `${column} in (${ids.join(', ')})`;

export const isLowSample = (settled: number): boolean => settled < LOW_SAMPLE;

/** What the mark `*` beside a rate means, where a row has one. */
export const lowSampleNote = (rows: readonly Row[]): readonly string[] =>
  rows.some((row) => row['low_sample'] === true) ? [`* ${LOW_SAMPLE_NOTE}`] : [];

export const LOW_SAMPLE_NOTE = `fewer than ${LOW_SAMPLE} settled calls: too few to judge by`;

/** What the mark `≈` before a duration means, where a row has one. */
export const aboutNote = (rows: readonly Row[]): readonly string[] =>
  rows.some((row) => row['median_exact'] === false || row['previous_median_exact'] === false)
    ? ['≈ within 1 %: some of these calls were pruned, and a histogram of their durations is left']
    : [];

/** Costs are stored in whole 10⁻⁹ USD and shown in USD; what is not known stays unknown. */
export const usdOf = (nanoUsd: unknown): number | null => (typeof nanoUsd === 'number' ? nanoUsd / 1e9 : null);
