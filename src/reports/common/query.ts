import { UsageError } from '../../model/errors.ts';
import { UNDATED_DAY, type Window, type Zone } from '../../model/time.ts';
import { isSealedSql } from '../../scores/sealed.ts';
import type { SqlValue } from '../../store/db.ts';

/** A question's window and filters, understood once for all reports. */
export interface Query {
  readonly window: Window;
  /** Days are cut here. */
  readonly zone: Zone;
  /** The store's own zone: in it the stored days can be used as they are. */
  readonly homeZone: Zone;
  readonly now: number;
  readonly filters: Filters;
  readonly by: string;
  readonly sort: string;
  /** Rows shown; 0: all. */
  readonly limit: number;
  /** The argument of a report that has one. */
  readonly subject: string | null;
  /** Read the facts themselves, also where their sums are kept ready. */
  readonly raw: boolean;
  /** Beside the window before. */
  readonly compare: boolean;
  /** Show periods without anything, too. */
  readonly fill: boolean;
  /** What was said of a report's own options, by name; true: one without a value. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

/** Null: not filtered. `project`, `model`, `tool` and `server` may hold `*` for any text; `session` is the beginning of an id. */
export interface Filters {
  readonly project: string | null;
  readonly model: string | null;
  readonly source: string | null;
  readonly tool: string | null;
  readonly session: string | null;
  readonly kind: string | null;
  readonly server: string | null;
}

export interface Where {
  /** Conditions, each to be joined with `and`. */
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlValue>>;
}

export const NO_FILTERS: Filters = { project: null, model: null, source: null, tool: null, session: null, kind: null, server: null };

/** The question about all that is in the store. */
export const everything = (now: number, homeZone: Zone): Query => ({
  window: { from: null, until: null },
  zone: homeZone,
  homeZone,
  now,
  filters: NO_FILTERS,
  by: '',
  sort: '',
  limit: 0,
  subject: null,
  raw: false,
  compare: false,
  fill: false,
  own: {},
});

/** Where a number is taken from: the facts, or the sums that are kept of each session's day. */
export type From = 'facts' | 'rollups';

/** Sums of days can answer when the question cuts days where the store does, and only there. */
export function source({ window: { from, until }, zone, homeZone, raw }: Query): From {
  const isMidnight = (ms: number | null): boolean => ms === null || homeZone.startOf(homeZone.dayOf(ms)) === ms;
  return !raw && zone.name === homeZone.name && isMidnight(from) && isMidnight(until) ? 'rollups' : 'facts';
}

/** A fact's session and project, under the aliases s and p. */
export const sessionOf = (fact: string): string =>
  `join sessions s on s.id = ${fact}.session_id left join projects p on p.id = s.project_id`;

/** The same where the project and the model are only looked at by filters. */
export const sessionAsked = (fact: string, { filters: { project } }: Query): string =>
  project === null ? `join sessions s on s.id = ${fact}.session_id` : sessionOf(fact);
export const modelAsked = (fact: string, { filters: { model } }: Query): string =>
  model === null ? '' : `left join models m on m.id = ${fact}.model_id`;

/** Calls with all that they can be grouped and filtered by. */
export const FROM_CALLS = `from tool_calls c join tools t on t.id = c.tool_id ${sessionOf('c')}
  left join requests r on r.id = c.request_id left join models m on m.id = r.model_id`;

/** The population of a report: the same conditions for every number of it. Aliases: c tool_calls, t tools, r requests, m models, s sessions, p projects, u turns. */
export function callsWhere(query: Query, from: From = 'facts'): Where {
  return all([
    inWindow(query, 'c.started_at', 'c.day', from),
    ...sessionConditions(query),
    ...toolConditions(query),
    modelCondition(query),
  ]);
}

export function requestsWhere(query: Query, from: From = 'facts'): Where {
  return all([inWindow(query, 'r.started_at', 'r.day', from), ...sessionConditions(query), modelCondition(query)]);
}

/** A turn has no model of its own: it belongs to a model's population when one of its requests does. */
export function turnsWhere(query: Query, from: From = 'facts'): Where {
  const requests = exists(query, `select 1 from requests r join models m on m.id = r.model_id where r.turn_id = u.id`);
  return all([inWindow(query, 'u.started_at', 'u.day', from), ...sessionConditions(query), requests]);
}

export function sessionsWhere(query: Query): Where {
  const requests = either(
    exists(query, `select 1 from requests r join models m on m.id = r.model_id where r.session_id = s.id`),
    `s.id in (select r.session_id from rollup_requests r join models m on m.id = r.model_id where ${isSealedSql('r.day')}`,
    query.filters.model === null ? NONE : all([inWindow(query, '', 'r.day', 'rollups'), modelCondition(query)]),
  );
  const tools = all(toolConditions(query));
  const calls = either(
    asks(query.filters)
      ? condition(
          `exists (select 1 from tool_calls c join tools t on t.id = c.tool_id where c.session_id = s.id and ${tools.sql})`,
          tools.params,
        )
      : NONE,
    `s.id in (select c.session_id from rollup_calls c join tools t on t.id = c.tool_id where ${isSealedSql('c.day')}`,
    tools,
  );
  return all([inWindow(query, 's.first_at', 's.day'), ...sessionConditions(query), requests, calls]);
}

/** Sessions whose facts were pruned are known by their sums; `sealed` is open at its end. */
const either = (facts: Where, sealed: string, where: Where): Where =>
  facts.sql === '' ? NONE : condition(`(${facts.sql} or ${sealed} and ${where.sql}))`, { ...where.params, ...facts.params });

/** Records in the context; alias x. */
export const contextsWhere = (query: Query): Where => all([inWindow(query, 'x.at', 'x.day'), ...sessionConditions(query)]);

/** Calls that hand over to a skill, a sub-agent or a command. */
export const agentCallsWhere = (query: Query): Where =>
  all([
    inWindow(query, 'c.started_at', 'c.day'),
    ...sessionConditions(query),
    condition(`c.tool_id in (select id from tools where kind in ('skill', 'agent', 'command')) and c.item is not null`, {}),
  ]);

/** Calls that read a skill's file or a memory file. */
export const readingCallsWhere = (query: Query): Where =>
  all([
    inWindow(query, 'c.started_at', 'c.day'),
    ...sessionConditions(query),
    condition(`c.reads_id is not null and c.outcome = 'ok'`, {}),
  ]);

/** Requests that the log holds a skill responsible for. */
export const attributionsWhere = (query: Query): Where => all([requestsWhere(query), condition('r.skill is not null', {})]);

/** The window alone, and what is asked of sessions alone, for facts of any kind. */
export const windowOf = (query: Query, time: string, day: string): Where => all([inWindow(query, time, day)]);
export const sessionConditionsOf = (query: Query): Where => all(sessionConditions(query));

/** Lists of what stands in the context; alias l. */
export const listingsWhere = (query: Query): Where => all([inWindow(query, 'l.at', 'l.day'), ...sessionConditions(query)]);

/** Sums of what requests carried; alias x. */
export const carriedWhere = (query: Query): Where =>
  all([
    inWindow(query, '', 'x.day', 'rollups'),
    query.filters.source === null ? NONE : condition('x.source = :source', { source: query.filters.source }),
  ]);

/** Slash commands that a person typed. */
export const commandsWhere = (query: Query): Where =>
  all([inWindow(query, 'u.started_at', 'u.day'), ...sessionConditions(query), condition('u.command is not null', {})]);

/** What is compared is as long as the window and ends where it begins. */
export function windowBefore(query: Query): Query {
  const { from, until } = query.window;
  if (from === null) throw new UsageError('--compare needs a window with a beginning.', 'Use for example --days 7 --compare.');
  const end = until ?? query.now;
  const { zone } = query;
  const isMidnight = zone.startOf(zone.dayOf(from)) === from && zone.startOf(zone.dayOf(end)) === end;
  const start = isMidnight ? zone.startOf(2 * zone.dayOf(from) - zone.dayOf(end)) : from - (end - from);
  return { ...query, window: { from: start, until: from }, compare: false };
}

/** Does the question ask for calls of certain tools? Then only what calls have can be answered. */
export const asks = ({ tool, kind, server }: Filters): boolean => tool !== null || kind !== null || server !== null;

const NONE: Where = { sql: '', params: {} };
const condition = (sql: string, params: Where['params']): Where => ({ sql, params });

function all(conditions: readonly Where[]): Where {
  const real = conditions.filter(({ sql }) => sql !== '');
  return {
    sql: real.length === 0 ? 'true' : real.map(({ sql }) => sql).join(' and '),
    params: Object.assign({}, ...real.map(({ params }) => params)),
  };
}

/** Undated facts are in no window. The stored days, a day wider on both sides, let an index find the rows. */
function inWindow({ window, homeZone }: Query, time: string, day: string, of: From = 'facts'): Where {
  const { from, until } = window;
  if (of === 'rollups') {
    return all([
      from === null ? NONE : condition(`${day} >= :from_day`, { from_day: homeZone.dayOf(from) }),
      until === null ? NONE : condition(`${day} <= :until_day`, { until_day: homeZone.dayOf(until - 1) }),
      from === null && until !== null ? condition(`${day} > ${UNDATED_DAY}`, {}) : NONE,
    ]);
  }
  return all([
    from === null ? NONE : condition(`${day} >= :from_day and ${time} >= :from_ms`, { from_ms: from, from_day: homeZone.dayOf(from) }),
    until === null
      ? NONE
      : condition(`${day} <= :until_day and ${time} < :until_ms`, { until_ms: until, until_day: homeZone.dayOf(until) }),
  ]);
}

function sessionConditions({ filters }: Query): readonly Where[] {
  const { project, source, session } = filters;
  return [
    project === null
      ? NONE
      : condition(`(${matches('p.path', 'project', project)} or p.path like :project_end escape '\\')`, {
          project: pattern(project),
          project_end: `%/${escape(project).replaceAll('*', '%')}`,
        }),
    source === null ? NONE : condition('s.source = :source', { source }),
    session === null ? NONE : condition(`s.key like :session escape '\\'`, { session: `${escape(session)}%` }),
  ];
}

function toolConditions({ filters }: Query): readonly Where[] {
  const { tool, kind, server } = filters;
  return [
    tool === null ? NONE : condition(matches('t.name', 'tool', tool), { tool: pattern(tool) }),
    kind === null ? NONE : condition('t.kind = :kind', { kind }),
    server === null ? NONE : condition(matches('t.server', 'server', server), { server: pattern(server) }),
  ];
}

const modelCondition = ({ filters: { model } }: Query): Where =>
  model === null ? NONE : condition(matches('m.name', 'model', model), { model: pattern(model) });

function exists(query: Query, select: string): Where {
  const model = modelCondition(query);
  if (model.sql === '') return NONE;
  const window = inWindow(query, 'r.started_at', 'r.day');
  const inside = all([model, window]);
  return condition(`exists (${select} and ${inside.sql})`, inside.params);
}

/** Whole names are compared as they are; `*` stands for any text. */
const matches = (column: string, name: string, value: string): string =>
  value.includes('*') ? `${column} like :${name} escape '\\'` : `${column} = :${name}`;
const pattern = (value: string): string => (value.includes('*') ? escape(value).replaceAll('*', '%') : value);
const escape = (value: string): string => value.replace(/[\\%_]/g, '\\$&');
