import { Option, type Command } from 'commander';
import { TOOL_KINDS } from '../model/event.ts';
import { oneOf } from '../model/nearest.ts';
import type { Renderer } from '../render/renderer.ts';
import type { Report } from '../reports/common/report.ts';
import { RENDERERS } from './renderers.ts';

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

/** A longer line of a log is skipped, unless told otherwise. */
export const MAX_LINE_MB = 64;

export const FORMATS: readonly string[] = ['table', ...RENDERERS.map(({ name }) => name).filter((name) => name !== 'table')];

export function addCommonOptions(command: Command): Command {
  return command
    .optionsGroup('Output')
    .addOption(oneOfThese('--format <format>', '', FORMATS))
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write the answer to a file')
    .option('--color', 'colour, also off a terminal')
    .option('--no-color', 'no colour')
    .addOption(new Option('--pager', 'through the pager').hideHelp()) // without it, --no-pager would have a default that hides what was said
    .option('--no-pager', 'do not page what is taller than the terminal')
    .addOption(storeOption())
    .addOption(nowOption());
}

export const nowOption = (): Option => new Option('--now <time>', 'pin the clock').hideHelp();

const storeOption = (): Option => withPreset(new Option('--db <file>', 'the store'), '$USAGE_DB, else the data folder');

/** For commands that print no table. */
export const addStoreOption = (command: Command): Command => command.addOption(storeOption());

/** What holds where nothing is said, in words: what was said can still be told from it. */
export function withPreset(option: Option, preset: string | null | undefined): Option {
  if (preset !== null && preset !== undefined) option.defaultValueDescription = preset;
  return option;
}

/** Takes one of a few words. They are told to people and shells; whoever reads the option turns others down. */
export function oneOfThese(flags: string, summary: string, words: readonly string[], preset: string | null = words[0] ?? null): Option {
  const option = new Option(flags, summary);
  option.argChoices = [...words];
  return withPreset(option, preset);
}

/*
 * What a value's name is says what it is, to people and to shells: <tool>, <project>, <model>, <session> and <server> are known
 * by the store, <agent>, <zone>, <file> and <folder> by the machine (see complete/values.ts).
 */

export function addQueryOptions(command: Command, report: Report): Command {
  if (report.argument?.required === true) return addLimit(command.optionsGroup('Rows'), report); // about one thing, and all of it
  command.optionsGroup('Options');
  for (const { flags, summary, choices, preset } of report.options ?? [])
    command.addOption(
      choices === undefined ? withPreset(new Option(flags, summary), preset) : oneOfThese(flags, summary, choices, preset ?? null),
    );
  if (report.compares === true) command.option('--compare', 'beside the window of the same length before it');
  if (report.fills === true) command.option('--fill', 'show days, weeks and months without anything, too');
  command
    .optionsGroup('Window')
    .addOption(withPreset(new Option('--days <days>', 'this many days up to today, or all'), report.days?.toString() ?? 'all'))
    .option('--since <time>', 'from here on: 7d, 24h, 90m, monday, 2026-06-01, RFC 3339')
    .option('--until <time>', 'up to here; a date is included whole')
    .addOption(withPreset(new Option('--timezone <zone>', 'cut days in this zone'), "the store's own"))
    .option('--raw', 'add up the facts anew, not the sums kept of each day')
    .optionsGroup('Filters')
    .option('--project <project>', 'a folder, the last parts of its path, or . for this one')
    .option('--model <model>', 'a model; in all filters * is any text')
    .option('--source <agent>', 'the logs of one agent, such as claude or codex')
    .option('--tool <tool>', 'a tool')
    .option('--session <session>', 'a session, by the beginning of its id');
  if (report.filtersTools === true)
    command.addOption(oneOfThese('--kind <kind>', 'kind of tool', TOOL_KINDS, null)).option('--server <server>', 'an MCP server');
  command
    .optionsGroup('Rows')
    .addOption(oneOfThese('--by <group>', 'a row for each', report.groups).hideHelp(report.groups.length === 1))
    .addOption(oneOfThese('--sort <order>', 'sorted by', report.sorts));
  return addLimit(command, report);
}

const addLimit = (command: Command, report: Report): Command =>
  command.addOption(withPreset(new Option('--limit <n>', 'rows, 0 for all'), `${report.limit}; machine formats: all`));

/** One of a closed list; the first when nothing was said. */
export function choice<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T {
  const [first] = allowed;
  return value === undefined && first !== undefined ? first : oneOf(option, value ?? '', allowed);
}

/** How to print: as was asked, a table when nothing was said. */
export function rendererOf(options: CommonOptions): Renderer {
  const name = options.json === true ? 'json' : choice('--format', options.format, FORMATS);
  const found = RENDERERS.find((renderer) => renderer.name === name);
  if (found === undefined) throw new Error(`no renderer ${name}`);
  return found;
}
