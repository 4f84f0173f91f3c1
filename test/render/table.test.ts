import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, Column, Figure, Row, Table } from '../../src/model/table.ts';
import { renderTable, type TableStyle } from '../../src/render/table.ts';
import { scoreTable } from './score-table.ts';

const plain = (columns: number): TableStyle => ({ columns, color: false, unicode: true });

describe('a report of scores', () => {
  test('60 columns', () => {
    expect(renderTable(scoreTable, plain(60))).toMatchInlineSnapshot(`
      "Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin
      calls  25,596   without error 98.1 %   sessions 412
      tokens 123M     cost          $1,848

      tool            calls  without error      median  total cost
      ────────────────────────────────────────────────────────────
      Bash           12,345         98.6 %       45 ms        $518
      Read            9,876         99.9 %       13 ms      $30.62
      mcp__b…enshot      87         87.4 %       1.4 s      $17.40
      mcp__b…vigate      45         91.1 %       2.1 s       $8.55
      Task               23        100.0 %    2 m 05 s      $1,234
      AskUse…estion       4              - *         -      $0.002
      検索ツール          3         66.7 % *    900 ms       $0.00

      * fewer than 5 settled calls
      Costs are API-equivalent: on a flat plan they are no bill.
      4 columns hidden: n, p95, avg cost, last used; a wider
      terminal or --format json shows all
      "
    `);
  });
  test('80 columns', () => {
    expect(renderTable(scoreTable, plain(80))).toMatchInlineSnapshot(`
      "Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin
      calls 25,596   without error 98.1 %   sessions 412   tokens 123M   cost $1,848

      tool                                calls  without error      median  total cost
      ────────────────────────────────────────────────────────────────────────────────
      Bash                               12,345         98.6 %       45 ms        $518
      Read                                9,876         99.9 %       13 ms      $30.62
      mcp__browser_aut…_take_screenshot      87         87.4 %       1.4 s      $17.40
      mcp__browser_aut…n__page_navigate      45         91.1 %       2.1 s       $8.55
      Task                                   23        100.0 %    2 m 05 s      $1,234
      AskUserQuestion                         4              - *         -      $0.002
      検索ツール                              3         66.7 % *    900 ms       $0.00

      * fewer than 5 settled calls
      Costs are API-equivalent: on a flat plan they are no bill.
      4 columns hidden: n, p95, avg cost, last used; a wider terminal or --format json
      shows all
      "
    `);
  });
  test('120 columns', () => {
    expect(renderTable(scoreTable, plain(120))).toMatchInlineSnapshot(`
      "Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin
      calls 25,596   without error 98.1 %   sessions 412   tokens 123M   cost $1,848

      tool                          calls  without error         n    median       p95  avg cost  total cost  last used
      ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      Bash                         12,345         98.6 %    12,200     45 ms     4.2 s    $0.042        $518  2026-06-01 16:05
      Read                          9,876         99.9 %     9,876     13 ms     88 ms    $0.003      $30.62  2026-06-01 15:58
      mcp__browser_…ke_screenshot      87         87.4 %        80     1.4 s     9.3 s    $0.200      $17.40  2026-05-22 06:05
      mcp__browser_…page_navigate      45         91.1 %        45     2.1 s  1 m 15 s    $0.190       $8.55  2026-05-22 00:30
      Task                             23        100.0 %        23  2 m 05 s  1 h 12 m         -      $1,234  2026-05-31 11:00
      AskUserQuestion                   4              - *       0         -         -   <$0.001      $0.002  2026-05-09 12:31
      検索ツール                        3         66.7 % *       3    900 ms     1.2 s     $0.00       $0.00  2026-05-03 14:00

      * fewer than 5 settled calls
      Costs are API-equivalent: on a flat plan they are no bill.
      "
    `);
  });
  test('200 columns', () => {
    expect(renderTable(scoreTable, plain(200))).toMatchInlineSnapshot(`
      "Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin
      calls 25,596   without error 98.1 %   sessions 412   tokens 123M   cost $1,848

      tool                                            calls  without error         n    median       p95  avg cost  total cost  last used
      ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      Bash                                           12,345         98.6 %    12,200     45 ms     4.2 s    $0.042        $518  2026-06-01 16:05
      Read                                            9,876         99.9 %     9,876     13 ms     88 ms    $0.003      $30.62  2026-06-01 15:58
      mcp__browser_automation__page_take_screenshot      87         87.4 %        80     1.4 s     9.3 s    $0.200      $17.40  2026-05-22 06:05
      mcp__browser_automation__page_navigate             45         91.1 %        45     2.1 s  1 m 15 s    $0.190       $8.55  2026-05-22 00:30
      Task                                               23        100.0 %        23  2 m 05 s  1 h 12 m         -      $1,234  2026-05-31 11:00
      AskUserQuestion                                     4              - *       0         -         -   <$0.001      $0.002  2026-05-09 12:31
      検索ツール                                          3         66.7 % *       3    900 ms     1.2 s     $0.00       $0.00  2026-05-03 14:00

      * fewer than 5 settled calls
      Costs are API-equivalent: on a flat plan they are no bill.
      "
    `);
  });
  test('60 columns of ASCII: the frame changes, names do not', () => {
    expect(renderTable(scoreTable, { columns: 60, color: false, unicode: false })).toMatchInlineSnapshot(`
      "Tools | 2026-05-03 to 2026-06-01 | Europe/Berlin
      calls  25,596   without error 98.1 %   sessions 412
      tokens 123M     cost          $1,848

      tool            calls  without error      median  total cost
      ------------------------------------------------------------
      Bash           12,345         98.6 %       45 ms        $518
      Read            9,876         99.9 %       13 ms      $30.62
      mcp__...nshot      87         87.4 %       1.4 s      $17.40
      mcp__...igate      45         91.1 %       2.1 s       $8.55
      Task               23        100.0 %    2 m 05 s      $1,234
      AskUs...stion       4              - *         -      $0.002
      検索ツール          3         66.7 % *    900 ms       $0.00

      * fewer than 5 settled calls
      Costs are API-equivalent: on a flat plan they are no bill.
      4 columns hidden: n, p95, avg cost, last used; a wider
      terminal or --format json shows all
      "
    `);
  });
});

