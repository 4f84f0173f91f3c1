import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const COVERAGE = readFileSync(new URL('docs/coverage.md', ROOT), 'utf8');
const ROWS = COVERAGE.split('\n').filter((line) => line.startsWith('| R'));

test('every behaviour stands in the table of coverage, once', () => {
  const listed = ROWS.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/R(\d+)/g)].map(([, number]) => Number(number)));
  expect(listed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 233 }, (_, index) => index + 1));
});

test('every row names tests that are there, or says why there are none', () => {
  for (const row of ROWS) {
    const tests = (row.split('|')[4] ?? '').trim().split(', ');
    const missing = tests.filter((path) => path !== '–' && !existsSync(new URL(path, ROOT)));
    expect({ row, missing }).toEqual({ row, missing: [] });
    if (tests.includes('–')) expect(row).toContain('*Otherwise*');
  }
});
