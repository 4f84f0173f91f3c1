import { Option, type Command } from 'commander';
import { UsageError } from '../model/errors.ts';
import { TOOL_KINDS } from '../model/event.ts';
import { lastDays, parseMoment, zone, type Window, type Zone } from '../model/time.ts';
import type { Filters, Query } from '../reports/common/query.ts';
import type { Renderer } from '../render/renderer.ts';
import type { Report } from '../reports/common/report.ts';
import { loadRenderers } from './load.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly db?: string;
  readonly now?: string;
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly color?: boolean;
  readonly pager?: boolean;
}

export interface QueryOptions extends CommonOptions {
  readonly days?: string;
  readonly since?: string;
  readonly until?: string;
  readonly timezone?: string;
  readonly project?: string;
  readonly model?: string;
  readonly source?: string;
  readonly tool?: string;
  readonly session?: string;
  readonly kind?: string;
  readonly server?: string;
  readonly by?: string;
  readonly sort?: string;
  readonly limit?: string;
  readonly raw?: boolean;
  readonly compare?: boolean;
  readonly fill?: boolean;
}

/** Few and small: what draws is loaded when it is asked for. */
const RENDERERS = await loadRenderers();
export const FORMATS: readonly string[] = ['table', ...RENDERERS.map(({ name }) => name).filter((name) => name !== 'table')];

const MAX_LIMIT = 1000;

export function addCommonOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--json', 'print JSON, the same as --format json')
    .option('--format <format>', FORMATS.join(', '))
    .option('-o, --output <file>', 'write the answer to a file')
    .option('--color', 'colour, also off a terminal')
    .option('--no-color', 'no colour')
    .addOption(new Option('--pager', 'through the pager').hideHelp()) // without it, --no-pager would have a default that hides what was said
    .option('--no-pager', 'never through $PAGER, which shows what is taller than the terminal')
    .addOption(storeOption())
    .addOption(new Option('--now <time>', 'pin the clock').hideHelp());
}

const storeOption = (): Option => new Option('--db <file>', 'the store (default: $USAGE_DB, else the data folder of the platform)');

/** For commands that print no table. */
export const addStoreOption = (command: Command): Command => command.addOption(storeOption());

export function addQueryOptions(command: Command, report: Report): Command {
  if (report.argument?.required === true) return addLimit(command.optionsGroup('Rows:'), report); // about one thing, and all of it
  const days = report.days === null ? 'all time' : `${report.days} days`;
  command
    .optionsGroup('Window:')
    .option('--days <n>', `the last n calendar days, today included, or "all" (default: ${days})`)
    .option('--since <time>', 'from here on: 7d, 24h, 90m, monday, 2026-06-01, RFC 3339')
    .option('--until <time>', 'up to here; a date is included whole')
    .option('--timezone <zone>', "cut days in this zone (default: the store's own)")
    .option('--raw', 'add up the facts anew instead of reading the sums that are kept of each day')
    .optionsGroup('Filters:')
    .option('--project <path>', 'a folder, or the last parts of its path; "." is this one, * any text')
    .option('--model <name>', 'a model; * any text')
    .option('--source <id>', 'whose logs, e.g. claude or codex')
    .option('--tool <name>', 'a tool; * any text')
    .option('--session <id>', 'a session, or the beginning of its id');
  if (report.filtersTools === true) {
    command.option('--kind <kind>', TOOL_KINDS.join(', ')).option('--server <name>', 'an MCP server; * any text');
  }
  for (const { flags, summary } of report.options ?? []) command.option(flags, summary);
  if (report.compares === true) command.option('--compare', 'beside the window of the same length before it');
  if (report.fills === true) command.option('--fill', 'show days, weeks and months without anything, too');
  command
    .optionsGroup('Rows:')
    .option('--by <group>', `${report.groups.join(', ')} (default: ${report.groups[0]})`)
    .option('--sort <order>', `${report.sorts.join(', ')} (default: ${report.sorts[0]})`);
  return addLimit(command, report);
}

const addLimit = (command: Command, report: Report): Command =>
  command.option('--limit <n>', `rows, 0 for all (default: ${report.limit}, all in machine formats)`);

/** Understands the options of a report. Throws UsageError, naming what would be right. */
export function queryOf(
  options: QueryOptions,
  report: Report,
  place: { now: number; homeZone: Zone; cwd: string; sources: readonly string[] },
): Query {
  const zone_ = zoneOf(options.timezone, place.homeZone);
  const filters = filtersOf(options, report, place);
  return {
    window: windowOf(options, report.days, place.now, zone_),
    zone: zone_,
    homeZone: place.homeZone,
    now: place.now,
    filters,
    by: choice('--by', options.by, report.groups),
    sort: choice('--sort', options.sort, report.sorts),
    limit: limitOf(options, report.limit),
    subject: null,
    raw: options.raw === true,
    compare: options.compare === true,
    fill: options.fill === true,
    own: ownOf(options, report),
  };
}

