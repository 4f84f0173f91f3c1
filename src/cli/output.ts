import { closeSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FailError } from '../model/errors.ts';
import type { Table } from '../model/table.ts';
import type { Output, World } from '../model/world.ts';
import type { TableStyle } from '../render/table.ts';
import { safeLines, safeText } from '../render/safe-text.ts';
import { rendererOf, type CommonOptions } from './options.ts';

/** The world that commands are given: whatever they write, only line ends act on the terminal. Colours come from renderers alone, through `print`. */
export function guarded(world: World): World {
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  return {
    env: world.env,
    home: world.home,
    cwd: world.cwd,
    platform: world.platform,
    now: () => world.now(),
    get timeZone() {
      return world.timeZone;
    },
    get stdout() {
      return (stdout ??= guardedOutput(world.stdout));
    },
    get stderr() {
      return (stderr ??= guardedOutput(world.stderr));
    },
    ...(world.interruption && { interruption: () => world.interruption?.() ?? new AbortController().signal }),
    get ask() {
      const { ask } = world;
      return ask && ((question: string) => ask(safeText(question)));
    },
  };
}

const guardedOutput = (output: Output): Output => ({ ...output, write: (text) => output.write(safeLines(text)) });

/** Prints an answer in the format that was asked for: the one place that does. */
export async function print(world: World, table: Table, command: string, now: number, options: CommonOptions): Promise<void> {
  const text = await rendererOf(options).render(table, { command, generatedAt: now, style: styleOf(world, options) });
  if (!isTall(world, text, options) || (await world.page?.(text)) !== true) await writing(world, options, (write) => write(text));
  for (const warning of table.warnings ?? []) world.stderr.write(`usage: ${safeText(warning)}\n`);
}

/** More than the terminal shows at once, and nobody said no. */
const isTall = ({ env, stdout }: World, text: string, { output, pager }: CommonOptions): boolean =>
  stdout.isTty && output === undefined && pager !== false && env['TERM'] !== 'dumb' && text.split('\n').length > (stdout.rows ?? Infinity);

/** Gives `work` what --output names to write to. A file appears under its name, for its owner alone, when it is whole. */
export async function writing(
  world: World,
  { output }: CommonOptions,
  work: (write: (text: string) => void) => void | Promise<void>,
): Promise<void> {
  if (!isFile(output)) return work((text) => world.stdout.write(text));
  const path = resolve(world.cwd, output);
  // A link, a device or a pipe is written to where it is: a file of its name would take its place.
  const inPlace = lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const part = inPlace ? path : `${path}.part`;
  const orFail = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw new FailError(`${path} cannot be written.`, 'Name another file with --output.', { cause: error });
    }
  };
  const file = orFail(() => openSync(part, 'w', 0o600));
  try {
    try {
      await work((text) => orFail(() => writeFileSync(file, text)));
    } finally {
      closeSync(file);
    }
    if (!inPlace) orFail(() => renameSync(part, path));
  } catch (error) {
    if (!inPlace) rmSync(part, { force: true });
    throw error;
  }
}

const isFile = (output: string | undefined): output is string => output !== undefined && output !== '-';

export function styleOf(world: World, options: CommonOptions): TableStyle {
  const toFile = isFile(options.output);
  return {
    columns: columnsOf(world, toFile) ?? UNLIMITED,
    color: toFile ? options.color === true : wantsColor(world, options, world.stdout.isTty),
    unicode: speaksUnicode(world),
  };
}

/** A pipe and a file have no width: nothing is dropped there, so their columns are always the same. */
const UNLIMITED = 100_000;

/** What a person says, else what the terminal says; undefined: there is none. */
export function columnsOf({ env, stdout }: World, toFile = false): number | undefined {
  if (/^[1-9]\d{1,4}$/.test(env['COLUMNS'] ?? '')) return Number(env['COLUMNS']);
  return stdout.isTty && !toFile ? (stdout.columns ?? 80) : undefined;
}

/** --color, then NO_COLOR, then FORCE_COLOR, then whether a terminal reads it. */
export function wantsColor({ env }: World, options: CommonOptions, isTty: boolean): boolean {
  if (options.color !== undefined) return options.color;
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

function speaksUnicode({ env, platform }: World): boolean {
  if (env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  if (locale === undefined || locale === '') return env['TERM'] !== 'linux' || platform === 'win32';
  return /utf-?8/i.test(locale);
}
