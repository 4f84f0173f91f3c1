import type { Command, Option } from 'commander';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { machine, type Result } from '../world.ts';
import { called, type Called } from './tree.ts';

/* Everything that can be said wrong, to every command that takes it. */

const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));

/** By what a value is called: something that it is not. */
const WRONG: Readonly<Record<string, string>> = {
  days: 'soon',
  n: '-7',
  seconds: 'ten',
  mb: '1e3',
  usd: '-0.5',
  time: 'whenever',
  date: '31.12.2025',
  zone: 'Mars/Olympus',
  agent: 'clippy',
};
/** What is understood, where a command needs something else said first. */
const RIGHT: Readonly<Record<string, string>> = {
  usd: '1',
  model: 'house-model',
  session: '1e685a05',
  key: 'days',
  value: '7',
  shell: 'bash',
  select: 'select 1',
};

const nameOf = ({ flags }: Option): string => /[<[]([^>\].]+)/.exec(flags)?.[1] ?? '';
const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** The command with all that it must be told, but for what is left out. */
function call({ words, command }: Called, without = ''): readonly string[] {
  const args = command.registeredArguments.filter(({ required }) => required).map((argument) => RIGHT[argument.name()] ?? 'x');
  const options = command.options.filter(({ mandatory, long }) => mandatory && long !== without);
  return [...words, ...args, ...options.flatMap((option) => [option.long ?? '', RIGHT[nameOf(option)] ?? 'x'])];
}

const visible = (command: Command): readonly Option[] => command.options.filter(({ hidden, long }) => !hidden && long !== '--version');

interface Case {
  readonly argv: readonly string[];
  /** What the sentence names. */
  readonly names: string;
}

function casesOf(each: Called): readonly Case[] {
  const { command, words } = each;
  const wrong = (option: Option): string | undefined => (option.argChoices !== undefined ? 'frobnicate' : WRONG[nameOf(option)]);
  const options = visible(command).filter(takesValue);
  const required = command.registeredArguments.filter((argument) => argument.required);
  return [
    { argv: [...call(each), '--frobnicate'], names: '--frobnicate' },
    { argv: [...call(each), '--frobnicate=7'], names: '--frobnicate' },
    ...options.map((option) => ({ argv: [...call(each, option.long ?? ''), option.long ?? ''], names: option.long ?? '' })),
    ...options.flatMap((option) => {
      const value = wrong(option);
      return value === undefined
        ? []
        : [{ argv: [...call(each, option.long ?? ''), option.long ?? '', value], names: `${option.long ?? ''} ${value}` }];
    }),
    ...command.options.filter(({ mandatory }) => mandatory).map(({ long }) => ({ argv: call(each, long ?? ''), names: long ?? '' })),
    ...(required.length > 0 ? [{ argv: words, names: words.join(' ') }] : []),
    ...command.registeredArguments
      .filter(({ argChoices }) => argChoices !== undefined)
      .map(() => ({ argv: [...words, 'frobnicate', 'x'].slice(0, words.length + required.length), names: 'frobnicate' })),
    ...(command.commands.length > 0 ? [{ argv: [...words, 'frobnicate'], names: 'frobnicate' }] : []),
    ...(command.commands.length === 0 && !command.registeredArguments.some(({ variadic }) => variadic)
      ? [
          {
            argv: [...call(each), ...command.registeredArguments.filter((argument) => !argument.required).map(() => 'x'), 'one-more'],
            names: 'one-more',
          },
        ]
      : []),
  ];
}

/** One line: what is wrong, and what to do. */
function expectWords(argv: readonly string[], { code, stdout, stderr }: Result, names: string): void {
  expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: '' });
  expect(stderr).toContain(names);
  expect(stderr).toMatch(/^usage: [^\n]+\. [^\n]+\n$/);
  expect(stderr).toMatch(/(?:Did you mean|Use |Use one of|See: usage |For example: |There are|Quote what)/);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|undefined|\[object|error:/);
  expect(stderr.length).toBeLessThan(300);
}

test.each(called)('usage $call: whatever is wrong → exit 2, one line with what to do', async (each) => {
  const mac = machine({ now: '2026-05-22T18:00:00Z' });
  cpSync(SAMPLE, mac.home, { recursive: true });
  await mac.json('import');
  for (const { argv, names } of casesOf(each)) expectWords(argv, await mac.usage(...argv), names);
});

test('there is much that can be said wrong', () => {
  expect(called.flatMap(casesOf).length).toBeGreaterThan(300);
});
