import type { Cell, CellKind, Row, Table } from '../model/table.ts';
import { formatDay, rfc3339 } from '../model/time.ts';

/** Fields may be added, none is renamed or removed without raising it. */
const SCHEMA_VERSION = 1;

/** One object with all that a table knows; `generatedAt` is epoch ms. */
export function renderJson(table: Table, envelope: { readonly command: string; readonly generatedAt: number }): string {
  const document = {
    schema_version: SCHEMA_VERSION,
    command: envelope.command,
    generated_at: rfc3339(envelope.generatedAt),
    query: table.query ?? {},
    ...table.fields,
    rows: table.rows.map((row) => machineRow(table, row)),
  };
  return `${jsonText(document, 2)}\n`;
}

/** One row a line. */
export function renderNdjson(table: Table): string {
  return table.rows.map((row) => `${jsonText(machineRow(table, row))}\n`).join('');
}

/** A cell as programs read it: times in RFC 3339 UTC, days as dates, whole milliseconds, dollars, shares of 1. */
export function machineValue(cell: Cell, kind: CellKind): Cell {
  if (typeof cell !== 'number') return cell;
  if (kind === 'time') return rfc3339(cell);
  if (kind === 'day') return formatDay(cell);
  return kind === 'ms' ? Math.round(cell) : cell;
}

const machineRow = ({ columns }: Table, row: Row): Row =>
  Object.fromEntries(columns.map(({ name, kind }) => [name, machineValue(row[name] ?? null, kind)]));

/**
 * JSON text that is also safe on a terminal: what `JSON.stringify` leaves as it is (C1 controls, bidi, zero width) can
 * only stand inside of a string, where an escape means the same.
 */
export function jsonText(value: unknown, indent?: number): string {
  const wellFormed = (_key: string, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part);
  return JSON.stringify(value, wellFormed, indent).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