const tools = (...names: string[]): Table => ({
  columns: [
    { name: 'tool', title: 'tool', kind: 'text' },
    { name: 'calls', title: 'calls', kind: 'count' },
  ],
  rows: names.map((tool) => ({ tool, calls: 7 })),
});

test('what is wide, combined or a flag lines up', () => {
  const names = ['Read', '検索ツール', '🚀 launch', 'Größe', 'cafe\u0301', '🇩🇪 flag', '한국어'];
  const [titles = '', ...lines] = renderTable(tools(...names), plain(80))
    .trimEnd()
    .split('\n');
  expect(lines.map(widthOf)).toEqual(lines.map(() => widthOf(titles)));
});

test('names cannot act on the terminal or leave their line', () => {
  const evil = tools('\u001b]52;c;eA==\u0007', '\u202egnp.exe', 'two\nlines\r', '\u009b2J');
  const text = renderTable(
    {
      ...evil,
      header: ['in \u001b[2Jproject'],
      headline: [{ label: 'top\u2028', kind: 'text', value: '\u001b[31m' }],
      footer: ['not priced: \u001b[5m'],
      columns: [...evil.columns, { name: 'none', title: 'server \u001b[8m', kind: 'text' }],
    },
    plain(80),
  );
  expect(text).toBe(
    [
      'in \ufffd[2Jproject',
      'top\ufffd \ufffd[31m',
      '',
      'tool          calls  server \ufffd[8m',
      '────────────────────────────────',
      '\ufffd]52;c;eA==\ufffd      7  -',
      '\ufffdgnp.exe          7  -',
      'two\ufffdlines\ufffd        7  -',
      '\ufffd2J               7  -',
      '',
      'not priced: \ufffd[5m',
      '',
    ].join('\n'),
  );
});

