import { expect, test } from 'vitest';
import type { Table } from '../../src/model/table.ts';
import { renderJson, renderNdjson } from '../../src/render/json.ts';
import { scoreTable } from './score-table.ts';

const envelope = { command: 'tools', generatedAt: Date.UTC(2026, 5, 1, 14, 5, 0, 7) };

const kinds: Table = {
  columns: [
    { name: 'tool', title: 'tool', kind: 'text' },
    { name: 'models', title: 'models', kind: 'text' },
    { name: 'calls', title: 'calls', kind: 'count' },
    { name: 'median_ms', title: 'median', kind: 'ms', drop: 1 },
    { name: 'success_rate', title: 'without error', kind: 'percent', mark: 'low_sample' },
    { name: 'cost_usd', title: 'cost', kind: 'usd' },
    { name: 'day', title: 'day', kind: 'day' },
    { name: 'last_used', title: 'last used', kind: 'time' },
    { name: 'low_sample', title: 'low sample', kind: 'text', hidden: true },
  ],
  rows: [
    {
      tool: 'Read',
      models: ['opus', 'haiku'],
      calls: 12_345,
      median_ms: 12.5,
      success_rate: 0.99997,
      cost_usd: 0.000_000_4,
      day: '2026-06-01',
      last_used: Date.UTC(2026, 5, 1, 14, 5),
      low_sample: true,
      not_a_column: 1,
    },
    { tool: 'Edit', calls: 0, cost_usd: 0, day: 20_605 },
  ],
};

test('one object: the envelope, the query, the fields of the table, the rows', () => {
  const table: Table = {
    columns: [{ name: 'week', title: 'week', kind: 'day' }],
    rows: [{ week: '2026-06-01' }],
    header: ['not for programs'],
    footer: ['nor this'],
    query: { days: 7, timezone: 'UTC' },
    fields: { coverage: { first_day: '2026-05-01', days: 32 } },
  };
  expect(renderJson(table, envelope)).toBe(`{
  "schema_version": 1,
  "command": "tools",
  "generated_at": "2026-06-01T14:05:00.007Z",
  "query": {
    "days": 7,
    "timezone": "UTC"
  },
  "coverage": {
    "first_day": "2026-05-01",
    "days": 32
  },
  "rows": [
    {
      "week": "2026-06-01"
    }
  ]
}
`);
});

test('values are for programs, unknown ones null, hidden columns included, in the order of the columns', () => {
  expect(renderNdjson(kinds)).toBe(
    [
      '{"tool":"Read","models":["opus","haiku"],"calls":12345,"median_ms":13,"success_rate":0.99997,"cost_usd":4e-7,' +
        '"day":"2026-06-01","last_used":"2026-06-01T14:05:00.000Z","low_sample":true}\n',
      '{"tool":"Edit","models":null,"calls":0,"median_ms":null,"success_rate":null,"cost_usd":0,' +
        '"day":"2026-06-01","last_used":null,"low_sample":null}\n',
    ].join(''),
  );
});

test('both formats tell the same rows', () => {
  const lines = renderNdjson(scoreTable).trimEnd().split('\n');
  const { rows } = JSON.parse(renderJson(scoreTable, envelope));
  expect(rows).toHaveLength(scoreTable.rows.length);
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
});

test('no rows', () => {
  expect(renderNdjson({ ...kinds, rows: [] })).toBe('');
  expect(JSON.parse(renderJson({ ...kinds, rows: [] }, envelope))).toEqual({
    schema_version: 1,
    command: 'tools',
    generated_at: '2026-06-01T14:05:00.007Z',
    query: {},
    rows: [],
  });
});

test('nothing acts on a terminal, and a parser still gets what was there', () => {
  const tool = 'a\u001b]52;c;eA==\u0007b\u009b2Jc\u202ed\u2028e\u200bf\u{e0061}g\nh';
  const table: Table = { columns: [{ name: 'tool', title: 'tool', kind: 'text' }], rows: [{ tool }], fields: { tool } };
  for (const text of [renderJson(table, envelope), renderNdjson(table)]) {
    expect(text.replaceAll('\n', '')).toMatch(/^[ -~]*$/);
  }
  expect(JSON.parse(renderNdjson(table))).toEqual({ tool });
  expect(JSON.parse(renderJson(table, envelope))).toMatchObject({ tool, rows: [{ tool }] });
});

test('half a surrogate pair does not make the output ill-formed', () => {
  const table: Table = {
    columns: [{ name: 'models', title: 'models', kind: 'text' }],
    rows: [{ models: ['a\ud83d'] }],
    fields: { deep: [{ name: '\udc00' }] },
  };
  expect(JSON.parse(renderJson(table, envelope))).toMatchObject({
    deep: [{ name: '\ufffd' }],
    rows: [{ models: ['a\ufffd'] }],
  });
});
