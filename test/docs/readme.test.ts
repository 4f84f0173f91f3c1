import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/model/errors.ts';
import { called } from '../cli/tree.ts';
import { machine } from '../world.ts';
import { played } from './played.ts';

const README = new URL('../../README.md', import.meta.url);
const SAMPLE = new URL('../../fixtures/sample/home', import.meta.url);
test('every block of the README prints what it says', async () => {
  const options = { now: '2026-05-22T18:00:00Z', env: { COLUMNS: '100' } };
  const [bare, sample] = [machine(options), machine(options)];
  cpSync(SAMPLE, sample.home, { recursive: true });
  const text = readFileSync(README, 'utf8');
  // `npm start` is `usage start` where there are no logs.
  const real = await played(text, ([program, ...argv]) => (program === 'npm' ? bare.usage('start') : sample.usage(...argv)));
  expect(real).not.toContain('nothing recorded yet');
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(README, real);
  else expect(text).toBe(real);
});

test('the README is short enough to be read; it and the list of options name every command, flag and exit code', () => {
  const readme = readFileSync(README, 'utf8');
  expect(readme.split('\n').length).toBeLessThan(300);
  const text = readme + readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  for (const { words, command } of called) {
    const [name, verb] = words;
    if (name !== undefined) expect(text).toContain(`usage ${name}`);
    if (verb !== undefined) expect(text).toMatch(new RegExp(`^.*usage ${name} .*\\b${verb}\\b`, 'm'));
    for (const { long, hidden } of command.options) if (!hidden) expect(text, words.join(' ')).toContain(long);
  }
  for (const code of Object.values(EXIT)) expect(text).toContain(`| ${code} |`);
});
