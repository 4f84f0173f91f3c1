import type { Column, Row } from '../../model/table.ts';
import { SEALED_UNDATED_DAY, UNDATED_DAY } from '../../model/time.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { anomaliesBy, isAttributable } from './anomalies.ts';
import { asks, callsWhere, requestsWhere, sessionOf, sessionsWhere, source, turnsWhere, type Query } from './query.ts';
import { usdOf } from './rows.ts';
import { isOpenSql, isSealedSql } from '../../scores/sealed.ts';
import { reachesSealed } from './sealed.ts';

/** Figures of a population; null: not known, or not to be had under the filters that were asked for. */
export interface Figures {
  sessions: number | null;
  turns: number | null;
  requests: number | null;
  failed_requests: number | null;
  retries: number | null;
  tool_calls: number | null;
  tool_errors: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  total_tokens: number | null;
  cost_nano_usd: number | null;
  unpriced_tokens: number | null;
  /** What does not fit together in the logs. */
  anomalies: number | null;
}

/** How each kind of fact is grouped, in SQL; null: it cannot be. */
export interface Grouping {
  readonly sessions: string | null;
  readonly turns: string | null;
  readonly requests: string | null;
  readonly calls: string | null;
  /** Over a.day and a.at of anomalies, or their session. */
  readonly anomalies?: string;
  /** A session counts in each group that has facts of it, instead of once at its first event. */
  readonly countsSessionsByFacts?: boolean;
  /** Can only be answered from the facts themselves. */
  readonly facts?: boolean;
}

const TOTAL = 'r.input_tokens + r.cache_read_tokens + r.cache_write_5m_tokens + r.cache_write_1h_tokens + r.output_tokens';

/**
 * The figures of each group. Requests count at their first line, calls and turns at their start, a session at its first
 * event. Where only certain tools are asked for, or the groups are tools, requests, turns and tokens cannot be told apart:
 * what is known then is calls, their sessions and their share of the cost.
 */
export async function figuresBy(db: Db, asked: Query, grouping: Grouping): Promise<ReadonlyMap<string, Figures>> {
  const isPartlySealed = await reachesSealed(db, asked);
  const parts = await partsOf(db, asked, isPartlySealed);
  const query = asked;
  const groups = new Map<string, Figures>();
  const put = (row: SqlRow, fields: Partial<Figures>): Figures => {
    const key = row['grp'] === null || row['grp'] === UNDATED_DAY || row['grp'] === SEALED_UNDATED_DAY ? UNDATED : String(row['grp']);
    let figures = groups.get(key);
    if (figures === undefined) groups.set(key, (figures = empty(query, grouping)));
    return Object.assign(figures, addFigures(figures, { ...NOTHING, ...fields }));
  };
  const isToolsOnly = asks(query.filters) || grouping.requests === null;
  for (const part of parts) {
    if (!isToolsOnly) for (const row of await requestRows(db, part, grouping)) put(row, requestFigures(row, grouping));
    for (const row of await callRows(db, part, grouping)) {
      const figures = put(row, callFigures(row, isToolsOnly));
      // A group may have calls and no request of its own.
      if (grouping.countsSessionsByFacts === true) figures.sessions = Math.max(figures.sessions ?? 0, number(row['sessions']) ?? 0);
    }
    if (!isToolsOnly && grouping.turns !== null) {
      for (const row of await turnRows(db, part, grouping)) put(row, { turns: number(row['turns']) });
    }
  }
  // A session may have facts in both parts.
  if (parts.length > 1 && grouping.countsSessionsByFacts === true) for (const figures of groups.values()) figures.sessions = null;
  if (grouping.sessions !== null) {
    for (const row of await sessionRows(db, query, grouping.sessions)) put(row, { sessions: number(row['sessions']) });
  }
  if (grouping.anomalies !== undefined && isAttributable(query)) {
    for (const row of await anomaliesBy(db, query, grouping.anomalies)) {
      const figures = put(row, {});
      figures.anomalies = (figures.anomalies ?? 0) + Number(row['n']);
    }
  }
  if (isPartlySealed) for (const figures of groups.values()) figures.anomalies = null;
  return groups;
}

