import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, FailError } from '../../model/errors.ts';
import type { Row } from '../../model/table.ts';
import { rfc3339, type Zone } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import type { CliCommand, Context } from '../context.ts';
import { loadSources } from '../load.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { privacyTable } from '../privacy-table.ts';

interface Options extends CommonOptions {
  readonly privacy?: boolean;
}

/** Everything that has to be right for the figures to be right: a line each, and what to do where one is not. */
export const command: CliCommand = {
  name: 'doctor',
  summary: 'Check all that the figures depend on, and say what to do',
  purpose: 'Check all that the figures depend on: Node, SQLite, the store, the logs, prices and room on the disk.',
  examples: [
    ['usage doctor', 'a line for each check, and what to do'],
    ['usage doctor --privacy', 'what every column of the store holds'],
  ],
  exits: [[1, 'something needs you']],
  group: 'care',
  order: 20,
  add: (command, context) => {
    command.option('--privacy', 'instead: what every column of the store holds; exit 1 when a value is none of these things');
    addCommonOptions(command);
    command.action(async () => {
      const options = command.optsWithGlobals<Options>();
      await (options.privacy === true ? privacy(options, context) : doctor(options, context));
    });
  },
};

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; null: nothing. */
  readonly fix: string | null;
}

async function doctor(options: CommonOptions, context: Context): Promise<void> {
  const path = context.storePath(options);
  const checks: Check[] = [check('node', true, `${process.versions.node} on ${process.platform} ${process.arch}`, '')];
  try {
    checks.push(...(await context.reading(path, (db, homeZone) => storeChecks(db, homeZone, path, context))));
  } catch (error) {
    if (!(error instanceof FailError)) throw error;
    checks.push(check('store', false, error.message, error.hint ?? 'Name another store with --db'));
  }
  checks.push(...(await rootChecks(context)), spaceCheck(path));
  await context.print(
    {
      columns: [
        { name: 'name', title: 'check', kind: 'text' },
        { name: 'ok', title: 'ok', kind: 'text', bad: 'is_bad' },
        { name: 'detail', title: 'what is', kind: 'text', wrap: true },
        { name: 'fix', title: 'what to do', kind: 'text', hidden: true },
      ],
      rows: checks.map((each): Row => ({ ...each, is_bad: !each.ok })),
      // Below the table it has the room to be read.
      footer: checks.flatMap(({ name, fix }) => (fix === null ? [] : [`${name}: ${fix}`])),
    },
    'doctor',
    options,
  );
  if (checks.some(({ ok }) => !ok)) context.exitCode = EXIT.failed;
}

async function privacy(options: Options, context: Context): Promise<void> {
  const { openReader } = await import('../../store/reader.ts');
  const reader = openReader(context.storePath(options), context.world);
  try {
    const table = privacyTable(reader.privacy());
    await context.print(table, 'doctor', options);
    if (table.failed === true) context.exitCode = EXIT.failed;
  } finally {
    reader.close();
  }
}

const check = (name: string, ok: boolean, detail: string, fix: string): Check => ({ name, ok, detail, fix: ok ? null : fix });

async function storeChecks(db: Db, homeZone: Zone, path: string, { world }: Context): Promise<readonly Check[]> {
  const one = async (sql: string): Promise<unknown> => Object.values((await db.get(sql)) ?? {})[0];
  const sqlite = check('sqlite', true, `${String(await one('select sqlite_version()'))}, the binding loads`, '');
  if (!existsSync(path)) return [sqlite, check('store', false, `${path} is not there yet`, 'Run: usage import')];
  const sound = await one('pragma quick_check(1)');
  const issues = Number(await one('select count(*) from issues'));
  const lines = Number(await one('select coalesce(sum(line), 0) from log_files'));
  const tokens = Number(
    await one(`select coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens), 0)
      from rollup_requests`),
  );
  const unpriced = Number(await one('select coalesce(sum(unpriced_tokens), 0) from rollup_requests'));
  const last = await db.all('select source, max(last_at) as at, count(*) as sessions from sessions group by 1 order by 1');
  return [
    sqlite,
    check(
      'store',
      sound === 'ok',
      `${path}, ${sound === 'ok' ? 'sound' : 'damaged'}`,
      'Restore a backup, or move it away and run: usage import',
    ),
    ...last.map(({ source, at, sessions }) =>
      check(
        `source ${String(source)}`,
        true,
        `${String(sessions)} sessions, the last event at ${typeof at === 'number' ? rfc3339(at) : '-'}`,
        '',
      ),
    ),
    check('lines', issues * MANY < lines || issues === 0, `${issues} of ${lines} could not be read`, 'Look at them: usage status --issues'),
    check(
      'prices',
      unpriced === 0,
      tokens === 0 ? 'no tokens yet' : `${(Math.floor((1 - unpriced / tokens) * 1000) / 10).toFixed(1)} % of all tokens have one`,
      'Name the missing ones: usage prices missing',
    ),
    check(
      'zone',
      true,
      homeZone.name === world.timeZone ? homeZone.name : `days are cut in ${homeZone.name}; this machine is in ${world.timeZone}`,
      '',
    ),
  ];
}

/** One bad line in so many is usual: a client was killed while it wrote. */
const MANY = 100;

async function rootChecks({ world }: Context): Promise<readonly Check[]> {
  const sources = await loadSources();
  const roots = sources.flatMap((source) => source.roots(world));
  const found = roots.filter((root) => existsSync(root));
  return [
    check(
      'logs',
      found.length > 0,
      `${found.length} of ${roots.length} places are there`,
      'See where: usage start; name others: usage import FOLDER',
    ),
  ];
}

const LEAST_FREE_BYTES = 500_000_000;

/** An import needs room for what it adds, and a prune for a copy of the store. */
function spaceCheck(path: string): Check {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const needed = Math.max(LEAST_FREE_BYTES, existsSync(path) ? statSync(path).size : 0);
  return check(
    'space',
    free >= needed,
    `${(free / 1e9).toFixed(1)} GB free beside the store`,
    'Make room, or shrink the store: usage prune',
  );
}