test('without rows: what frames them, and the sentence that says so', () => {
  expect(renderTable({ ...scoreTable, rows: [] }, plain(100))).toBe(
    [
      'Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin',
      'calls 25,596   without error 98.1 %   sessions 412   tokens 123M   cost $1,848',
      '',
      'No tool was called in this window.',
      '',
      '* fewer than 5 settled calls',
      'Costs are API-equivalent: on a flat plan they are no bill.',
      '',
    ].join('\n'),
  );
});

test('a table of figures only', () => {
  const table: Table = { columns: [], rows: [], headline: [{ label: 'files', kind: 'count', value: 1234 }] };
  expect(renderTable(table, plain(80))).toBe('files 1,234\n');
});

describe('a narrow terminal', () => {
  const wide: Table = {
    columns: [
      { name: 'name', title: 'name', kind: 'text' },
      { name: 'a', title: 'first', kind: 'count', drop: 1 },
      { name: 'b', title: 'second', kind: 'count', drop: 2 },
      { name: 'c', title: 'third', kind: 'count', drop: 2 },
      { name: 'd', title: 'kept', kind: 'count' },
    ],
    rows: [{ name: 'Read', a: 1, b: 2, c: 3, d: 4 }],
  };
  const titlesAt = (columns: number) => renderTable(wide, plain(columns)).split('\n')[0]?.split(/ +/);

  test('columns go by their number, the last of equals first', () => {
    expect(titlesAt(32)).toEqual(['name', 'first', 'second', 'third', 'kept']);
    expect(titlesAt(31)).toEqual(['name', 'first', 'second', 'kept']);
    expect(titlesAt(24)).toEqual(['name', 'first', 'kept']);
    expect(titlesAt(16)).toEqual(['name', 'kept']);
  });

  test('the last note says what is hidden', () => {
    const noted = { ...wide, footer: ['A note.'] };
    expect(renderTable(noted, plain(31)).split('\n').slice(-5)).toEqual([
      'A note.',
      '1 column hidden: third; a wider',
      'terminal or --format json shows',
      'all',
      '',
    ]);
    expect(renderTable(noted, plain(24))).toContain('2 columns hidden:\nsecond, third;');
    expect(renderTable(noted, plain(32))).not.toContain('hidden');
  });

  test('a long name does not push figures out: it gives way down to 24', () => {
    const rows = [{ name: `${'n'.repeat(30)}-${'m'.repeat(30)}`, a: 1, b: 2, c: 3, d: 4 }];
    const [titles, , row] = renderTable({ ...wide, rows }, plain(52)).split('\n');
    expect(titles).toMatch(/name +first +second +third +kept/);
    expect(row).toBe('nnnnnnnnnnnn…mmmmmmmmmmm      1       2      3     4');
  });

  test('the widest name gives way first, none below 8', () => {
    const table: Table = {
      columns: [
        { name: 'long', title: 'long', kind: 'text' },
        { name: 'short', title: 'short', kind: 'text' },
        { name: 'at', title: 'at', kind: 'time' },
      ],
      rows: [{ long: 'abcdefghijklmnopqrstuvwxyz', short: '0123456789', at: 0 }],
    };
    expect(renderTable(table, plain(46)).split('\n')[2]).toBe('abcdefgh…tuvwxyz  0123456789  1970-01-01 00:00');
    expect(renderTable(table, plain(36)).split('\n')[2]).toBe('abcd…xyz  0123…789  1970-01-01 00:00');
    expect(renderTable(table, plain(35)).split('\n')[0]).toMatch(/^long +short$/);
  });

  test('wide characters are not cut in half, nor told twice', () => {
    expect(renderTable(tools('一二三四五六七八九十'), plain(20)).split('\n')[2]).toBe('一二三…八九十      7');
  });
});