/** A stretch of days, and where its figures are taken from. */
interface Part {
  readonly query: Query;
  /** Condition on a day, as SQL. */
  only(day: string): string;
}

/** Where sums are still to be made, as during an import, only the facts are right; of sealed days there are only sums. */
async function partsOf(db: Db, query: Query, isPartlySealed: boolean): Promise<readonly Part[]> {
  const isPending = (await db.get('select 1 as pending from rollup_queue limit 1')) !== undefined;
  const whole: Part = { query: { ...query, raw: query.raw || isPending }, only: () => 'true' };
  if (!isPending || !isPartlySealed || source(query) === 'facts') return [whole];
  return [
    { query, only: isSealedSql },
    { query: whole.query, only: isOpenSql },
  ];
}

/** Key of the group of facts without a time, a project, a model. */
export const UNDATED = '';

function requestRows(db: Db, { query, only }: Part, { requests, facts, countsSessionsByFacts }: Grouping): Promise<readonly SqlRow[]> {
  const from = facts === true ? 'facts' : source(query);
  const where = requestsWhere(query, from);
  const asked = `${requests ?? ''} ${where.sql}`;
  const sums = from === 'rollups' ? ROLLED_REQUESTS : COUNTED_REQUESTS;
  return db.all(
    `select ${requests} as grp, ${sums}, sum(r.input_tokens) as input_tokens, sum(r.output_tokens) as output_tokens,
       sum(r.cache_read_tokens) as cache_read_tokens, sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens) as cache_write_tokens,
       sum(${TOTAL}) as total_tokens, sum(r.cost_nano_usd) as cost_nano_usd${sessionsOf('r', countsSessionsByFacts)}
     from ${from === 'rollups' ? 'rollup_requests' : 'requests'} r ${sessionNamed('r', asked)}
     ${names(asked, 'm') ? 'left join models m on m.id = r.model_id' : ''}
     where ${where.sql} and ${only('r.day')} group by 1`,
    where.params,
  );
}

/** Does the SQL name a column of one of these tables? One that it does not need not be joined. */
const names = (sql: string, ...tables: readonly string[]): boolean => new RegExp(`\\b(?:${tables.join('|')})\\.`).test(sql);

const sessionNamed = (fact: string, sql: string): string => (names(sql, 's', 'p') ? sessionOf(fact) : '');

const sessionsOf = (table: string, isAsked: boolean | undefined): string =>
  isAsked === true ? `, count(distinct ${table}.session_id) as sessions` : '';

const COUNTED_REQUESTS = `count(*) filter (where r.status <> 'retry') as requests, count(*) filter (where r.status = 'error') as failed_requests,
  count(*) filter (where r.status = 'retry') as retries, coalesce(sum(${TOTAL}) filter (where r.cost_nano_usd is null), 0) as unpriced_tokens`;
const ROLLED_REQUESTS = `sum(r.requests) as requests, sum(r.failed_requests) as failed_requests, sum(r.retries) as retries,
  sum(r.unpriced_tokens) as unpriced_tokens`;

function callRows(db: Db, { query, only }: Part, { calls, facts, countsSessionsByFacts }: Grouping): Promise<readonly SqlRow[]> {
  const from = facts === true ? 'facts' : source(query);
  const where = callsWhere(query, from);
  const asked = `${calls ?? ''} ${where.sql}`;
  const sums =
    from === 'rollups'
      ? 'sum(c.calls) as tool_calls, sum(c.errors + c.timeouts) as tool_errors'
      : `count(*) as tool_calls, count(*) filter (where c.outcome in ('error', 'timeout')) as tool_errors`;
  const models =
    from === 'rollups'
      ? 'left join models m on m.id = c.model_id'
      : 'left join requests r on r.id = c.request_id left join models m on m.id = r.model_id';
  return db.all(
    `select ${calls} as grp, ${sums}, sum(c.cost_nano_usd) as cost_nano_usd${sessionsOf('c', countsSessionsByFacts)}
     from ${from === 'rollups' ? 'rollup_calls' : 'tool_calls'} c ${sessionNamed('c', asked)}
     ${names(asked, 't') ? 'join tools t on t.id = c.tool_id' : ''} ${names(asked, 'm', 'r') ? models : ''}
     where ${where.sql} and ${only('c.day')} group by 1`,
    where.params,
  );
}

