import { EXIT, UsageError } from '../../model/errors.ts';
import type { Row, Table } from '../../model/table.ts';
import { formatDay } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import type { CliCommand, Context } from '../context.ts';
import { ANOMALIES, anomaliesBy } from '../../reports/common/anomalies.ts';
import { everything, type Query } from '../../reports/common/query.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';

interface Options extends CommonOptions {
  readonly issues?: boolean;
  readonly verify?: boolean;
  readonly maxLag?: string;
}

/** How the store is: what it covers, when it was fed last, what is wrong with it. */
export const command: CliCommand = {
  name: 'status',
  summary: 'Show what the store covers and whether it is sound',
  purpose: 'What does the store cover, when was it fed last, and is it sound?',
  examples: [
    ['usage status --issues', 'what was odd in the logs'],
    ['usage status --verify', 'add up everything anew and compare'],
  ],
  exits: [
    [1, 'with --verify: something differs'],
    [5, 'with --max-lag: the last good import is longer ago, or never was'],
  ],
  group: 'care',
  order: 10,
  add: (command, context) => {
    command
      .option('--issues', 'list what could not be read or does not fit')
      .option('--verify', 'add up all facts anew, compare, and check the database')
      .option('--max-lag <seconds>', 'exit 5 when the last good import is longer ago');
    addCommonOptions(command);
    command.action(() => status(command.optsWithGlobals<Options>(), context));
  },
};

async function status(options: Options, context: Context): Promise<void> {
  const path = context.storePath(options);
  const maxLag = maxLagOf(options.maxLag);
  await context.reading(path, async (db, homeZone) => {
    const now = context.now(options);
    if (options.issues === true) return context.print(await issuesTable(db, everything(now, homeZone)), 'status', options);
    const [{ checksOf, lagCheck, verifyChecks }, { stateOf }, { statusTable }] = await Promise.all([
      import('../status/checks.ts'),
      import('../status/state.ts'),
      import('../status/table.ts'),
    ]);
    const state = await stateOf(db, path, now, homeZone);
    const checks = [
      ...checksOf(state, context.settings, await context.outside.cleanupDays()),
      ...(options.verify === true ? await verifyChecks(db, everything(now, homeZone)) : []),
      ...lagCheck(state, maxLag),
    ];
    await context.print(statusTable(state, checks), 'status', options);
    const bad = checks.filter(({ ok }) => !ok).map(({ exit }) => exit);
    if (bad.includes('failed')) context.exitCode = EXIT.failed;
    else if (bad.includes('stale')) context.exitCode = EXIT.stale;
  });
}

function maxLagOf(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new UsageError(`--max-lag ${value} is not a number of seconds.`, 'Use for example --max-lag 900.');
  return Number(value);
}

/** Lines that could not be read, by place; facts that do not fit, by kind and day. */
async function issuesTable(db: Db, query: Query): Promise<Table> {
  const lines = await db.all(
    `select f.path, i.line, i.reason from issues i join log_files f on f.id = i.file_id order by f.path, i.offset_bytes`,
  );
  const odd = (await anomaliesBy(db, query, 'a.day')).map((row): Row => ({
    kind: row['kind'] ?? null,
    where: typeof row['grp'] === 'number' ? formatDay(row['grp']) : 'undated',
    count: row['n'] ?? null,
  }));
  const kinds = Object.entries(ANOMALIES).filter(([kind]) => odd.some((row) => row['kind'] === kind));
  return {
    columns: [
      { name: 'kind', title: 'kind', kind: 'text' },
      { name: 'where', title: 'where', kind: 'text' },
      { name: 'count', title: 'count', kind: 'count' },
    ],
    rows: [
      ...odd,
      ...lines.map((row): Row => ({ kind: row['reason'] ?? null, where: `${String(row['path'])}:${String(row['line'])}`, count: 1 })),
    ],
    footer: kinds.map(([kind, meaning]) => `${kind}: ${meaning}`),
    empty: 'Nothing was odd in the logs.',
    query: { timezone: query.homeZone.name },
  };
}
