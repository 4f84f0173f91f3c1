import { expect, test } from 'vitest';
import type { Cell, CellKind, Table } from '../../src/model/table.ts';
import { renderCsv } from '../../src/render/csv.ts';
import { scoreTable } from './score-table.ts';

/** A table of one cell, and its CSV without the header. */
function csvOf(cell: Cell, kind: CellKind = 'text'): string {
  const csv = renderCsv({ columns: [{ name: 'x', title: 'X', kind }], rows: [{ x: cell }] });
  return csv.slice('x\n'.length, -'\n'.length);
}

test('names of the columns, then values for programs', () => {
  const table: Table = { ...scoreTable, rows: scoreTable.rows.slice(4, 7) };
  expect(renderCsv(table)).toBe(
    [
      'tool,calls,success_rate,duration_n,median_ms,p95_ms,avg_cost_usd,total_cost_usd,last_used,low_sample',
      'Task,23,1,23,125000,4320000,,1234.2,2026-05-31T09:00:00.000Z,false',
      'AskUserQuestion,4,,0,,,0.0004,0.0016,2026-05-09T10:31:00.000Z,true',
      '検索ツール,3,0.6666666666666666,3,900,1200,0,0,2026-05-03T12:00:00.000Z,true',
      '',
    ].join('\n'),
  );
});

test('no rows: only the header', () => {
  expect(renderCsv({ ...scoreTable, columns: scoreTable.columns.slice(0, 2), rows: [] })).toBe('tool,calls\n');
});

test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', 'two\ufffdlines'],
  ['carriage\rreturn', 'carriage\ufffdreturn'],
  ['clipboard \u001b]52;c;eA==\u0007, gnp\u202e', '"clipboard \ufffd]52;c;eA==\ufffd, gnp\ufffd"'],
  ['plain text', 'plain text'],
  ['half \ud83d', 'half \ufffd'],
])('%j is quoted by RFC 4180 and acts on no terminal', (cell, csv) => {
  expect(csvOf(cell)).toBe(csv);
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =1', "'  =1"],
  ['"=1"', '"\'""=1"""'],
  ["'=1", "''=1"],
  [' "\u00a0@x', '"\' ""\u00a0@x"'],
  ['\uff1d1', "'\uff1d1"],
  [' \uff0b1', "' \uff0b1"],
])('%j is no formula', (cell, csv) => {
  expect(csvOf(cell)).toBe(csv);
});

test('nor is the name of a column', () => {
  expect(renderCsv({ columns: [{ name: '=1\n', title: '', kind: 'text' }], rows: [] })).toBe("'=1\ufffd\n");
});

test.each(['a=b', 'x -y', 'mail@example.org', ' plain', "'quoted'", '3-2'])('%j is left alone', (cell) => {
  expect(csvOf(cell)).toBe(cell);
});

test('numbers stay numbers, negative ones too', () => {
  expect(csvOf(-5, 'count')).toBe('-5');
  expect(csvOf(-0.25, 'usd')).toBe('-0.25');
  expect(csvOf(12.5, 'ms')).toBe('13');
});

test('lists are joined, and guarded as a whole', () => {
  expect(csvOf(['opus', 'haiku'])).toBe('"opus, haiku"');
  expect(csvOf(['=x', 'y'])).toBe('"\'=x, y"');
});
