import { statSync } from 'node:fs';
import { EXIT, UsageError } from '../../model/errors.ts';
import type { Row, Table } from '../../model/table.ts';
import { formatDay, rfc3339, UNDATED_DAY, type Zone } from '../../model/time.ts';
import type { Db, SqlRow } from '../../store/db.ts';
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
  add: (program, context) => {
    const command = program
      .command('status')
      .helpGroup('Store:')
      .description('Show what the store covers, when it was fed last, and whether it is sound')
      .option('--issues', 'list what was odd in the logs: lines that could not be read, and facts that do not fit')
      .option('--verify', 'add up all facts anew and compare; check the database; exit 1 when something differs')
      .option('--max-lag <seconds>', 'exit 5 when the last good import is longer ago');
    addCommonOptions(command);
    command.addHelpText('after', '\nExample:\n  $ usage status --verify');
    command.action(() => status(command.optsWithGlobals<Options>(), context));
  },
};

async function status(options: Options, context: Context): Promise<void> {
  const path = context.storePath(options);
  const maxLag = maxLagOf(options.maxLag);
  await context.reading(path, async (db, homeZone) => {
    const now = context.now(options);
    if (options.issues === true) return context.print(await issuesTable(db, everything(now, homeZone)), 'status', options);
    const checks = [...(await checksOf(db, options.verify === true)), ...lagCheck(await lastRuns(db), now, maxLag)];
    await context.print(await statusTable(db, path, now, homeZone, checks), 'status', options);
    if (checks.some(({ name, ok }) => !ok && name !== 'lag')) context.exitCode = EXIT.failed;
    else if (checks.some(({ ok }) => !ok)) context.exitCode = EXIT.stale;
  });
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix: string | null;
}

async function statusTable(db: Db, path: string, now: number, homeZone: Zone, checks: readonly Check[]): Promise<Table> {
  const { importerOf } = await import('../../store/lock.ts');
  const one = async (sql: string): Promise<SqlRow> => (await db.get(sql)) ?? {};
  const counts =
    await one(`select (select count(*) from log_files where state = 'present') as files, (select count(*) from log_files where state = 'gone') as gone,
    (select count(*) from issues) as issues, (select count(*) from rollup_queue) as dirty, (select count(*) from sessions) as sessions,
    (select min(day) from sessions) as first_day, (select max(last_at) from sessions) as last_at`);
  const { lastAt, lastOkAt, error } = await lastRuns(db);
  const bytes = [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  const lockedBy = importerOf(path);
  const firstDay = counts['first_day'];
  const lastDay = typeof counts['last_at'] === 'number' ? homeZone.dayOf(counts['last_at']) : null;
  const schema = Number((await one('pragma user_version'))['user_version'] ?? 0);
  const days = typeof firstDay === 'number' && lastDay !== null ? lastDay - firstDay + 1 : 0;
  const line = (what: string, is: string): Row => ({ what, is });
  return {
    columns: [
      { name: 'what', title: 'what', kind: 'text' },
      { name: 'is', title: 'is', kind: 'text' },
    ],
    rows: [
      line('store', `${path} (${(bytes / 1e6).toFixed(1)} MB, schema ${schema})`),
      line(
        'covers',
        typeof firstDay === 'number' && lastDay !== null
          ? `${formatDay(firstDay)} to ${formatDay(lastDay)} (${days} days, ${homeZone.name})`
          : 'nothing yet',
      ),
      line('logs', `${String(counts['files'])} present, ${String(counts['gone'])} gone, ${String(counts['sessions'])} sessions`),
      line('last import', lastAt === null ? 'never ran' : `${rfc3339(lastAt)}${error === null ? '' : ` failed: ${error}`}`),
      line('importer', lockedBy === null ? 'idle' : `locked by ${lockedBy}`),
      line('issues', `${String(counts['issues'])} lines; usage status --issues lists them`),
      ...checks.map(({ name, ok, detail, fix }) => line(name, ok ? `ok, ${detail}` : `${detail}${fix === null ? '' : `. ${fix}`}`)),
    ],
    fields: {
      schema_version_store: schema,
      store_path: path,
      store_bytes: bytes,
      last_import_at: lastAt === null ? null : rfc3339(lastAt),
      last_ok_at: lastOkAt === null ? null : rfc3339(lastOkAt),
      last_error: error,
      lag_seconds: lastOkAt === null ? null : Math.floor((now - lastOkAt) / 1000),
      files: counts['files'],
      issues_open: counts['issues'],
      dirty_days: counts['dirty'],
      locked_by: lockedBy,
      coverage_days: days,
      checks,
    },
    query: { timezone: homeZone.name },
  };
}

interface LastRuns {
  readonly lastAt: number | null;
  readonly lastOkAt: number | null;
  /** Of the last run, if it failed. */
  readonly error: string | null;
}

async function lastRuns(db: Db): Promise<LastRuns> {
  const last = await db.get('select finished_at, error from import_runs order by id desc limit 1');
  const ok = await db.get(`select max(finished_at) as at from import_runs where state = 'ok'`);
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    lastAt: number(last?.['finished_at']),
    lastOkAt: number(ok?.['at']),
    error: typeof last?.['error'] === 'string' ? last['error'] : null,
  };
}

async function checksOf(db: Db, verify: boolean): Promise<readonly Check[]> {
  if (!verify) return [];
  const { verifyRollups } = await import('../../store/rollups.ts');
  const wrong = await verifyRollups(db);
  const named = wrong
    .slice(0, 5)
    .map(({ rollup, day, session }) => `${rollup} ${day === UNDATED_DAY ? 'undated' : formatDay(day)} ${session}`);
  const integrity = String((await db.get('pragma integrity_check(1)'))?.['integrity_check'] ?? 'unknown');
  return [
    {
      name: 'sums',
      ok: wrong.length === 0,
      detail:
        wrong.length === 0 ? 'every sum of a day equals its facts' : `${wrong.length} sums differ from their facts: ${named.join(', ')}`,
      fix: wrong.length === 0 ? null : 'Run: usage import --rebuild',
    },
    {
      name: 'database',
      ok: integrity === 'ok',
      detail: integrity === 'ok' ? 'the file is sound' : 'the file is damaged',
      fix: integrity === 'ok' ? null : 'Restore it from a backup, or move it away and run: usage import',
    },
  ];
}

function lagCheck({ lastOkAt }: LastRuns, now: number, maxLag: number | null): readonly Check[] {
  if (maxLag === null) return [];
  const lag = lastOkAt === null ? null : Math.floor((now - lastOkAt) / 1000);
  const ok = lag !== null && lag <= maxLag;
  return [
    { name: 'lag', ok, detail: lag === null ? 'never ran' : `${lag} s since the last good import`, fix: ok ? null : 'Run: usage import' },
  ];
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