/** Which model a turn was about is known only of the turn itself. */
function turnRows(db: Db, { query, only }: Part, { turns: group, facts }: Grouping): Promise<readonly SqlRow[]> {
  const from = query.filters.model === null && facts !== true ? source(query) : 'facts';
  const where = turnsWhere(query, from);
  const session = sessionNamed('u', `${group ?? ''} ${where.sql}`);
  return from === 'rollups'
    ? db.all(
        `select ${group} as grp, sum(u.turns) as turns from rollup_turns u ${session} where u.turns > 0 and ${where.sql} and ${only('u.day')} group by 1`,
        where.params,
      )
    : db.all(
        `select ${group} as grp, count(*) as turns from turns u ${session}
         where coalesce(u.trigger, '') <> 'command' and ${where.sql} and ${only('u.day')} group by 1`,
        where.params,
      );
}

function sessionRows(db: Db, query: Query, group: string): Promise<readonly SqlRow[]> {
  const where = sessionsWhere(query);
  return db.all(
    `select ${group} as grp, count(*) as sessions from sessions s left join projects p on p.id = s.project_id where ${where.sql} group by 1`,
    where.params,
  );
}

function requestFigures(row: SqlRow, grouping: Grouping): Partial<Figures> {
  return {
    ...(grouping.countsSessionsByFacts === true && { sessions: number(row['sessions']) }),
    requests: number(row['requests']),
    failed_requests: number(row['failed_requests']),
    retries: number(row['retries']),
    input_tokens: number(row['input_tokens']),
    output_tokens: number(row['output_tokens']),
    cache_read_tokens: number(row['cache_read_tokens']),
    cache_write_tokens: number(row['cache_write_tokens']),
    total_tokens: number(row['total_tokens']),
    cost_nano_usd: number(row['cost_nano_usd']),
    unpriced_tokens: number(row['unpriced_tokens']),
  };
}

