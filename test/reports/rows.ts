import type { Machine } from '../world.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The rows of a report's JSON. */
export async function rowsOf(mac: Machine, ...argv: readonly string[]): Promise<readonly Row[]> {
  const { rows } = await mac.json(...argv);
  return Array.isArray(rows) ? rows : [];
}

/** One column of a report by another, such as the tokens of each day. */
export async function figureBy(mac: Machine, figure: string, by: string, ...argv: readonly string[]): Promise<Row> {
  const rows = await rowsOf(mac, 'report', '--by', by, ...argv);
  return Object.fromEntries(rows.map((row) => [String(row['group']), row[figure]]));
}

export const sum = (rows: readonly Row[], figure: string): number => rows.reduce((total, row) => total + Number(row[figure] ?? 0), 0);

/** Dollars in whole 10⁻⁹ USD: sums of these are exact. */
export const sumNanoUsd = (rows: readonly Row[], figure: string): number =>
  rows.reduce((total, row) => total + Math.round(Number(row[figure] ?? 0) * 1e9), 0);
