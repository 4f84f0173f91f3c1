import { UsageError } from '../../model/errors.ts';
import type { Row, Table } from '../../model/table.ts';
import { formatDay, parseDay, rfc3339, weekOf } from '../../model/time.ts';
import { SCORE_COLUMNS, SCORES_SQL } from '../../scores/figures.ts';
import { SEALED_SCORES_SQL } from '../../scores/sealed.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { describe, headerOf } from './describe.ts';
import { callsWhere, FROM_CALLS, source, type Query } from './query.ts';
import { aboutNote, LOW_SAMPLE_NOTE, usdOf } from './rows.ts';
import { mixedCalls, scoreColumns, scoreRow, scores } from './scores.ts';
import { prunedNote, reachesSealed } from './sealed.ts';
import { elsewhere, unknownName } from './why-empty.ts';

/** Everything about one tool. Throws UsageError for a tool that was never called, with the nearest name. */
export async function toolCard(db: Db, asked: Query, tool: string): Promise<Table> {
  const query: Query = { ...asked, by: 'tool', filters: { ...asked.filters, tool } };
  const row = (await scores(db, query))[0];
  if (row === undefined) throw await unknownTool(db, query, tool);
  const score = scoreRow(row);
  const weeks = await weekRows(db, query, Number(row['last_used_at'] ?? NaN));
  const errors = await errorRows(db, query);
  const recent = await recentRows(db, query);
  const columns = scoreColumns('tool');
  return {
    columns: WEEK_COLUMNS,
    rows: weeks,
    header: [tool, ...(await headerOf(db, { ...query, filters: { ...query.filters, tool: null } }))],
    headline: columns
      .filter(({ name }) => HEADLINE.includes(name))
      .map(({ name, title, kind, exact }) => ({
        label: exact !== undefined && score[exact] === false ? `≈ ${title}` : title,
        kind,
        value: score[name] ?? null,
      })),
    footer: [
      ...(score['low_sample'] === true ? [LOW_SAMPLE_NOTE] : []),
      ...aboutNote([score, ...weeks]),
      ...(await prunedNote(db, query, source(query) === 'rollups' ? 'error classes and latest calls' : 'these calls')),
    ],
    sections: [
      ...(weeks.length > 1
        ? [{ columns: HISTORY_COLUMNS, rows: HISTORY.map(({ label, name }): Row => ({ what: label, weeks: seriesOf(weeks, name) })) }]
        : []),
      ...(errors.length > 0 ? [{ columns: ERROR_COLUMNS, rows: errors, header: ['Errors by class'] }] : []),
      { columns: RECENT_COLUMNS, rows: recent, header: ['Latest calls'] },
    ],
    fields: {
      ...machine(score, columns),
      weeks,
      recent: recent.map((call) => machine(call, RECENT_COLUMNS)),
      error_classes: errors,
    },
    query: describe(query),
  };
}

const HEADLINE = [
  'calls',
  'success_rate',
  'errors',
  'timeouts',
  'declined',
  'interrupted',
  'blocked',
  'cancelled',
  'open',
  'median_ms',
  'p95_ms',
  'p99_ms',
  'avg_cost_usd',
  'total_cost_usd',
  'sessions',
  'last_used',
];

const HISTORY = [
  { label: 'calls', name: 'calls' },
  { label: 'without error', name: 'success_rate' },
  { label: 'median', name: 'median_ms' },
  { label: 'avg cost', name: 'avg_cost_usd' },
];
const HISTORY_COLUMNS: Table['columns'] = [
  { name: 'what', title: 'by week', kind: 'text' },
  { name: 'weeks', title: 'least ▁ to most █', kind: 'spark' },
];

/** Oldest first; a week without calls is a gap. */
function seriesOf(weeks: readonly Row[], name: string): readonly (number | null)[] {
  const byWeek = new Map(weeks.map((week) => [typeof week['week'] === 'string' ? (parseDay(week['week']) ?? 0) : 0, week[name]]));
  const [first, last] = [Math.min(...byWeek.keys()), Math.max(...byWeek.keys())];
  return Array.from({ length: (last - first) / 7 + 1 }, (_, index) => {
    const value = byWeek.get(first + 7 * index);
    return typeof value === 'number' ? value : null;
  });
}