function callFigures(row: SqlRow, isToolsOnly: boolean): Partial<Figures> {
  return {
    tool_calls: number(row['tool_calls']),
    tool_errors: number(row['tool_errors']),
    ...(isToolsOnly && { cost_nano_usd: number(row['cost_nano_usd']) }),
  };
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Of nothing: zero where it can be counted under the filters, else not known. */
export const noFigures = (query: Query): Figures => {
  const ofRequests = asks(query.filters) ? null : 0;
  return { ...countsFrom(0, ofRequests, ofRequests), anomalies: isAttributable(query) ? 0 : null };
};

/** Counts begin at 0 where they can be known at all. */
function empty(query: Query, grouping: Grouping): Figures {
  const isToolsOnly = asks(query.filters) || grouping.requests === null;
  const sessions = grouping.sessions === null && grouping.countsSessionsByFacts !== true ? null : 0;
  return {
    ...countsFrom(sessions, isToolsOnly || grouping.turns === null ? null : 0, isToolsOnly ? null : 0),
    anomalies: grouping.anomalies !== undefined && isAttributable(query) ? 0 : null,
  };
}

const countsFrom = (sessions: number | null, turns: number | null, ofRequests: number | null): Figures => ({
  sessions,
  turns,
  requests: ofRequests,
  failed_requests: ofRequests,
  retries: ofRequests,
  tool_calls: 0,
  tool_errors: 0,
  input_tokens: ofRequests,
  output_tokens: ofRequests,
  cache_read_tokens: ofRequests,
  cache_write_tokens: ofRequests,
  total_tokens: ofRequests,
  cost_nano_usd: null,
  unpriced_tokens: ofRequests,
  anomalies: null,
});

const NOTHING: Figures = { ...countsFrom(null, null, null), tool_calls: null, tool_errors: null };

export function addFigures(a: Figures, b: Figures): Figures {
  const sum = (left: number | null, right: number | null): number | null => (left === null ? right : right === null ? left : left + right);
  return {
    sessions: sum(a.sessions, b.sessions),
    turns: sum(a.turns, b.turns),
    requests: sum(a.requests, b.requests),
    failed_requests: sum(a.failed_requests, b.failed_requests),
    retries: sum(a.retries, b.retries),
    tool_calls: sum(a.tool_calls, b.tool_calls),
    tool_errors: sum(a.tool_errors, b.tool_errors),
    input_tokens: sum(a.input_tokens, b.input_tokens),
    output_tokens: sum(a.output_tokens, b.output_tokens),
    cache_read_tokens: sum(a.cache_read_tokens, b.cache_read_tokens),
    cache_write_tokens: sum(a.cache_write_tokens, b.cache_write_tokens),
    total_tokens: sum(a.total_tokens, b.total_tokens),
    cost_nano_usd: sum(a.cost_nano_usd, b.cost_nano_usd),
    unpriced_tokens: sum(a.unpriced_tokens, b.unpriced_tokens),
    anomalies: sum(a.anomalies, b.anomalies),
  };
}

/** The figures in the names and units of the JSON contract. */
export function figureFields({ cost_nano_usd, unpriced_tokens, ...figures }: Figures): Row {
  return { ...figures, cache_hit_rate: cacheHitRate(figures), cost_usd: usdOf(cost_nano_usd), unpriced_tokens };
}

/** Share of the input that came from the cache, in whole percents, rounded down: not quite all is never all. */
function cacheHitRate({
  input_tokens: input,
  cache_read_tokens: read,
  cache_write_tokens: written,
}: Omit<Figures, 'cost_nano_usd' | 'unpriced_tokens'>): number | null {
  const all = (input ?? 0) + (read ?? 0) + (written ?? 0);
  return read === null || all === 0 ? null : Math.floor((100 * read) / all) / 100;
}

/** A message is something a person asked or a response that came; null where requests cannot be told apart. */
export const messagesOf = ({ turns, requests, failed_requests: failed }: Figures): number | null =>
  turns === null || requests === null || failed === null ? null : turns + requests - failed;

export const FIGURE_COLUMNS: readonly Column[] = [
  { name: 'sessions', title: 'sessions', kind: 'count', drop: 4 },
  { name: 'turns', title: 'turns', kind: 'count', drop: 6 },
  { name: 'requests', title: 'requests', kind: 'count', drop: 5 },
  { name: 'failed_requests', title: 'failed', kind: 'count', hidden: true },
  { name: 'retries', title: 'retries', kind: 'count', hidden: true },
  { name: 'tool_calls', title: 'calls', kind: 'count' },
  { name: 'tool_errors', title: 'errors', kind: 'count', drop: 1 },
  { name: 'input_tokens', title: 'input', kind: 'tokens', drop: 7 },
  { name: 'output_tokens', title: 'output', kind: 'tokens', drop: 2 },
  { name: 'cache_read_tokens', title: 'cache read', kind: 'tokens', drop: 8 },
  { name: 'cache_write_tokens', title: 'cache write', kind: 'tokens', drop: 9 },
  { name: 'cache_hit_rate', title: 'cached', kind: 'percent', drop: 10 },
  { name: 'total_tokens', title: 'tokens', kind: 'tokens' },
  { name: 'cost_usd', title: 'cost', kind: 'usd' },
  { name: 'unpriced_tokens', title: 'unpriced', kind: 'tokens', hidden: true },
  { name: 'anomalies', title: 'anomalies', kind: 'count', hidden: true },
];
