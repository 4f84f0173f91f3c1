import type { Database } from 'better-sqlite3';
import { SEALED_UNDATED_DAY, UNDATED_DAY } from '../model/time.ts';
import { OUTCOME_COLUMNS, outcomeCountsSql, SETTLED, WAITING } from '../scores/figures.ts';
import { bucketSql } from '../scores/histogram.ts';
import { isSealedSql } from '../scores/sealed.ts';
import { queueAllCarried, queueCarried } from './carried.ts';
import type { Db } from './db.ts';
import { DIFFERING_SQL } from './differing.ts';

/*
 * Sums of the facts of one session on one day of the home zone. Everything else that a report groups by (project, branch,
 * machine, source) hangs on the session, so moving a session changes nothing here. What a write changes is queued by that
 * write as (day, session); a queued pair is deleted and made anew from the facts, so a rollup always equals them. Only the
 * days before the floor are sealed: their facts were pruned, and nothing makes their sums anew. Durations cannot be added
 * up, so of open days they are the facts'; a day gets its histogram of them when it is sealed.
 */

/** Gathers the pairs that one batch of writes touches. */
export interface RollupQueue {
  touch(day: number | null, sessionId: number): void;
  /** Puts what was touched on the queue of the store. */
  flush(): void;
}

export function openRollupQueue(db: Database): RollupQueue {
  const add = db.prepare('insert into rollup_queue (day, session_id) values (?, ?) on conflict do nothing');
  const touched = new Map<number, Set<number>>();
  return {
    touch: (day, sessionId) => {
      const days = touched.get(sessionId);
      if (days === undefined) touched.set(sessionId, new Set([day ?? UNDATED_DAY]));
      else days.add(day ?? UNDATED_DAY);
    },
    flush: () => {
      for (const [sessionId, days] of touched) for (const day of days) add.run(day, sessionId);
      touched.clear();
    },
  };
}

/** Everything is queued, also what is kept without a fact: for a change of what a day is, or of all facts. */
export function queueAll(db: Database): void {
  queueAllCarried(db);
  for (const table of ['requests', 'tool_calls', 'turns', ...ROLLUPS]) {
    db.exec(`insert into rollup_queue (day, session_id) select distinct coalesce(day, ${UNDATED_DAY}), session_id from ${table}
      where true on conflict do nothing`);
  }
}

interface Sums {
  /** The facts, as `f`, and what is joined to them. */
  readonly fact: string;
  /** What is added up apart, beside day and session. */
  readonly key: string;
  readonly keyColumns: string;
  /** What is added up. */
  readonly columns: string;
  readonly values: string;
  /** Only these facts. */
  readonly only?: string;
}

type RollupTable = 'rollup_requests' | 'rollup_calls' | 'rollup_durations' | 'rollup_turns';

const SUMS: Readonly<Record<RollupTable, Sums>> = {
  rollup_requests: {
    fact: 'requests f',
    key: 'coalesce(f.model_id, 0)',
    keyColumns: 'model_id',
    columns: `requests, failed_requests, retries, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens, reasoning_tokens, web_searches, cost_nano_usd, unpriced_tokens`,
    values: `count(*) filter (where f.status <> 'retry'), count(*) filter (where f.status = 'error'), count(*) filter (where f.status = 'retry'),
      sum(f.input_tokens), sum(f.cache_read_tokens), sum(f.cache_write_5m_tokens), sum(f.cache_write_1h_tokens), sum(f.output_tokens),
      sum(f.reasoning_tokens), sum(f.web_searches), sum(f.cost_nano_usd),
      coalesce(sum(f.input_tokens + f.cache_read_tokens + f.cache_write_5m_tokens + f.cache_write_1h_tokens + f.output_tokens)
        filter (where f.cost_nano_usd is null), 0)`,
  },
  rollup_calls: {
    fact: 'tool_calls f left join requests r on r.id = f.request_id',
    key: 'f.tool_id, coalesce(r.model_id, 0)',
    keyColumns: 'tool_id, model_id',
    columns: `calls, ${OUTCOME_COLUMNS.join(', ')}, duration_n, duration_sum_ms, cost_calls, cost_nano_usd, first_at, last_at`,
    values: `count(*), ${outcomeCountsSql('f.outcome')},
      count(f.duration_ms) filter (where f.outcome in ${SETTLED}),
      coalesce(sum(f.duration_ms) filter (where f.outcome in ${SETTLED}), 0),
      count(f.cost_nano_usd), sum(f.cost_nano_usd), min(f.started_at), max(f.started_at)`,
  },
  rollup_durations: {
    fact: 'tool_calls f left join requests r on r.id = f.request_id join tools t on t.id = f.tool_id',
    key: `f.tool_id, coalesce(r.model_id, 0), ${bucketSql('f.duration_ms')}`,
    keyColumns: 'tool_id, model_id, bucket',
    columns: 'calls',
    values: 'count(*)',
    only: `f.duration_ms is not null and f.outcome in ${SETTLED} and t.name not in ${WAITING}`,
  },
  rollup_turns: {
    fact: 'turns f',
    key: '',
    keyColumns: '',
    columns: 'turns, commands',
    values: `count(*) filter (where coalesce(f.trigger, '') <> 'command'), count(*) filter (where f.trigger = 'command')`,
  },
};

