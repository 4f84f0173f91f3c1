import type { Column, Row } from '../../model/table.ts';
import { SCORE_COLUMNS, SCORES_SQL } from '../../scores/figures.ts';
import { isOpenSql, isSealedSql, SEALED_SCORES_SQL, SUM_COLUMNS } from '../../scores/sealed.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { callsWhere, FROM_CALLS, sessionOf, source, type Query, type Where } from './query.ts';
import { isLowSample, usdOf } from './rows.ts';
import { reachesSealed } from './sealed.ts';

/** Score rows, one for each group. What was asked for without a window and filters is kept ready in the store, unless calls have changed since. */
export async function scores(db: Db, query: Query): Promise<readonly SqlRow[]> {
  const { filters, by } = query;
  const isReady = isWholeStore(query) && (await db.get('select 1 as pending from score_queue limit 1')) === undefined;
  if (isReady) return db.all(`select tool, kind, server, ${SCORE_COLUMNS.join(', ')} from tool_scores`);
  const group = GROUP_SQL[by] ?? GROUP_SQL['tool'];
  if (hasSums(query) && (await reachesSealed(db, query))) return mixedScores(db, query);
  const where = callsWhere(query);
  return db.all(
    `with calls as (
      select ${group?.key} as grp, t.name as tool, t.kind, t.server, c.outcome, c.duration_ms, c.cost_nano_usd, c.session_id, c.started_at
      from tool_calls c join tools t on t.id = c.tool_id ${sessionOf('c')}
      ${filters.model === null ? '' : 'join requests r on r.id = c.request_id join models m on m.id = r.model_id'}
      where ${where.sql} and ${group?.only}
    ), names as (select grp, min(kind) as kind, min(server) as server from calls group by grp), ${SCORES_SQL}
    select s.grp as tool, names.kind, names.server, ${SCORE_COLUMNS.map((column) => `s.${column}`).join(', ')}
    from scores s join names on names.grp = s.grp`,
    where.params,
  );
}

/** Is it a question that the scores in the store answer? */
export const isWholeStore = ({ window, filters, by }: Query): boolean =>
  by === 'tool' && window.from === null && window.until === null && Object.values(filters).every((filter) => filter === null);

/** Sums of days are kept by tool, so they can answer for tools and servers. */
export const hasSums = (query: Query): boolean => ['tool', 'server'].includes(query.by) && source(query) === 'rollups';

/** Of calls that were pruned the sums of their days count, and the histogram of their durations. */
async function mixedScores(db: Db, query: Query): Promise<readonly SqlRow[]> {
  const { key = '', only = '' } = GROUP_SQL[query.by] ?? {};
  const parts = mixedCalls(query, key, `and ${only}`);
  return db.all(
    `with ${parts.sql}, names as (
      select ${key} as grp, min(t.kind) as kind, min(t.server) as server from tools t where ${only} group by 1
    ), ${SEALED_SCORES_SQL}
    select s.grp as tool, names.kind, names.server, ${SCORE_COLUMNS.map((column) => `s.${column}`).join(', ')}
    from scores s join names on names.grp = s.grp`,
    parts.params,
  );
}

/**
 * The three table expressions that SEALED_SCORES_SQL stands behind. `key`: what a call counts for, over the tool `t`, its
 * session, and what `more` joins to the sums and to the calls.
 */
export function mixedCalls(
  query: Query,
  key: string,
  only: string,
  more: { sums: string; calls: string } = { sums: '', calls: '' },
): Where {
  const [facts, sums] = [callsWhere(query), callsWhere(query, 'rollups')];
  // Days of facts and days of sums are bounded in different ways under the same names.
  const sumsWhere = sums.sql.replace(/:(\w+)/g, ':s_$1');
  const sumsOf = (rollup: string): string =>
    `from ${rollup} c join tools t on t.id = c.tool_id ${sessionOf('c')} left join models m on m.id = c.model_id ${more.sums}
      where ${isSealedSql('c.day')} and ${sumsWhere} ${only}`;
  return {
    sql: `calls as (
      select ${key} as grp, t.name as tool, c.outcome, c.duration_ms, c.cost_nano_usd, c.session_id, c.started_at
      ${FROM_CALLS} ${more.calls} where ${isOpenSql('c.day')} and ${facts.sql} ${only}
    ), sums as (
      select ${key} as grp, c.session_id, ${SUM_COLUMNS.map((column) => `c.${column}`).join(', ')} ${sumsOf('rollup_calls')}
    ), histogram as (
      select ${key} as grp, c.bucket, sum(c.calls) as calls ${sumsOf('rollup_durations')} group by 1, 2
    )`,
    params: { ...facts.params, ...Object.fromEntries(Object.entries(sums.params).map(([name, value]) => [`s_${name}`, value])) },
  };
}

