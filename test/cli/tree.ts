import type { Command } from 'commander';
import { openContext } from '../../src/cli/context.ts';
import { wholeProgram, withAll } from '../../src/cli/program.ts';

/* All that the command line takes, as the program knows it: what holds for every command is tested on every command. */

const silent = { write: () => {}, isTty: false, columns: undefined };

export const program = await wholeProgram(
  openContext({
    env: {},
    home: '/home/ada',
    cwd: '/home/ada',
    platform: 'linux',
    now: () => Date.parse('2026-06-10T18:00:00Z'),
    timeZone: 'UTC',
    stdout: silent,
    stderr: silent,
  }),
);

/** A command and what calls it, without the name of the program: `config set`. */
export interface Called {
  readonly call: string;
  readonly words: readonly string[];
  readonly command: Command;
}

export const called: readonly Called[] = withAll(program).map((command) => {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return { call: words.join(' '), words, command };
});
