import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/model/errors.ts';
import { called } from '../cli/tree.ts';
import { machine } from '../world.ts';

const README = new URL('../../README.md', import.meta.url);
const SAMPLE = new URL('../../fixtures/sample/home', import.meta.url);
const BLOCK = /```console\n([\s\S]*?)```/g;

/** Runs every `$ usage …` line of a text and puts what it prints below it. `npm start` is `usage start` where there are no logs. */
async function played(text: string): Promise<string> {
  const options = { now: '2026-05-22T18:00:00Z', env: { COLUMNS: '100' } };
  const [bare, sample] = [machine(options), machine(options)];
  cpSync(SAMPLE, sample.home, { recursive: true });
  let result = '';
  let position = 0;
  for (const block of text.matchAll(BLOCK)) {
    const commands = (block[1] ?? '').split('\n').filter((line) => line.startsWith('$ '));
    const shown: string[] = [];
    for (const command of commands) {
      const words = command.slice(2).split(' ');
      const { code, stdout, stderr } = command === '$ npm start' ? await bare.usage('start') : await sample.usage(...words.slice(1));
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
      shown.push(`${command}\n${stdout.trimEnd()}\n`);
    }
    result += `${text.slice(position, block.index)}\`\`\`console\n${shown.join('\n')}\`\`\``;
    position = block.index + block[0].length;
  }
  return result + text.slice(position);
}

test('every block of the README prints what it says', async () => {
  const text = readFileSync(README, 'utf8');
  const real = await played(text);
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
