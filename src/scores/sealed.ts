import { UNDATED_DAY } from '../model/time.ts';
import { OUTCOME_COLUMNS, outcomeCountsSql, SETTLED, WAITING } from './figures.ts';
import { bucketMsSql } from './histogram.ts';

/*
 * Days whose facts were pruned are sealed: their sums are all that is left of them. They are the days before the floor, which
 * the store keeps and only ever raises.
 */

const FLOOR_DAY = `coalesce((select cast(value as integer) from meta where key = 'floor_day'), ${2 * UNDATED_DAY})`;

/** Is a day of sums sealed? As SQL. */
export const isSealedSql = (day: string): string => `(${day} < ${FLOOR_DAY} and ${day} <> ${UNDATED_DAY})`;

/** Is a fact of this day still counted by its own row? As SQL; a few rows of sealed days stay because later ones refer to them. */
export const isOpenSql = (day: string): string => `(${day} is null or ${day} >= ${FLOOR_DAY})`;

/** The first instant that is not sealed; no row or null: nothing was ever pruned. */
export const FLOOR_SQL = `select cast(value as integer) as floor_at from meta where key = 'floor_at'`;

/** Sums of calls, in the names of `rollup_calls`. */
const COUNTS = ['calls', ...OUTCOME_COLUMNS, 'cost_calls', 'cost_nano_usd'];
/** What `sums` has beside grp and session_id. */
export const SUM_COLUMNS: readonly string[] = [...COUNTS, 'first_at', 'last_at'];

/**
 * Percentiles of durations, as `durations`: of `calls`, as in SCORES_SQL, and of `histogram` (grp, bucket, calls), the calls
 * of which are left as sums. Where a duration is taken from the histogram, they are about right: `median_exact` is 0.
 */
const DURATIONS_SQL = `
  measured as (
    select grp, duration_ms as ms, count(*) as n, 1 as exact from calls
    where duration_ms is not null and outcome in ${SETTLED} and tool not in ${WAITING} group by 1, 2
    union all select grp, ${bucketMsSql('bucket')}, calls, 0 from histogram
  ),
  timed as (
    select grp, ms, exact, sum(n) over (partition by grp order by ms rows unbounded preceding) as upto, sum(n) over (partition by grp) as n
    from measured
  ),
  durations as (
    select grp, max(n) as duration_n, min(exact) as median_exact,
      (min(ms) filter (where upto >= (n + 1) / 2) + min(ms) filter (where upto >= (n + 2) / 2)) / 2.0 as median_ms,
      min(ms) filter (where upto >= (n * 95 + 99) / 100) as p95_ms,
      min(ms) filter (where upto >= (n * 99 + 99) / 100) as p99_ms
    from timed group by grp
  )`;

/** Scores of `durations` and of the sums of sessions in `parts` (grp, session_id and SUM_COLUMNS). */
const scoresSql = (parts: string): string => `
  parts as (${parts}
  ),
  counted as (
    select grp, ${COUNTS.map((column) => `sum(${column}) as ${column}`).join(', ')}, count(distinct session_id) as sessions,
      min(first_at) as first_used_at, max(last_at) as last_used_at
    from parts group by grp
  ),
  scores as (
    select counted.grp, calls, ok + errors + timeouts as settled, ${OUTCOME_COLUMNS.join(', ')},
      case when ok + errors + timeouts > 0 then ok * 1.0 / (ok + errors + timeouts) end as success_rate,
      coalesce(duration_n, 0) as duration_n, median_ms, p95_ms, p99_ms, cost_calls, cost_nano_usd as total_cost_nano_usd,
      case when cost_calls > 0 then cost_nano_usd * 1.0 / cost_calls end as avg_cost_nano_usd, sessions, first_used_at, last_used_at,
      coalesce(median_exact, 1) as median_exact
    from counted left join durations on durations.grp = counted.grp
  )`;

/**
 * `scores` as in SCORES_SQL, of calls of which some are only left as sums. To stand behind the definitions of `calls`, as
 * there, of what is still counted by its own row; of `sums` (grp, session_id and SUM_COLUMNS); and of `histogram`.
 */
export const SEALED_SCORES_SQL = `${DURATIONS_SQL}, ${scoresSql(`
    select grp, session_id, count(*) as calls, ${outcomeCountsSql('outcome')},
      count(cost_nano_usd) as cost_calls, sum(cost_nano_usd) as cost_nano_usd,
      min(started_at) as first_at, max(started_at) as last_at
    from calls group by grp, session_id
    union all select grp, session_id, ${SUM_COLUMNS.join(', ')} from sums`)}`;

/** The same where `sums` has all calls, those in `calls` too, of which only the durations are taken. */
export const SUMMED_SCORES_SQL = `${DURATIONS_SQL}, ${scoresSql('select * from sums')}`;

/** Numbers are bound as reals. */
const N = 'cast(:n as integer)';
const fromTop = (rank: string): string => `(select ms from timed order by ms desc limit 1 offset ${N} - ${rank})`;

/**
 * The same of one group of which no call is left as sums alone: `timed` (ms) has the :n durations that count, and finds them
 * by their rank. They count for :grp.
 */
export const RANKED_SCORES_SQL = `
  durations as (
    select :grp as grp, ${N} as duration_n, 1 as median_exact,
      (select avg(ms) from (select ms from timed order by ms limit 2 - ${N} % 2 offset (${N} - 1) / 2)) as median_ms,
      ${fromTop(`(${N} * 95 + 99) / 100`)} as p95_ms, ${fromTop(`(${N} * 99 + 99) / 100`)} as p99_ms
  ), ${scoresSql('select * from sums')}`;