describe('a mark', () => {
  const marked: Table = {
    columns: [
      { name: 'tool', title: 'tool', kind: 'text', mark: 'dead' },
      { name: 'rate', title: 'rate', kind: 'percent', mark: 'low_sample' },
      { name: 'calls', title: 'calls', kind: 'count', mark: 'low_sample' },
    ],
    rows: [
      { tool: 'Read', rate: 0.5, calls: 1200, low_sample: false, dead: false },
      { tool: 'Edit', rate: null, calls: 2, low_sample: true, dead: true },
    ],
  };

  test('follows the cell, and numbers still line up', () => {
    expect(renderTable(marked, plain(80))).toBe(
      ['tool      rate    calls', '─────────────────────────', 'Read    50.0 %    1,200', 'Edit *       - *      2 *', ''].join('\n'),
    );
  });

  test('takes no room where no row has it', () => {
    expect(renderTable({ ...marked, rows: marked.rows.slice(0, 1) }, plain(80))).toBe(
      ['tool    rate  calls', '───────────────────', 'Read  50.0 %  1,200', ''].join('\n'),
    );
  });

  test('survives the shortening of its name', () => {
    const rows = [{ tool: 'a-name-that-is-far-too-long', rate: 0.5, calls: 1, dead: true }];
    expect(renderTable({ ...marked, rows }, plain(30)).split('\n')[2]).toBe('a-name-…-long *  50.0 %      1');
  });
});

test('colour: titles bold, what frames the answer dim, the data as it is', () => {
  const table: Table = {
    ...tools('Read'),
    header: ['Tools'],
    headline: [{ label: 'calls', kind: 'count', value: 7 }],
    footer: ['A note.'],
  };
  expect(renderTable(table, { columns: 80, color: true, unicode: true })).toBe(
    [
      '\u001b[2mTools\u001b[22m',
      '\u001b[2mcalls\u001b[22m 7',
      '',
      '\u001b[1mtool  calls\u001b[22m',
      '\u001b[2m───────────\u001b[22m',
      'Read      7',
      '',
      '\u001b[2mA note.\u001b[22m',
      '',
    ].join('\n'),
  );
});

test('times are told in the zone of the query, else in UTC', () => {
  const table: Table = { columns: [{ name: 'at', title: 'at', kind: 'time' }], rows: [{ at: 0 }] };
  expect(renderTable(table, plain(80))).toContain('1970-01-01 00:00');
  expect(renderTable({ ...table, query: { timezone: 'Asia/Tokyo' } }, plain(80))).toContain('1970-01-01 09:00');
});

test('figures take as few lines as there is room for, in columns', () => {
  const figure = (label: string, value: number): Figure => ({ label, kind: 'count', value });
  const headline = [figure('calls', 12_345), figure('requests', 7), figure('turns', 890), figure('files', 1)];
  const lines = (columns: number) => renderTable({ columns: [], rows: [], headline }, plain(columns)).split('\n');
  expect(lines(52)).toEqual(['calls 12,345   requests 7   turns 890   files 1', '']);
  expect(lines(46)).toEqual(['calls 12,345   requests 7', 'turns 890      files    1', '']);
  expect(lines(24)).toEqual(['calls    12,345', 'requests 7', 'turns    890', 'files    1', '']);
  expect(lines(14)).toEqual(['calls 12,345', 'requests 7', 'turns 890', 'files 1', '']);
});

test('many rows are all drawn, in order', () => {
  const names = Array.from({ length: 1234 }, (_, at) => `tool-${at}`);
  const lines = renderTable(tools(...names), plain(80))
    .trimEnd()
    .split('\n')
    .slice(2);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(names);
});

/** Two columns of a terminal; all else that the tests use takes one. */
const WIDE = /^(?:[一-龠ァ-ー가-힣]|🚀|🇩🇪)/u;

