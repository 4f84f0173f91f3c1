import { stringify } from 'csv-stringify/sync';
import { wordsOf, type Cell, type Table } from '../model/table.ts';
import { machineValue } from './json.ts';

/**
 * RFC 4180 but for its line ends, which are `\n`: a header of column names, then the values of JSON; unknown is empty.
 * Names come from logs, so no text may be a formula to a spreadsheet; numbers stay numbers.
 */
export function renderCsv(table: Table): string {
  const names = table.columns.map((column) => column.name);
  const records = table.rows.map((row) => table.columns.map(({ name, kind }) => field(machineValue(row[name] ?? null, kind))));
  return stringify([names, ...records], {
    record_delimiter: '\n',
    /** A CR is quoted too. */
    quote_record_delimiter: true,
    escape_formulas: true,
  });
}

/** csv-stringify's own guard looks at the first character only; spreadsheets look past blanks, quotes and NUL. */
const HIDDEN_FORMULA = /^(?:\0|[\s\0"']+[=+\-@\uff1d\uff0b\uff0d\uff20])/;

function field(value: Cell): string | number | null {
  if (value === null || typeof value === 'number') return value;
  const text = (typeof value === 'boolean' ? String(value) : wordsOf(value)).toWellFormed();
  return HIDDEN_FORMULA.test(text) ? `'${text}` : text;
}
