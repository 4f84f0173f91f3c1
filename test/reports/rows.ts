import type { Machine } from '../world.ts';

export type Row = Readonly<Record<string, unknown>>;

export function listOf(row: Row, field: string): readonly Row[] {
  const list = row[field];
  return Array.isArray(list) ? list : [];
}

/** The rows of a report's JSON. */
export const rowsOf = async (mac: Machine, ...argv: readonly string[]): Promise<readonly Row[]> => listOf(await mac.json(...argv), 'rows');

/** One column of a report by another, such as the tokens of each day. */
export async function figureBy(mac: Machine, figure: string, by: string, ...argv: readonly string[]): Promise<Row> {
  const rows = await rowsOf(mac, 'report', '--by', by, ...argv);
  return Object.fromEntries(rows.map((row) => [String(row['group']), row[figure]]));
}

export const sum = (rows: readonly Row[], figure: string): number => rows.reduce((total, row) => total + Number(row[figure] ?? 0), 0);

/** Dollars in whole 10⁻⁹ USD: sums of these are exact. */
export const sumNanoUsd = (rows: readonly Row[], figure: string): number =>
  rows.reduce((total, row) => total + Math.round(Number(row[figure] ?? 0) * 1e9), 0);
