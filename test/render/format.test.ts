import { describe, expect, test } from 'vitest';
import type { Cell, CellKind } from '../../src/model/table.ts';
import { cellFormat } from '../../src/render/format.ts';

const utc = cellFormat('UTC');

describe.each<[CellKind, [Cell, string][]]>([
  [
    'count',
    [
      [0, '0'],
      [999, '999'],
      [1234, '1,234'],
      [1_234_567, '1,234,567'],
    ],
  ],
  [
    'tokens',
    [
      [0, '0'],
      [999, '999'],
      [1000, '1k'],
      [845_123, '845k'],
      [999_600, '1M'],
      [12_345_678, '12.3M'],
      [2e9, '2B'],
    ],
  ],
  [
    'usd',
    [
      [0, '$0.00'],
      [0.000_000_001, '<$0.001'],
      [0.000_999, '<$0.001'],
      [0.001, '$0.001'],
      [0.0421, '$0.042'],
      [0.9994, '$0.999'],
      [0.9996, '$1.00'],
      [12.3, '$12.30'],
      [99.994, '$99.99'],
      [99.996, '$100'],
      [1234.4, '$1,234'],
    ],
  ],
  [
    'ms',
    [
      [0, '0 ms'],
      [45, '45 ms'],
      [999, '999 ms'],
      [999.5, '1.0 s'],
      [1432, '1.4 s'],
      [59_949, '59.9 s'],
      [59_950, '1 m 00 s'],
      [125_000, '2 m 05 s'],
      [3_599_499, '59 m 59 s'],
      [3_599_500, '1 h 00 m'],
      [4_320_000, '1 h 12 m'],
      [360_000_000, '100 h 00 m'],
    ],
  ],
  [
    'bytes',
    [
      [0, '0 B'],
      [512, '512 B'],
      [999.6, '1.0 kB'],
      [1000, '1.0 kB'],
      [999_949, '999.9 kB'],
      [999_950, '1.0 MB'],
      [1_234_567, '1.2 MB'],
      [5e9, '5.0 GB'],
      [7e15, '7,000.0 TB'],
    ],
  ],
  [
    'percent',
    [
      [0, '0.0 %'],
      [1e-9, '0.1 %'],
      [0.9861, '98.6 %'],
      [0.9994, '99.9 %'],
      [0.99997, '99.9 %'],
      [1, '100.0 %'],
      [1.5, '150.0 %'],
    ],
  ],
  [
    'day',
    [
      ['2026-06-01', '2026-06-01'],
      [20_605, '2026-06-01'],
    ],
  ],
  [
    'time',
    [
      [Date.UTC(2026, 5, 1, 14, 5, 59), '2026-06-01 14:05'],
      [Date.UTC(2026, 0, 1), '2026-01-01 00:00'],
    ],
  ],
  [
    'text',
    [
      ['Bash', 'Bash'],
      [['opus', 'haiku'], 'opus, haiku'],
      [[], ''],
      [true, 'yes'],
      [false, 'no'],
      [7, '7'],
    ],
  ],
])('%s', (kind, cases) => {
  test.each(cases)('%s is %s', (cell, text) => {
    expect(utc(cell, kind)).toBe(text);
  });

  test('unknown is a dash', () => {
    expect(utc(null, kind)).toBe('-');
  });
});

test('times are told in the zone', () => {
  const at = Date.UTC(2026, 5, 1, 22, 30);
  expect(cellFormat('Asia/Kolkata')(at, 'time')).toBe('2026-06-02 04:00');
  expect(cellFormat('America/New_York')(at, 'time')).toBe('2026-06-01 18:30');
});

test('text is made safe, in lists too', () => {
  expect(utc('a\u001b[2Jb', 'text')).toBe('a\ufffd[2Jb');
  expect(utc(['a\nb', 'c\u202ed'], 'text')).toBe('a\ufffdb, c\ufffdd');
});
