import { statSync } from 'node:fs';
import type { Zone } from '../../model/time.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { modeOf, type LabelMode } from '../../model/labels.ts';
import { importerOf } from '../../store/lock.ts';

/** How the store is, as it says itself. Times are epoch ms, days those of the home zone; null: there is none. */
export interface State {
  readonly path: string;
  readonly bytes: number;
  readonly schema: number;
  readonly labels: LabelMode;
  readonly homeZone: Zone;
  readonly now: number;
  readonly sessions: number;
  readonly files: number;
  readonly filesGone: number;
  readonly issues: number;
  readonly dirtyDays: number;
  readonly lockedBy: string | null;
  readonly firstDay: number | null;
  readonly lastDay: number | null;
  /** Days between the first and the last on which nothing happened. */
  readonly gapDays: number;
  readonly sources: readonly SourceState[];
  readonly runs: Runs;
  readonly tokens: number;
  readonly unpricedTokens: number;
}

export interface SourceState {
  readonly source: string;
  readonly files: number;
  readonly filesGone: number;
  readonly sessions: number;
  readonly lastAt: number | null;
}

export interface Runs {
  readonly lastAt: number | null;
  readonly lastOkAt: number | null;
  /** Why the last one failed, if it did. */
  readonly error: string | null;
  /** The longest time between two good imports of late, or since the last one, ms. */
  readonly largestGapMs: number | null;
}

/** Imports that are looked at for the time between them. */
const RECENT_RUNS = 1000;

export async function stateOf(db: Db, path: string, now: number, homeZone: Zone): Promise<State> {
  const counts = await one(
    db,
    `select (select count(*) from log_files where state = 'present') as files, (select count(*) from log_files where state = 'gone') as gone,
       (select count(*) from issues) as issues, (select count(distinct day) from rollup_queue) as dirty, (select count(*) from sessions) as sessions,
       (select min(day) from sessions) as first_day, (select max(last_at) from sessions) as last_at`,
  );
  const lastAt = numberOf(counts['last_at']);
  const firstDay = numberOf(counts['first_day']);
  const lastDay = lastAt === null ? null : homeZone.dayOf(lastAt);
  const spans = await db.all('select first_at, last_at from sessions where first_at is not null');
  const tokens = await one(
    db,
    `select coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens), 0) as tokens,
       coalesce(sum(unpriced_tokens), 0) as unpriced from rollup_requests`,
  );
  const mode = await one(db, `select value from meta where key = 'labels'`);
  return {
    path,
    bytes: [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
    schema: Number((await one(db, 'pragma user_version'))['user_version'] ?? 0),
    labels: modeOf(mode['value']),
    homeZone,
    now,
    sessions: Number(counts['sessions']),
    files: Number(counts['files']),
    filesGone: Number(counts['gone']),
    issues: Number(counts['issues']),
    dirtyDays: Number(counts['dirty']),
    lockedBy: importerOf(path),
    firstDay,
    lastDay,
    gapDays: await gapDays(db, firstDay, lastDay, spans, homeZone),
    sources: await sourcesOf(db),
    runs: await runsOf(db, now),
    tokens: Number(tokens['tokens']),
    unpricedTokens: Number(tokens['unpriced']),
  };
}

const one = async (db: Db, sql: string): Promise<SqlRow> => (await db.get(sql)) ?? {};
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

async function gapDays(db: Db, firstDay: number | null, lastDay: number | null, spans: readonly SqlRow[], zone: Zone): Promise<number> {
  if (firstDay === null || lastDay === null) return 0;
  const days = new Set<number>();
  const rows = await db.all(
    'select day from rollup_requests union select day from rollup_calls union select day from rollup_turns union select day from contexts where day is not null',
  );
  for (const row of rows) days.add(Number(row['day']));
  // A session is alive at both of its ends, whatever it did there.
  for (const row of spans) for (const at of [row['first_at'], row['last_at']]) if (typeof at === 'number') days.add(zone.dayOf(at));
  let gaps = 0;
  for (let day = firstDay; day <= lastDay; day += 1) if (!days.has(day)) gaps += 1;
  return gaps;
}

async function sourcesOf(db: Db): Promise<readonly SourceState[]> {
  const rows = await db.all(`
    select source, sum(files) as files, sum(gone) as gone, sum(sessions) as sessions, max(last_at) as last_at from (
      select source, sum(state = 'present') as files, sum(state = 'gone') as gone, 0 as sessions, null as last_at from log_files group by 1
      union all select source, 0, 0, count(*), max(last_at) from sessions group by 1) as parts
    group by 1 order by 1`);
  return rows.map((row) => ({
    source: String(row['source']),
    files: Number(row['files']),
    filesGone: Number(row['gone']),
    sessions: Number(row['sessions']),
    lastAt: numberOf(row['last_at']),
  }));
}

async function runsOf(db: Db, now: number): Promise<Runs> {
  const last = await db.get('select finished_at, error from import_runs order by id desc limit 1');
  const ok = (await db.all(`select finished_at from import_runs where state = 'ok' order by id desc limit ${RECENT_RUNS}`)).map((row) =>
    Number(row['finished_at']),
  );
  const [lastOkAt = null] = ok;
  const gaps = ok.map((at, index) => (index === 0 ? now : (ok[index - 1] ?? at)) - at);
  return {
    lastAt: numberOf(last?.['finished_at']),
    lastOkAt,
    error: typeof last?.['error'] === 'string' ? last['error'] : null,
    largestGapMs: gaps.length === 0 ? null : Math.max(0, ...gaps),
  };
}
