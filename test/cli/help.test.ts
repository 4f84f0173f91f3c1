import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { aboutOf, GROUPS } from '../../src/cli/help/about.ts';
import { machine } from '../world.ts';
import { called, program } from './tree.ts';

const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));

test('usage --help is what somebody read and found good', async () => {
  const { code, stdout, stderr } = await machine().usage('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot('help.txt');
});

test('usage help and usage help COMMAND are the same as --help', async () => {
  const { usage } = machine();
  expect(await usage('help')).toEqual(await usage('--help'));
  expect(await usage('help', 'config', 'set')).toEqual(await usage('config', 'set', '--help'));
});

test('every command has a line, below a heading, in an order', async () => {
  const { stdout } = await machine().usage('--help');
  const headings = Object.values(GROUPS).map((title) => stdout.indexOf(`\n${title}:\n`));
  expect(headings).toEqual(headings.toSorted((a, b) => a - b));
  expect(headings).not.toContain(-1);
  for (const each of program.commands) expect(stdout).toMatch(new RegExp(`^  ${each.name()} +[A-Z].*[^.]$`, 'm'));
  expect(stdout.indexOf('\n  tools ')).toBeLessThan(stdout.indexOf('\n  catalog '));
});

test.each(called)('usage $call --help: what it is for, examples, options; plain text that fits', async ({ words, command }) => {
  const { code, stdout, stderr } = await machine().usage(...words, '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[A-Z].*(?:\n.*)?[.?]\n\nUsage: usage.*\n\nExamples:\n {2}(?:source <\()?usage/);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
  for (const { flags } of command.options.filter(({ hidden }) => !hidden)) expect(stdout).toContain(`\n  ${flags}  `);
  for (const [exit] of aboutOf(command).exits ?? []) expect(stdout).toMatch(new RegExp(`\nExit codes:\n(?:.*\n)*  ${exit}  `));
});

test('a wide terminal gets longer lines, up to a point; a narrow one shorter ones; in a pipe there are 80 columns', async () => {
  const widest = async (columns?: number): Promise<number> => {
    const { stdout } = await machine(columns === undefined ? {} : { columns }).usage('tools', '--help');
    return Math.max(...stdout.split('\n').map((line) => line.length));
  };
  expect(await widest(120)).toBeGreaterThan(80);
  expect(await widest(120)).toBeLessThanOrEqual(100);
  expect(await widest(60)).toBeLessThanOrEqual(60);
  expect(await widest()).toBeLessThanOrEqual(80);
});

test.each([
  [{ columns: 80 }, true],
  [{ columns: 80, env: { NO_COLOR: '1' } }, false],
  [{ columns: 80, env: { TERM: 'dumb' } }, false],
  [{}, false],
])('headings are bold on a terminal that can: %j', async (options, isBold) => {
  const { stdout } = await machine(options).usage('--help');
  expect(stdout.includes('\u001B[1mExamples:\u001B[22m')).toBe(isBold);
  expect(stdout.includes('\u001B')).toBe(isBold);
});

/** What a shell would give the program: what is piped, sent to a file or sourced is the shell's. */
function wordsOf(line: string): readonly string[] {
  const [, call = ''] = /(?:^|<\()usage ?([^|>)]*)/.exec(line.replace(/"[^"]*"/g, (quoted) => quoted.replaceAll(')', '\0'))) ?? [];
  return [...call.replaceAll('\0', ')').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word);
}

test.each(program.commands.concat(program).map((command) => ({ name: command.name(), command })))(
  'every example of usage $name runs on the sample logs',
  async ({ name }) => {
    const env: Record<string, string> = {};
    const mac = machine({ now: '2026-05-22T18:00:00Z', env, ask: () => Promise.resolve('n') });
    cpSync(SAMPLE, mac.home, { recursive: true });
    cpSync(SAMPLE, join(mac.home, 'backup'), { recursive: true });
    mkdirSync(join(mac.home, 'bin'));
    writeFileSync(join(mac.home, 'bin/crontab'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(mac.home, 'bin/crontab'), 0o755);
    env['PATH'] = join(mac.home, 'bin');
    await mac.json('import');
    const own = called.filter(({ words }) => (words[0] ?? 'usage') === name);
    expect(own.length).toBeGreaterThan(0);
    for (const [line] of own.flatMap(({ command }) => aboutOf(command).examples)) {
      const argv = wordsOf(line).map((word) => word.replace(/^~\/backup\/claude$/, join(mac.home, 'backup')));
      const { code, stdout, stderr } = await mac.usage(...argv);
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      // A file is written in silence; off a terminal, watch tells what changes alone.
      if (!argv.includes('-o') && name !== 'watch') expect(stdout, line).not.toBe('');
    }
  },
);