const WEEK_COLUMNS: Table['columns'] = [
  { name: 'week', title: 'week of', kind: 'day' },
  { name: 'calls', title: 'calls', kind: 'count' },
  { name: 'success_rate', title: 'without error', kind: 'percent' },
  { name: 'median_ms', title: 'median', kind: 'ms', exact: 'median_exact' },
  { name: 'avg_cost_usd', title: 'avg cost', kind: 'usd' },
];
const ERROR_COLUMNS: Table['columns'] = [
  { name: 'class', title: 'class', kind: 'text' },
  { name: 'calls', title: 'calls', kind: 'count' },
];
const RECENT_COLUMNS: Table['columns'] = [
  { name: 'at', title: 'at', kind: 'time' },
  { name: 'outcome', title: 'outcome', kind: 'text', bad: 'is_bad' },
  { name: 'duration_ms', title: 'took', kind: 'ms' },
  { name: 'cost_usd', title: 'cost', kind: 'usd', drop: 1 },
  { name: 'project', title: 'project', kind: 'text', drop: 2 },
  { name: 'session', title: 'session', kind: 'id', drop: 3 },
];

/** Times as the JSON contract has them. */
const machine = (row: Row, columns: Table['columns']): Row =>
  Object.fromEntries(
    columns.map(({ name, kind }) => {
      const value = row[name] ?? null;
      return [name, kind === 'time' && typeof value === 'number' ? rfc3339(value) : value];
    }),
  );

/** The latest weeks of calls, cut where the question cuts its days. */
async function weekRows(db: Db, query: Query, latest: number): Promise<readonly Row[]> {
  if (Number.isNaN(latest)) return [];
  const { zone } = query;
  const join = 'join weeks w on c.started_at >= w.from_ms and c.started_at < w.until_ms';
  const where = callsWhere(query);
  const isMixed = source(query) === 'rollups' && (await reachesSealed(db, query));
  const { sql, params } = isMixed
    ? mixedCalls(query, 'w.monday', '', { calls: join, sums: 'join weeks w on c.day >= w.monday and c.day < w.monday + 7' })
    : {
        sql: `calls as (
          select w.monday as grp, t.name as tool, c.outcome, c.duration_ms, c.cost_nano_usd, c.session_id, c.started_at
          ${FROM_CALLS} ${join} where ${where.sql})`,
        params: where.params,
      };
  const monday = weekOf(zone.dayOf(latest));
  const weeks = Array.from({ length: 12 }, (_, back) => monday - 7 * back);
  const rows = await db.all(
    `with weeks (monday, from_ms, until_ms) as (
      values ${weeks.map((day) => `(${day}, ${zone.startOf(day)}, ${zone.startOf(day + 7)})`).join(', ')}
    ), ${sql}, ${isMixed ? SEALED_SCORES_SQL : SCORES_SQL}
    select grp, ${SCORE_COLUMNS.join(', ')} from scores order by grp desc`,
    params,
  );
  return rows.map((row) => {
    const { calls, success_rate, median_ms, median_exact, avg_cost_usd } = scoreRow(row);
    return {
      week: formatDay(Number(row['grp'])),
      calls: calls ?? null,
      success_rate: success_rate ?? null,
      median_ms: median_ms ?? null,
      median_exact: median_exact ?? null,
      avg_cost_usd: avg_cost_usd ?? null,
    };
  });
}

async function errorRows(db: Db, query: Query): Promise<readonly Row[]> {
  const where = callsWhere(query);
  return db.all(
    `select coalesce(c.error_class, 'unclassified') as class, count(*) as calls ${FROM_CALLS}
     where ${where.sql} and c.outcome in ('error', 'timeout') group by 1 order by calls desc, class`,
    where.params,
  );
}

async function recentRows(db: Db, query: Query): Promise<readonly Row[]> {
  const where = callsWhere(query);
  const rows = await db.all(
    `select c.started_at as at, s.key as session, p.path as project, c.outcome, c.duration_ms, c.cost_nano_usd ${FROM_CALLS}
     where ${where.sql} order by c.started_at desc, c.key limit 5`,
    where.params,
  );
  return rows.map((row: SqlRow): Row => ({
    at: row['at'] ?? null,
    outcome: row['outcome'] ?? null,
    duration_ms: row['duration_ms'] ?? null,
    cost_usd: usdOf(row['cost_nano_usd']),
    project: row['project'] ?? null,
    session: row['session'] ?? null,
    is_bad: row['outcome'] === 'error' || row['outcome'] === 'timeout',
  }));
}

/** Not there at all, or not here. */
async function unknownTool(db: Db, query: Query, tool: string): Promise<UsageError> {
  if ((await db.get('select 1 as there from tool_scores where tool = :tool', { tool })) === undefined) return unknownName(db, 'tool', tool);
  const none = new UsageError(`No call of ${tool} is in this window and with these filters.`, 'Widen the window, or leave out a filter.');
  return (await elsewhere(db, query, `No call of ${tool}`)) ?? none;
}