function widthOf(line: string): number {
  const characters = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(line);
  return Array.from(characters, ({ segment }) => (WIDE.test(segment) ? 2 : 1)).reduce<number>((a, b) => a + b, 0);
}

const UNITS = [...'abcXYZ09-_./   '.split(''), '検', '索', 'ツ', '한', '🚀', '🇩🇪', 'e\u0301', '\u001b[31m', '\n', '\u202e', '\u200d'];
const name = fc.array(fc.constantFrom(...UNITS), { maxLength: 60 }).map((units) => units.join(''));
const nullable = (cell: fc.Arbitrary<Cell>): fc.Arbitrary<Cell> => fc.option(cell, { freq: 5 });
const CELLS = {
  change: nullable(fc.double({ noNaN: true, min: -1, max: 1000 })),
  spark: fc.array(nullable(fc.nat()), { maxLength: 12 }),
  counts: fc.dictionary(name, fc.nat(), { maxKeys: 3 }),
  id: fc.option(fc.uuid(), { nil: null }),
  text: nullable(fc.oneof(name, fc.array(name, { maxLength: 3 }), fc.boolean())),
  count: nullable(fc.nat()),
  tokens: nullable(fc.maxSafeNat()),
  usd: nullable(fc.double({ min: 0, max: 1e6, noNaN: true })),
  ms: nullable(fc.nat()),
  bytes: nullable(fc.maxSafeNat()),
  percent: nullable(fc.double({ min: 0, max: 1, noNaN: true })),
  day: nullable(fc.nat({ max: 40_000 })),
  time: nullable(fc.nat()),
} as const;
const kind = fc.constantFrom('text', 'count', 'tokens', 'usd', 'ms', 'bytes', 'percent', 'day', 'time');

const anyColumns: fc.Arbitrary<Column[]> = fc
  .array(
    fc.record(
      { title: name, kind, drop: fc.nat({ max: 3 }), hidden: fc.boolean(), mark: fc.constant('marked') },
      { requiredKeys: ['title', 'kind'] },
    ),
    { maxLength: 9 },
  )
  .map((columns) => columns.map((column, at) => ({ ...column, name: `c${at}` })));

const anyTable: fc.Arbitrary<Table> = anyColumns.chain((columns) => {
  const cells = Object.fromEntries(columns.map((column) => [column.name, CELLS[column.kind]]));
  const row: fc.Arbitrary<Row> = fc.record({ ...cells, marked: fc.boolean() });
  const figure: fc.Arbitrary<Figure> = kind.chain((of) => fc.record({ label: name, kind: fc.constant(of), value: CELLS[of] }));
  return fc.record(
    {
      columns: fc.constant(columns),
      rows: fc.array(row, { maxLength: 5 }),
      header: fc.array(name, { maxLength: 2 }),
      headline: fc.array(figure, { maxLength: 6 }),
      footer: fc.array(name, { maxLength: 2 }),
      empty: name,
    },
    { requiredKeys: ['columns', 'rows'] },
  );
});

test('no line of any table is wider than the terminal, has blanks at its end or acts on it', () => {
  fc.assert(
    fc.property(anyTable, fc.integer({ min: 2, max: 160 }), fc.boolean(), (table, columns, unicode) => {
      const text = renderTable(table, { columns, color: false, unicode });
      expect(text.endsWith('\n')).toBe(true);
      expect(text).not.toMatch(/[^\S\n]$/m);
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200d]/);
      for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }),
    { numRuns: 300 },
  );
});

test('colour changes nothing but the colour', () => {
  fc.assert(
    fc.property(anyTable, fc.integer({ min: 2, max: 160 }), (table, columns) => {
      const colored = renderTable(table, { columns, color: true, unicode: true });
      expect(stripVTControlCharacters(colored)).toBe(renderTable(table, plain(columns)));
    }),
  );
});
