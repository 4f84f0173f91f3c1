import type { Row, Table } from '../../model/table.ts';
import { compareDurations, compareRates, type Ranks } from '../../scores/compare.ts';
import { SETTLED, WAITING } from '../../scores/figures.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { describe, headerOf } from './describe.ts';
import { callsWhere, FROM_CALLS, windowBefore, type Query } from './query.ts';
import { aboutNote, limited } from './rows.ts';
import { GROUP_SQL, hasSums, order, scoreRow, scores } from './scores.ts';
import { prunedNote, reachesSealed } from './sealed.ts';
import { whyEmpty } from './why-empty.ts';

/** Each tool's score beside that of the window before, and what changed beyond noise. */
export async function comparison(db: Db, query: Query): Promise<Table> {
  const earlier = windowBefore(query);
  const before = new Map((await scores(db, earlier)).map((row) => [String(row['tool']), row]));
  // A rank test needs every duration.
  const isPruned = await reachesSealed(db, earlier);
  const ranks = isPruned ? new Map<string, Ranks>() : await ranksOf(db, query, earlier);
  const rows = [...(await scores(db, query))]
    .sort(order(query.sort))
    .map((now) => rowOf(now, before.get(String(now['tool'])), ranks.get(String(now['tool']))));
  const { shown, cut } = limited(query, rows);
  const gone = [...before.keys()].filter((tool) => !rows.some((row) => row['tool'] === tool));
  return {
    columns: columnsOf(query.by),
    rows: shown,
    header: await headerOf(db, query),
    footer: [
      ...cut,
      ...(gone.length > 0
        ? [`not called any more: ${gone.slice(0, 10).join(', ')}${gone.length > 10 ? `, and ${gone.length - 10} more` : ''}`]
        : []),
      ...(isPruned ? await prunedNote(db, earlier, hasSums(query) ? 'comparisons of durations' : 'these calls') : []),
      ...aboutNote(shown),
      'change: beyond noise only; rates by 95 % Wilson intervals that do not overlap, durations by a rank test (Mann-Whitney) at 1 %',
    ],
    empty: await whyEmpty(db, query, rows, 'No tool was called in this window.'),
    query: describe(query),
  };
}

function columnsOf(by: string): Table['columns'] {
  return [
    { name: 'tool', title: by, kind: 'text' },
    { name: 'calls', title: 'calls', kind: 'count' },
    { name: 'previous_calls', title: 'before', kind: 'count', drop: 3 },
    { name: 'success_rate', title: 'without error', kind: 'percent' },
    { name: 'previous_success_rate', title: 'before', kind: 'percent', drop: 2 },
    { name: 'median_ms', title: 'median', kind: 'ms', exact: 'median_exact', drop: 1 },
    { name: 'previous_median_ms', title: 'before', kind: 'ms', drop: 2, exact: 'previous_median_exact' },
    { name: 'changes', title: 'change', kind: 'text', bad: 'is_worse' },
  ];
}

function rowOf(now: SqlRow, before: SqlRow | undefined, ranks: Ranks | undefined): Row {
  const score = scoreRow(now);
  const earlier = before === undefined ? undefined : scoreRow(before);
  const changes = changesOf(now, before, ranks);
  return {
    tool: score['tool'] ?? null,
    calls: score['calls'] ?? null,
    previous_calls: earlier?.['calls'] ?? 0,
    success_rate: score['success_rate'] ?? null,
    previous_success_rate: earlier?.['success_rate'] ?? null,
    median_ms: score['median_ms'] ?? null,
    median_exact: score['median_exact'] ?? null,
    previous_median_ms: earlier?.['median_ms'] ?? null,
    previous_median_exact: earlier?.['median_exact'] ?? null,
    changes,
    is_worse: changes.some((change) => change === 'fails more' || change === 'slower'),
  };
}

function changesOf(now: SqlRow, before: SqlRow | undefined, ranks: Ranks | undefined): readonly string[] {
  if (before === undefined) return ['new'];
  const rate = (row: SqlRow) => ({ ok: Number(row['ok']), n: Number(row['settled']) });
  const byRate = { '-1': ['fails more'], '0': [], '1': ['fails less'] }[compareRates(rate(now), rate(before))];
  const byTime = ranks === undefined ? [] : { '-1': ['faster'], '0': [], '1': ['slower'] }[compareDurations(ranks)];
  return [...byRate, ...byTime];
}

async function ranksOf(db: Db, query: Query, earlier: Query): Promise<ReadonlyMap<string, Ranks>> {
  const group = GROUP_SQL[query.by] ?? GROUP_SQL['tool'];
  const [now, before] = [callsWhere(query), callsWhere(earlier)];
  // The two windows have the same names of parameters; those of the earlier one get a letter of their own.
  const renamed = Object.fromEntries(Object.entries(before.params).map(([name, value]) => [`b_${name}`, value]));
  const beforeSql = before.sql.replace(/:(\w+)/g, ':b_$1');
  const durations = (isNow: number, where: string): string => `
    select ${group?.key} as grp, ${isNow} as is_now, c.duration_ms as ms
    ${FROM_CALLS} where ${where} and ${group?.only} and c.duration_ms is not null and c.outcome in ${SETTLED} and t.name not in ${WAITING}`;
  const rows = await db.all(
    `with durations as (${durations(1, now.sql)} union all ${durations(0, beforeSql)}),
     ranked as (
       select grp, is_now, count(*) over (partition by grp, ms) as t,
         rank() over (partition by grp order by ms) + (count(*) over (partition by grp, ms) - 1) / 2.0 as place
       from durations)
     select grp, sum(is_now) as now, sum(1 - is_now) as before, coalesce(sum(place) filter (where is_now = 1), 0) as rank_sum_now,
       sum(t * t - 1) as ties
     from ranked group by 1`,
    { ...now.params, ...renamed },
  );
  return new Map(
    rows.map((row) => [
      String(row['grp']),
      { now: Number(row['now']), before: Number(row['before']), rankSumNow: Number(row['rank_sum_now']), ties: Number(row['ties']) },
    ]),
  );
}