/** Of all days. */
const DAILY: readonly RollupTable[] = ['rollup_requests', 'rollup_calls', 'rollup_turns'];
export const ROLLUPS: readonly RollupTable[] = [...DAILY, 'rollup_durations'];

/**
 * The rows of a rollup as the facts give them, of the pairs in `pairs` (day, session_id). `cross`: the pairs are looked at first,
 * or SQLite, which does not know how few they are, would go through all facts.
 */
const fromFacts = (rollup: RollupTable, pairs: string): string => {
  const { fact, key, values, only = 'true' } = SUMS[rollup];
  const of = (condition: string): string => `
    select q.day, q.session_id${key === '' ? '' : `, ${key}`}, ${values}
    from ${pairs} q cross join ${fact.replace(' f', ' f on f.session_id = q.session_id and ' + condition)}
    where ${only}
    group by q.day, q.session_id${key === '' ? '' : `, ${key}`}`;
  return `${of('f.day = q.day')} union all ${of(`f.day is null and q.day = ${UNDATED_DAY}`)}`;
};

/** All columns of a rollup, those that are no sums first. */
const columnsOf = (rollup: RollupTable): readonly string[] =>
  `day, session_id, ${SUMS[rollup].keyColumns}, ${SUMS[rollup].columns}`.split(/[\s,]+/);

/**
 * Makes the queued rollups anew and empties the queue; sealed days are left as they are, whatever queued them. The caller
 * holds the transaction. Returns the number of pairs.
 */
export function refreshRollups(db: Database): number {
  if (db.prepare('select 1 from rollup_queue limit 1').get() === undefined) return 0;
  queueCarried(db);
  db.exec(`delete from rollup_queue where ${isSealedSql('day')}`);
  const queued = db.prepare<[], { n: number }>('select count(*) as n from rollup_queue').get()?.n ?? 0;
  if (queued === 0) return 0;
  for (const rollup of DAILY) {
    db.exec(`delete from ${rollup} where (day, session_id) in (select day, session_id from rollup_queue)`);
    db.exec(`insert into ${rollup} (${columnsOf(rollup).join(', ')}) ${fromFacts(rollup, 'rollup_queue')}`);
  }
  db.exec('delete from rollup_queue');
  return queued;
}

/** Makes the histograms of the days before `day` that are not sealed yet. The caller seals them next. */
export function sealDurations(db: Database, day: number): void {
  const pairs = `(select distinct day, session_id from tool_calls where day < ${day} and not ${isSealedSql('day')})`;
  db.exec(`insert into rollup_durations (${columnsOf('rollup_durations').join(', ')}) ${fromFacts('rollup_durations', pairs)}`);
}

/**
 * Adds undated facts that are about to be pruned to the sums of undated facts that were. The caller gave them
 * SEALED_UNDATED_DAY as their day and removes them next.
 */
export function sealUndated(db: Database): void {
  const pairs = `(select ${SEALED_UNDATED_DAY} as day, session_id from (select session_id from requests where day = ${SEALED_UNDATED_DAY}
    union select session_id from tool_calls where day = ${SEALED_UNDATED_DAY} union select session_id from turns where day = ${SEALED_UNDATED_DAY}))`;
  for (const rollup of ROLLUPS) {
    const sum = (column: string): string =>
      `${column} = case when ${column} is null then excluded.${column} else ${column} + coalesce(excluded.${column}, 0) end`;
    db.exec(`insert into ${rollup} (${columnsOf(rollup).join(', ')}) select * from (${fromFacts(rollup, pairs)}) where true
      on conflict do update set ${SUMS[rollup].columns
        .split(',')
        .map((column) => sum(column.trim()))
        .join(', ')}`);
  }
}

export interface RollupDifference {
  readonly rollup: string;
  readonly day: number;
  readonly session: string;
}

/** Rollup rows that are not what the facts give, and those that are missing. Of sealed days there are no facts to compare with. */
export async function verifyRollups(db: Db): Promise<readonly RollupDifference[]> {
  const pairs = `(select * from (select distinct coalesce(day, ${UNDATED_DAY}) as day, session_id from requests
    union select distinct coalesce(day, ${UNDATED_DAY}), session_id from tool_calls
    union select distinct coalesce(day, ${UNDATED_DAY}), session_id from turns) where not ${isSealedSql('day')})`;
  const differences: RollupDifference[] = [];
  for (const rollup of DAILY) {
    const key = columnsOf(rollup).join(', ');
    const rows = await db.all(
      `with stored as (select ${key} from ${rollup} where not ${isSealedSql('day')}), derived (${key}) as (${fromFacts(rollup, pairs)}),
         wrong as (${DIFFERING_SQL})
       select distinct wrong.day, coalesce(s.key, '(none)') as session from wrong left join sessions s on s.id = wrong.session_id order by 1, 2`,
    );
    for (const row of rows) differences.push({ rollup, day: Number(row['day']), session: String(row['session']) });
  }
  return differences;
}
