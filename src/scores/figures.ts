import type { Outcome } from '../model/event.ts';
import { WAITS_FOR_PERSON } from '../model/tool.ts';

/*
 * The score of a group of tool calls, as SQL. `calls` is the name of a table expression with the columns
 * grp, tool, outcome, duration_ms, cost_nano_usd, session_id, started_at; grp says which score a call counts for.
 *
 * settled = ok + error + timeout; the success rate is ok ÷ settled. Durations are of settled calls, without the tools that
 * wait for a person; the median is the mean of the two middle values, p95 and p99 are nearest rank: the value at
 * ceil(q·n), in whole numbers.
 */

/** The columns that count calls by how they ended. */
const COLUMN_OF: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  error: 'errors',
  timeout: 'timeouts',
  declined: 'declined',
  interrupted: 'interrupted',
  blocked: 'blocked',
  cancelled: 'cancelled',
  open: 'open',
  unknown: 'unknown',
};
export const OUTCOME_COLUMNS: readonly string[] = Object.values(COLUMN_OF);

/** The values of these columns, as a list of SQL; `outcome`: the name of what tells how a call ended. */
export const outcomeCountsSql = (outcome: string): string =>
  Object.entries(COLUMN_OF)
    .map(([value, column]) => `count(*) filter (where ${outcome} = '${value}') as ${column}`)
    .join(', ');

/** Columns of `scores`, in order, after grp. */
export const SCORE_COLUMNS = [
  'calls',
  'settled',
  ...OUTCOME_COLUMNS,
  'success_rate',
  'duration_n',
  'median_ms',
  'p95_ms',
  'p99_ms',
  'cost_calls',
  'total_cost_nano_usd',
  'avg_cost_nano_usd',
  'sessions',
  'first_used_at',
  'last_used_at',
  'median_exact',
] as const;

/** Fewer settled calls than this say little about a tool. */
export const LOW_SAMPLE = 5;

/** The outcomes that judge a call, as a list of SQL. */
export const SETTLED = `('ok', 'error', 'timeout')`;
/** The tools whose time is a person's, as a list of SQL. */
export const WAITING = `(${[...WAITS_FOR_PERSON].map((tool) => `'${tool}'`).join(', ')})`;

/** Durations that count, as a condition on `calls`. */
const TIMED = `duration_ms is not null and outcome in ${SETTLED} and tool not in ${WAITING}`;
/** Ranks of the two middle values, of p95 and of p99 among n. */
const MIDDLE = '(n + 1) / 2, (n + 2) / 2';
const P95 = '(n * 95 + 99) / 100';
const P99 = '(n * 99 + 99) / 100';

/** Common table expressions, of which `scores` is to be read, to stand behind the definition of `calls`. */
export const SCORES_SQL = `
  counted as (
    select grp,
      count(*) as calls,
      count(*) filter (where outcome in ${SETTLED}) as settled,
      ${outcomeCountsSql('outcome')},
      count(*) filter (where ${TIMED}) as duration_n,
      count(cost_nano_usd) as cost_calls,
      sum(cost_nano_usd) as total_cost_nano_usd,
      avg(cost_nano_usd) as avg_cost_nano_usd,
      count(distinct session_id) as sessions,
      min(started_at) as first_used_at,
      max(started_at) as last_used_at
    from calls group by grp
  ),
  timed as (
    select grp, duration_ms as ms, row_number() over (partition by grp order by duration_ms) as k from calls where ${TIMED}
  ),
  ranked as (
    select timed.grp, ms, k, duration_n as n from timed join counted on counted.grp = timed.grp
  ),
  durations as (
    select grp,
      avg(ms) filter (where k in (${MIDDLE})) as median_ms,
      max(ms) filter (where k = ${P95}) as p95_ms,
      max(ms) filter (where k = ${P99}) as p99_ms
    from ranked where k in (${MIDDLE}, ${P95}, ${P99}) group by grp
  ),
  scores as (
    select counted.grp, calls, settled, ${OUTCOME_COLUMNS.join(', ')},
      case when settled > 0 then ok * 1.0 / settled end as success_rate,
      duration_n, median_ms, p95_ms, p99_ms,
      cost_calls, total_cost_nano_usd, avg_cost_nano_usd, sessions, first_used_at, last_used_at, 1 as median_exact
    from counted left join durations on durations.grp = counted.grp
  )`;
