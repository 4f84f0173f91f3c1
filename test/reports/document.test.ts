import { expect, test } from 'vitest';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

/* The documents of `report`: a page and a digest. */

const SECTIONS = ['Tools', 'Spend by model', 'Spend by project', 'Errors by class', 'Regressions', 'New tools', 'Dead weight'];

test('the digest of an empty store says of every section that it is empty', async () => {
  const { code, stdout } = await machine().usage('report', '--days', '7', '--format', 'md');
  expect(code).toBe(0);
  const parts = stdout.split('\n## ').slice(1);
  expect(parts.map((part) => part.split('\n')[0])).toEqual(SECTIONS);
  for (const part of parts) expect(part).toMatch(/\n\n(No|Nothing) [^|]*\.\n/);
});

test('the digest names what is new and what fails', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', 0, { tool: 'Read' }), end('toolu_1', 5)]);
  await mac.usage('import');
  const { stdout } = await mac.usage('report', '--days', 'all', '--format', 'md');
  expect(stdout).toContain('| Read |     1 |');
  expect(stdout).not.toContain('## Regressions'); // all time has no window before
  const { rows } = JSON.parse((await mac.usage('tools', '--days', 'all', '--json')).stdout);
  expect(rows).toMatchObject([{ tool: 'Read', calls: 1 }]);
});

test('who asks for groups gets their table', async () => {
  const { stdout } = await machine().usage('report', '--by', 'day', '--fill', '--days', '2', '--format', 'md');
  expect(stdout).toContain('| 2026-06-10 |');
  expect(stdout).not.toContain('##');
});
