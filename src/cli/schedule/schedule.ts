import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { FailError, UsageError } from '../../model/errors.ts';
import type { World } from '../../model/world.ts';
import { packaged } from '../packaged.ts';
import type { WAYS } from './ways.ts';

/** How often an import runs. */
export interface Every {
  readonly count: number;
  readonly unit: 'm' | 'h' | 'd';
}

/** What makes a machine run an import again and again. */
export interface Scheduler {
  readonly name: (typeof WAYS)[number];
  isHere(world: World): boolean;
  /** What a person would put in place by hand. */
  text(world: World, every: Every): string;
  /** What is going to be done, in words. */
  plan(world: World, every: Every): string;
  install(world: World, every: Every): void;
  /** Undefined: there is nothing of ours. Else what is going to be taken away, in words. */
  found(world: World): string | undefined;
  remove(world: World): void;
}

/** Only what divides an hour or a day can be said to all of them. */
export function everyOf(text: string): Every {
  const [, digits, unit] = /^([1-9]\d?)([mhd])$/.exec(text) ?? [];
  const count = Number(digits);
  const divides = unit === 'm' ? 60 % count === 0 && count < 60 : unit === 'h' ? 24 % count === 0 && count < 24 : count === 1;
  if ((unit !== 'm' && unit !== 'h' && unit !== 'd') || !divides)
    throw new UsageError(
      `--every ${text} cannot be scheduled.`,
      'Use minutes that divide an hour, hours that divide a day, or 1d: 15m, 1h, 6h, 1d.',
    );
  return { count, unit };
}

const PROGRAM = packaged('bin/usage.js');

/** Where the logs, the store and the settings are, if this is said by the environment that is not there when the clock starts it. */
const KEPT = /^(?:USAGE_(?!NOW$)\w+|XDG_CONFIG_HOME|XDG_DATA_HOME|CLAUDE_CONFIG_DIR|CODEX_HOME|RODER_DATA_DIR|YOI_WORKSPACES)$/;

export function keptEnv({ env, cwd }: World): readonly (readonly [string, string])[] {
  const kept = Object.entries(env).flatMap(([name, value]): (readonly [string, string])[] =>
    KEPT.test(name) && value ? [[name, name === 'USAGE_DB' ? resolve(cwd, value) : value]] : [],
  );
  // A line of its own in what a scheduler reads would be an order of its own.
  const odd = kept.find(([, value]) => /\p{Cc}/u.test(value));
  if (odd !== undefined) throw new UsageError(`${odd[0]} holds a line end or another control character.`, 'Give it another value.');
  return kept.sort(([a], [b]) => (a < b ? -1 : 1));
}

export const IMPORT: readonly string[] = [process.execPath, PROGRAM, 'import', '-q'];

/** The import as a line for a shell. */
export function shellLine(world: World): string {
  const env = keptEnv(world).map(([name, value]) => `${name}=${quoted(value)}`);
  return [...env, ...IMPORT.map(quoted)].join(' ');
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Is this program on the path? */
export function hasProgram({ env }: World, name: string): boolean {
  return (env['PATH'] ?? '/usr/bin:/bin').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function runProgram(world: World, name: string, args: readonly string[], input = ''): Ran {
  const env = { ...world.env, PATH: world.env['PATH'] ?? '/usr/bin:/bin', HOME: world.home };
  const { status, stdout, stderr, error } = spawnSync(name, args, { env, input, encoding: 'utf8' });
  if (error !== undefined) throw new FailError(`${name} cannot be run.`, 'Choose another way with --with.', { cause: error });
  return { code: status ?? 1, stdout, stderr };
}

/** Runs it, and fails with what it said when it fails. */
export function mustRun(world: World, name: string, args: readonly string[], input = ''): string {
  const { code, stdout, stderr } = runProgram(world, name, args, input);
  if (code !== 0) throw new FailError(`${name} ${args.join(' ')} failed: ${stderr.trim().split('\n')[0] ?? ''}.`);
  return stdout;
}
