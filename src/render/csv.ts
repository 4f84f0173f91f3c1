import { stringify } from 'csv-stringify/sync';
import { wordsOf, type Cell, type Table } from '../model/table.ts';
import { machineValue } from './json.ts';
import { safeText } from './safe-text.ts';

/**
 * RFC 4180 but for its line ends, which are `\n`: a header of column names, then the values of JSON; unknown is empty.
 * Names come from logs, so no text acts on a terminal or is a formula to a spreadsheet; numbers stay numbers.
 */
export function renderCsv(table: Table): string {
  const names = table.columns.map(({ name }) => field(name));
  const records = table.rows.map((row) => table.columns.map(({ name, kind }) => field(machineValue(row[name] ?? null, kind))));
  return stringify([names, ...records], {
    record_delimiter: '\n',
    escape_formulas: true,
  });
}

/** csv-stringify's own guard looks at the first character only; spreadsheets look past blanks and quotes. */
const HIDDEN_FORMULA = /^[\s"']+[=+\-@\uff1d\uff0b\uff0d\uff20]/;

function field(value: Cell): string | number | null {
  if (value === null || typeof value === 'number') return value;
  const text = safeText(typeof value === 'boolean' ? String(value) : wordsOf(value));
  return HIDDEN_FORMULA.test(text) ? `'${text}` : text;
}
