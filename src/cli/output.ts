import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FailError } from '../model/errors.ts';
import type { Table } from '../model/table.ts';
import type { World } from '../model/world.ts';
import { formatOf, type CommonOptions } from './options.ts';

/** Prints an answer in the format that was asked for: the one place that does. */
export async function print(world: World, table: Table, command: string, now: number, options: CommonOptions): Promise<void> {
  const text = await render(world, table, command, now, options);
  if (options.output === undefined || options.output === '-') return world.stdout.write(text);
  const path = resolve(world.cwd, options.output);
  try {
    writeFileSync(`${path}.part`, text, { mode: 0o600 });
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw new FailError(`${path} cannot be written.`, 'Name another file with --output.', { cause: error });
  }
}

async function render(world: World, table: Table, command: string, now: number, options: CommonOptions): Promise<string> {
  const format = formatOf(options);
  if (format === 'json') return (await import('../render/json.ts')).renderJson(table, { command, generatedAt: now });
  if (format === 'ndjson') return (await import('../render/json.ts')).renderNdjson(table);
  if (format === 'csv') return (await import('../render/csv.ts')).renderCsv(table);
  const { renderTable } = await import('../render/table.ts');
  const style = styleOf(world, options);
  return [table, ...(table.sections ?? [])].map((each) => renderTable(each, style)).join('\n');
}

function styleOf(world: World, options: CommonOptions) {
  const isFile = options.output !== undefined && options.output !== '-';
  return {
    columns: widthOf(world, isFile),
    color: isFile ? options.color === true : wantsColor(world, options, world.stdout.isTty),
    unicode: speaksUnicode(world),
  };
}

/** A pipe and a file have no width: nothing is dropped there, so their columns are always the same. */
const UNLIMITED = 100_000;

function widthOf({ env, stdout }: World, isFile: boolean): number {
  if (/^[1-9]\d{1,4}$/.test(env['COLUMNS'] ?? '')) return Number(env['COLUMNS']);
  return stdout.isTty && !isFile ? (stdout.columns ?? 80) : UNLIMITED;
}

/** --color, then NO_COLOR, then FORCE_COLOR, then whether a terminal reads it. */
export function wantsColor({ env }: World, options: CommonOptions, isTty: boolean): boolean {
  if (options.color !== undefined) return options.color;
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

function speaksUnicode({ env, platform }: World): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  if (locale === undefined || locale === '') return env['TERM'] !== 'linux' || platform === 'win32';
  return /utf-?8/i.test(locale);
}
