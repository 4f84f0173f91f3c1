import { existsSync } from 'node:fs';
import { EXIT, UsageError } from '../../model/errors.ts';
import type { Source } from '../../model/source.ts';
import type { CliCommand, Context } from '../context.ts';
import { importJson, importLines, lookedFor } from '../import-summary.ts';
import { loadSources } from '../load.ts';
import { addStoreOption, MAX_LINE_MB, nowOption, choice, type CommonOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import type { ImportReport } from '../run-import.ts';

interface Options extends CommonOptions {
  readonly source?: string;
  readonly root?: readonly string[];
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly rebuild?: boolean;
  readonly quiet?: boolean;
  readonly maxLine?: string;
  readonly maxSeconds?: string;
}

export const command: CliCommand = {
  name: 'import',
  summary: 'Read what is new in the logs into the store',
  purpose: 'Read what is new in the logs into the store. Nothing is counted twice, whatever is read again.',
  examples: [
    ['usage import', "from the agents' own places"],
    ['usage import ~/backup/claude --dry-run', 'what a folder would add'],
  ],
  exits: [
    [1, 'with --strict: there is no place to look in'],
    [3, 'with --strict: finished, but a line or a file could not be read'],
    [4, 'another import is running'],
  ],
  group: 'feed',
  order: 10,
  add: (command, context) => {
    command
      .argument('[paths...]', "log files and folders (default: the agents' own places)")
      .option('--source <agent>', 'the logs of one agent, such as claude or codex')
      .option(
        '--root <folder>',
        'look here, not in the default places; may be repeated',
        (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
      )
      .option('--strict', 'exit 3 when a line or a file cannot be read')
      .option('--dry-run', 'read and count, write nothing')
      .option('--rebuild', 'derive everything anew; what lost logs told stays')
      .option('--max-line <mb>', 'skip lines longer than this many MB', String(MAX_LINE_MB))
      .option('--max-seconds <n>', 'stop after about n seconds; the next import goes on')
      .option('-q, --quiet', 'say nothing when all is well')
      .optionsGroup('Output')
      .option('--json', 'what was done as JSON, also how much work it took')
      .addOption(nowOption());
    addStoreOption(command);
    command.action(async (paths: string[]) => {
      const options = command.optsWithGlobals<Options>();
      await importCommand(paths, options, context);
    });
  },
};

async function importCommand(paths: readonly string[], options: Options, context: Context): Promise<void> {
  const { world } = context;
  const sources = await chosen(options.source);
  const megabytes = lineCap(options.maxLine);
  const maxSeconds = secondsOf(options);
  const progress = openProgress(world, options.quiet === true || options.json === true);
  const storePath = context.storePath(options);
  const isRehearsalOfNothing = options.dryRun === true && !existsSync(storePath);
  let report: ImportReport;
  try {
    const { runImport } = await import('../run-import.ts');
    report = await runImport(
      isRehearsalOfNothing ? ':memory:' : storePath,
      {
        paths,
        roots: options.root ?? [],
        sources,
        rebuild: options.rebuild === true,
        dryRun: options.dryRun === true,
        maxLineBytes: megabytes * 1_000_000,
        now: context.now(options),
        keepDays: context.keepDays(),
        ...(maxSeconds !== undefined && { maxSeconds }),
        isQuiet: options.quiet === true && options.json !== true,
      },
      context,
      progress,
    );
  } finally {
    progress.end();
  }
  say(report, options, context);
  if (options.strict === true) context.exitCode = strictCode(report);
}

/** A longer line would not fit into one string. */
const LONGEST_MB = 500;

function lineCap(value: string | undefined): number {
  const megabytes = /^[1-9]\d{0,2}$/.test(value ?? '') ? Number(value) : Infinity;
  if (megabytes > LONGEST_MB)
    throw new UsageError(`--max-line ${value} is not a number of megabytes from 1 to ${LONGEST_MB}.`, 'Use for example --max-line 64.');
  return megabytes;
}

function secondsOf({ maxSeconds, rebuild }: Options): number | undefined {
  if (maxSeconds === undefined) return undefined;
  if (rebuild === true) throw new UsageError('--rebuild is all or nothing and cannot be ended by --max-seconds.', 'Use one of them.');
  if (!/^[1-9]\d{0,5}$/.test(maxSeconds))
    throw new UsageError(`--max-seconds ${maxSeconds} is not a whole number of seconds from 1 on.`, 'Use for example --max-seconds 60.');
  return Number(maxSeconds);
}

async function chosen(id: string | undefined): Promise<readonly Source[]> {
  const sources = await loadSources();
  if (id === undefined) return sources;
  const known = choice(
    '--source',
    id,
    sources.map((source) => source.id),
  );
  return sources.filter((source) => source.id === known);
}

function say(report: ImportReport, options: Options, { world, say, warn }: Context): void {
  if (options.json === true) return world.stdout.write(importJson(report, { rebuild: options.rebuild === true, now: world.now() }));
  const { lines, troubles } = importLines(report, { dryRun: options.dryRun === true, rebuild: options.rebuild === true, home: world.home });
  troubles.forEach(warn);
  if (options.quiet === true) return;
  if (report.found.logs.length === 0) lookedFor(report.found.looked, world.home).forEach(warn);
  lines.forEach(say);
}

function strictCode({ found, result }: ImportReport): number {
  if (found.looked.length > 0 && found.looked.every(({ exists }) => !exists)) return EXIT.failed;
  const isBad = result.issueCount > 0 || result.unreadable.length > 0 || found.unreadable.length > 0;
  return isBad ? EXIT.issues : EXIT.ok;
}
