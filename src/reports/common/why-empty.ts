import { UsageError } from '../../model/errors.ts';
import { formatDay } from '../../model/time.ts';
import { didYouMean } from '../../model/nearest.ts';
import type { Row } from '../../model/table.ts';
import type { Db } from '../../store/db.ts';
import {
  asks,
  callsWhere,
  everything,
  FROM_CALLS,
  NO_FILTERS,
  requestsWhere,
  sessionOf,
  sessionsWhere,
  type Filters,
  type Query,
  type Where,
} from './query.ts';

export const NOTHING_YET = 'Nothing is imported yet. Read the logs of this machine with: usage import';

/**
 * Why an answer has no rows, and what to do about it: an empty store, a filter that matches nothing, a window in which nothing
 * happened. Where none of these is the reason, what the report says itself.
 */
export async function whyEmpty(db: Db, query: Query, rows: readonly Row[], own: string): Promise<string> {
  if (rows.length > 0) return own;
  if (!(await hasSessions(db))) return NOTHING_YET;
  if (await isAnything(db, query)) return own;
  return (await noMatch(db, query)) ?? sentences(await elsewhere(db, query, 'Nothing')) ?? own;
}

export const hasSessions = async (db: Db): Promise<boolean> => (await db.get('select 1 as there from sessions limit 1')) !== undefined;

/** Did anything at all happen that the question is about? */
async function isAnything(db: Db, query: Query): Promise<boolean> {
  const [calls, requests, sessions] = [callsWhere(query), requestsWhere(query), sessionsWhere(query)];
  const there = async (from: string, { sql, params }: Where): Promise<boolean> =>
    (await db.get(`select 1 as there ${from} where ${sql} limit 1`, params)) !== undefined;
  if (await there(FROM_CALLS, calls)) return true;
  // Where it is asked for calls, nothing else is an answer.
  if (asks(query.filters)) return false;
  return (
    (await there(`from requests r ${sessionOf('r')} left join models m on m.id = r.model_id`, requests)) ||
    there('from sessions s left join projects p on p.id = s.project_id', sessions)
  );
}

/** What a filter asks for, by a name for people, all that there is of it, and where it is listed. */
const KNOWN: Readonly<Record<keyof Filters, { readonly what: string; readonly sql: string; readonly list: string }>> = {
  project: { what: 'project', sql: 'select path as name from projects', list: 'usage report --by project --days all' },
  model: { what: 'model', sql: 'select distinct name from models', list: 'usage report --by model --days all' },
  source: { what: 'session of', sql: 'select distinct source as name from sessions', list: 'usage report --by source --days all' },
  tool: { what: 'tool', sql: 'select name from tools', list: 'usage tools' },
  session: { what: 'session', sql: 'select key as name from sessions', list: 'usage sessions --days all' },
  kind: { what: 'tool of the kind', sql: 'select distinct kind as name from tools', list: 'usage tools' },
  server: { what: 'server', sql: 'select distinct server as name from tools where server is not null', list: 'usage tools --by server' },
};

/** The first filter that matches nothing in the whole store, or that all of them together do; null: they do not. */
export async function noMatch(db: Db, query: Query): Promise<string | null> {
  const all = everything(query.now, query.homeZone);
  const said = FILTERS.filter((name) => query.filters[name] !== null);
  for (const name of said) {
    if (!(await isAnything(db, { ...all, filters: { ...NO_FILTERS, [name]: query.filters[name] } })))
      return sentences(await unknownName(db, name, query.filters[name] ?? ''));
  }
  if (said.length < 2 || (await isAnything(db, { ...all, filters: query.filters }))) return null;
  return `Nothing matches ${said.map((name) => `--${name} ${query.filters[name] ?? ''}`).join(' and ')} together. Leave one of them out.`;
}

const sentences = (error: UsageError | null): string | null => error && `${error.message} ${error.hint ?? ''}`;

const FILTERS = ['project', 'model', 'source', 'tool', 'session', 'kind', 'server'] as const;

/** A name that is not in the store: the one that was probably meant, or where all are listed. */
export async function unknownName(db: Db, filter: keyof Filters, name: string): Promise<UsageError> {
  const { what, sql, list } = KNOWN[filter];
  const known = (await db.all(sql)).flatMap((row) => (typeof row['name'] === 'string' ? [row['name']] : []));
  if (known.length === 0 && !(await hasSessions(db))) return new UsageError(`No ${what} ${name} is in the store.`, NOTHING_YET);
  return new UsageError(`No ${what} ${name} is in the store.`, suggestion(filter, name, known) || `${list} lists those that are.`);
}

/** Of an id people type the beginning, of a path its end. */
function suggestion(filter: keyof Filters, name: string, known: readonly string[]): string {
  const part = (each: string): string => {
    if (filter === 'session') return each.slice(0, Math.max(name.length, 8));
    return filter === 'project' && !name.startsWith('/') ? each.split('/').slice(-name.split('/').length).join('/') : each;
  };
  return didYouMean(name, known.map(part)).trim();
}

/** It is in the store, but not in this window: the days that it is of. Null: of none. `what`: the beginning of the sentence. */
export async function elsewhere(db: Db, query: Query, what: string): Promise<UsageError | null> {
  const where = sessionsWhere({ ...query, window: { from: null, until: null } });
  const row = await db.get(
    `select min(s.first_at) as first, max(s.last_at) as last from sessions s left join projects p on p.id = s.project_id where ${where.sql}`,
    where.params,
  );
  const { first, last } = row ?? {};
  if (typeof first !== 'number' || typeof last !== 'number') return null;
  const [from, to] = [first, last].map((ms) => formatDay(query.zone.dayOf(ms)));
  const days = from === to ? `on ${from}` : `from ${from} to ${to}`;
  return new UsageError(`${what} is in this window, but ${days}.`, `Ask for that with --days all, or --since ${from}.`);
}