/** What a call is counted for, by --by. */
export const GROUP_SQL: Readonly<Record<string, { key: string; only: string }>> = {
  tool: { key: 't.name', only: 'true' },
  server: { key: 't.server', only: 't.server is not null' },
  skill: { key: 'c.item', only: `t.kind = 'skill' and c.item is not null` },
  agent: { key: 'c.item', only: `t.kind = 'agent' and c.item is not null` },
};

/** Worst or largest first, as the word says; a figure that is not known comes last. Ties by name. */
export function order(sort: string): (a: SqlRow, b: SqlRow) => number {
  const by =
    (figure: string | ((row: SqlRow) => number), direction: 1 | -1) =>
    (a: SqlRow, b: SqlRow): number => {
      const [left, right] = [a, b].map((row) => (typeof figure === 'string' ? row[figure] : figure(row)));
      if (typeof left !== 'number' || typeof right !== 'number')
        return Number(typeof left !== 'number') - Number(typeof right !== 'number');
      return (left - right) * direction;
    };
  const compare = {
    calls: by('calls', -1),
    errors: by(failures, -1),
    rate: by('success_rate', 1),
    median: by('median_ms', -1),
    p95: by('p95_ms', -1),
    cost: by('total_cost_nano_usd', -1),
    last: by('last_used_at', -1),
    underused: by('calls', 1),
  }[sort];
  return (a, b) => (compare?.(a, b) ?? 0) || (String(a['tool']) < String(b['tool']) ? -1 : 1);
}

/** Settled calls that did not succeed. */
const failures = (row: SqlRow): number => Number(row['settled']) - Number(row['ok']);

/** Of the calls of a tool that fails so often, every fifth at least went wrong. */
const FAILING = 0.8;

export function scoreRow(row: SqlRow): Row {
  const isFew = isLowSample(Number(row['settled']));
  return {
    tool: row['tool'] ?? null,
    kind: row['kind'] ?? null,
    server: row['server'] ?? null,
    ...Object.fromEntries(SCORE_COLUMNS.slice(0, 16).map((column) => [column, row[column] ?? null])),
    median_exact: row['median_ms'] === null ? null : row['median_exact'] === 1,
    avg_cost_usd: usdOf(row['avg_cost_nano_usd']),
    total_cost_usd: usdOf(row['total_cost_nano_usd']),
    cost_calls: row['cost_calls'] ?? null,
    sessions: row['sessions'] ?? null,
    first_used: row['first_used_at'] ?? null,
    last_used: row['last_used_at'] ?? null,
    low_sample: isFew,
    failing: !isFew && Number(row['success_rate']) < FAILING,
  };
}

export function scoreColumns(title: string): readonly Column[] {
  return [
    { name: 'tool', title, kind: 'text' },
    { name: 'kind', title: 'kind', kind: 'text', hidden: true },
    { name: 'server', title: 'server', kind: 'text', hidden: true },
    { name: 'calls', title: 'calls', kind: 'count' },
    { name: 'settled', title: 'settled', kind: 'count', hidden: true },
    { name: 'ok', title: 'ok', kind: 'count', hidden: true },
    { name: 'success_rate', title: 'without error', kind: 'percent', mark: 'low_sample', bad: 'failing' },
    { name: 'errors', title: 'errors', kind: 'count', drop: 2 },
    { name: 'timeouts', title: 'timeouts', kind: 'count', drop: 8 },
    { name: 'declined', title: 'declined', kind: 'count', drop: 7 },
    { name: 'interrupted', title: 'interrupted', kind: 'count', hidden: true },
    { name: 'blocked', title: 'blocked', kind: 'count', drop: 9 },
    { name: 'cancelled', title: 'cancelled', kind: 'count', hidden: true },
    { name: 'open', title: 'open', kind: 'count', drop: 6 },
    { name: 'unknown', title: 'unknown', kind: 'count', hidden: true },
    { name: 'duration_n', title: 'n', kind: 'count', drop: 5 },
    { name: 'median_ms', title: 'median', kind: 'ms', exact: 'median_exact' },
    { name: 'p95_ms', title: 'p95', kind: 'ms', exact: 'median_exact', drop: 3 },
    { name: 'p99_ms', title: 'p99', kind: 'ms', exact: 'median_exact', hidden: true },
    { name: 'median_exact', title: 'exact', kind: 'text', hidden: true },
    { name: 'avg_cost_usd', title: 'avg cost', kind: 'usd', drop: 4 },
    { name: 'total_cost_usd', title: 'cost', kind: 'usd' },
    { name: 'cost_calls', title: 'priced', kind: 'count', hidden: true },
    { name: 'sessions', title: 'sessions', kind: 'count', drop: 10 },
    { name: 'first_used', title: 'first used', kind: 'time', hidden: true },
    { name: 'last_used', title: 'last used', kind: 'time', drop: 1 },
    { name: 'low_sample', title: 'few', kind: 'text', hidden: true },
  ];
}