/** A report's own options, as they were said. */
function ownOf(options: QueryOptions, report: Report): Query['own'] {
  const said = new Map<string, unknown>(Object.entries(options));
  return Object.fromEntries(
    (report.options ?? []).map(({ flags }) => {
      const option = new Option(flags);
      const value = said.get(option.attributeName());
      return [option.name(), typeof value === 'string' || typeof value === 'boolean' ? value : undefined];
    }),
  );
}

/** One of a closed list; the first when nothing was said. */
export function choice<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T {
  const found = value === undefined ? allowed[0] : allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`${option} ${value} is not known.`, `Use one of: ${allowed.join(', ')}.`);
  return found;
}

/** How to print: as was asked, a table when nothing was said. */
export function rendererOf(options: CommonOptions): Renderer {
  const name = options.json === true ? 'json' : choice('--format', options.format, FORMATS);
  const found = RENDERERS.find((renderer) => renderer.name === name);
  if (found === undefined) throw new Error(`no renderer ${name}`);
  return found;
}

function zoneOf(name: string | undefined, home: Zone): Zone {
  if (name === undefined || name === '') return home;
  try {
    const named = zone(name);
    named.dayOf(0);
    return named;
  } catch {
    throw new UsageError(`--timezone ${name} is no time zone.`, 'Use a name such as UTC, Europe/Berlin or Asia/Kolkata.');
  }
}

const MOMENTS = 'Use 7d, 24h, 90m, today, monday, 2026-06-01 or an RFC 3339 time.';

function windowOf(options: QueryOptions, defaultDays: number | null, now: number, in_: Zone): Window {
  const { days, since, until } = options;
  if (days !== undefined && (since !== undefined || until !== undefined)) {
    throw new UsageError('--days and --since or --until are two ways to say the window.', 'Use one of them.');
  }
  if (days === 'all') return { from: null, until: null };
  if (days !== undefined) {
    if (!/^[1-9]\d{0,4}$/.test(days))
      throw new UsageError(`--days ${days} is not a whole number of days from 1 on.`, 'Use for example --days 30, or --days all.');
    return lastDays(Number(days), now, in_);
  }
  if (since === undefined && until === undefined)
    return defaultDays === null ? { from: null, until: null } : lastDays(defaultDays, now, in_);
  const from = since === undefined ? null : momentOf('--since', since, 'start', now, in_);
  const end = until === undefined ? null : momentOf('--until', until, 'end', now, in_);
  if (from !== null && end !== null && end <= from) throw new UsageError(`--until ${until} is not after --since ${since}.`, 'Swap them.');
  return { from, until: end };
}

function momentOf(option: string, word: string, edge: 'start' | 'end', now: number, in_: Zone): number {
  const ms = parseMoment(word, edge, now, in_);
  if (ms === undefined) throw new UsageError(`${option} ${word} is not a time.`, MOMENTS);
  return ms;
}

function filtersOf(options: QueryOptions, report: Report, { cwd, sources }: { cwd: string; sources: readonly string[] }): Filters {
  const source = given(options.source);
  const kind = report.filtersTools === true ? given(options.kind) : null;
  return {
    project: projectOf(options.project, cwd),
    model: given(options.model),
    source: source === null ? null : choice('--source', source, sources),
    tool: given(options.tool),
    session: given(options.session),
    kind: kind === null ? null : choice('--kind', kind, TOOL_KINDS),
    server: given(options.server),
  };
}

const given = (value: string | undefined): string | null => (value === undefined || value.trim() === '' ? null : value.trim());

/** A folder as --project says it; null: none. */
export function projectOf(value: string | undefined, cwd: string): string | null {
  const project = given(value);
  return project === '.' ? cwd : (project?.replace(/(?<=.)\/+$/, '') ?? null);
}

function limitOf(options: QueryOptions, people: number): number {
  if (options.limit === undefined) return rendererOf(options).isForPeople ? people : 0;
  const limit = /^\d{1,4}$/.test(options.limit) ? Number(options.limit) : NaN;
  if (!(limit <= MAX_LIMIT))
    throw new UsageError(`--limit ${options.limit} is not a number from 0 to ${MAX_LIMIT}.`, 'Use --limit 0 for all rows.');
  return limit;
}
