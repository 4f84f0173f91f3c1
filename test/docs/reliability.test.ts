import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${ROOT}docs/reliability.md`, 'utf8');

test('the tests that the page on reliability names are there', () => {
  const named = [...new Set(page.match(/test\/[\w/-]+\.test\.ts/g))];
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(ROOT + path))).toEqual([]);
});

test('of each file of treatments that are taken out in turn the page names the test', () => {
  const treatments: readonly (readonly string[])[] = JSON.parse(readFileSync(`${ROOT}test/guards/treatments.json`, 'utf8'));
  const tests = new Set(treatments.map(([, , , path = '']) => path));
  expect([...tests].filter((path) => !page.includes(path))).toEqual([]);
});
