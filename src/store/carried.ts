import type { Database } from 'better-sqlite3';
import { UNDATED_DAY } from '../model/time.ts';
import { estimatedTokensSql } from '../model/tokens.ts';
import { carriedIn, RATE_SQL, serverOf, sessionsIn, type Item, type Sent } from '../scores/carried.ts';
import { isSealedSql } from '../scores/sealed.ts';
import type { Db } from './db.ts';
import { DIFFERING_SQL } from './differing.ts';

/*
 * What the requests of each day carried because a list named it, and what was used on it. A day's rows are made anew when one
 * of its facts, of the lists before its requests or of their prices changed, so they always are what the facts give.
 */

/** What a changed day of a session changes: that day, and on later days when it was before. The caller empties the queue of rollups next. */
export function queueCarried(db: Database): void {
  db.exec('insert into carried_queue (day) select distinct day from rollup_queue where true on conflict do nothing');
  db.exec(`insert into carried_queue (day)
    select distinct r.day from rollup_queue q cross join requests r on r.session_id = q.session_id and r.day > q.day
    where exists (select 1 from listings l where l.session_id = q.session_id) on conflict do nothing`);
}

/** All days: for what takes requests away. */
export function queueAllCarried(db: Database): void {
  const days = ['carried', 'used', 'rollup_requests', 'rollup_calls', 'rollup_turns'].map((table) => `select day from ${table}`);
  db.exec(`insert into carried_queue (day) select * from (${days.join(' union ')}) where true on conflict do nothing`);
}

/** Sessions of the queued days by their sums; of sealed days, which get no new sums, by the few requests that are left. */
const LISTINGS = `
  select k.day, s.source, l.session_id as session, l.agent, l.list_id as list, l.change, l.deferred, l.at
  from (
    select r.day, r.session_id from carried_queue q cross join rollup_requests r on r.day = q.day
    union select r.day, r.session_id from carried_queue q cross join requests r on r.day = q.day where ${isSealedSql('q.day')}
  ) k cross join listings l on l.session_id = k.session_id cross join sessions s on s.id = l.session_id
  order by k.day, l.list_id, l.id`;

/** Requests that came after a listing in its thread. */
const AFTER = `r.session_id = :session and r.agent = :agent and r.started_at >= :at and r.status = 'ok'`;
const SENT = `
  select count(*) as requests, sum(${RATE_SQL}) / 1e6 as usdPerToken
  from requests r left join model_rates v on v.model_id = r.model_id where ${AFTER} and r.day = :day`;
const BEFORE = `select r.day from requests r where ${AFTER} and r.day < :day order by r.day desc limit 1`;

interface Listing {
  readonly day: number;
  readonly source: string;
  readonly session: number;
  readonly agent: string;
  readonly list: number;
  readonly change: string;
  readonly deferred: number;
  readonly at: number | null;
}

/** Listings with the requests of the queued days that came after them, by day. */
function sentOnQueuedDays(db: Database): ReadonlyMap<number, readonly Sent[]> {
  const sent = db.prepare<[object], Pick<Sent, 'requests' | 'usdPerToken'>>(SENT);
  const before = db.prepare<[object], number>(BEFORE).pluck();
  const days = new Map<number, Sent[]>();
  for (const { day, source, session, agent, list, change, deferred, at } of db.prepare<[], Listing>(LISTINGS).all()) {
    const after = { day, session, agent, at: at ?? Number.MIN_SAFE_INTEGER };
    const found = sent.get(after);
    if (found === undefined || found.requests === 0) continue;
    const ofDay = days.get(day) ?? [];
    if (ofDay.length === 0) days.set(day, ofDay);
    ofDay.push({
      ...found,
      source,
      session,
      agent,
      list,
      isRemoval: change === 'removed',
      deferred: deferred === 1,
      at: at ?? 0,
      before: before.get(after) ?? null,
    });
  }
  return days;
}

/** Uses of the days in `days` (day). The calls are few, and the index of their tools has their days. Of a pruned day the sums of servers are left. */
const usedSql = (days: string): string => `
  select x.day, s.source, kind, name, min(x.first_at), max(x.last_at) from (
    select coalesce(c.day, ${UNDATED_DAY}) as day, c.session_id, t.kind, c.item as name, c.started_at as first_at, c.started_at as last_at
      from tools t cross join tool_calls c on c.tool_id = t.id
      where t.kind in ('skill', 'agent', 'command') and coalesce(c.day, ${UNDATED_DAY}) in (select day from ${days}) and c.item is not null
    union all
    select q.day, u.session_id, 'typed', u.command, u.started_at, u.started_at
      from ${days} q cross join turns u on u.day is nullif(q.day, ${UNDATED_DAY}) where u.command is not null
    union all
    select k.day, k.session_id, 'mcp_server', t.server, k.first_at, k.last_at
      from ${days} q cross join rollup_calls k on k.day = q.day join tools t on t.id = k.tool_id where t.server is not null
  ) x cross join sessions s on s.id = x.session_id group by 1, 2, 3, 4`;

/** Names of things that were not used when the sums of days say that they were. Days that are still to be made are left out. */
export async function verifyUsed(db: Db): Promise<readonly string[]> {
  const rows = await db.all(`
    with days as (select day from (select day from used union select day from rollup_calls union select day from rollup_turns)
        where day not in (select day from carried_queue)),
      stored as (select * from used where day in (select day from days)), derived as (${usedSql('days')}),
      wrong as (${DIFFERING_SQL})
    select distinct name from wrong order by 1`);
  return rows.map((row) => String(row['name']));
}

/** Makes the queued days anew and empties the queue. The caller holds the transaction, and has made the rollups anew. */
export function refreshCarried(db: Database): void {
  if (db.prepare('select 1 from carried_queue limit 1').get() === undefined) return;
  const days = sentOnQueuedDays(db);
  for (const table of ['carried', 'carried_sessions', 'used']) db.exec(`delete from ${table} where day in (select day from carried_queue)`);
  db.exec(`insert into used (day, source, kind, name, first_at, last_at) ${usedSql('carried_queue')}`);
  db.exec('delete from carried_queue');
  const items = itemsOf(db, new Set([...days.values()].flatMap((sent) => sent.map(({ list }) => list))));
  const save = db.prepare('insert into carried values (?, ?, ?, ?, ?, ?, ?, ?)');
  const saveSessions = db.prepare('insert into carried_sessions values (?, ?, ?, ?, ?, ?)');
  for (const [day, sent] of days) {
    for (const { source, key, tokens, toldAt, deferred, exposedTokens, costUsd } of carriedIn(sent, items))
      save.run(day, source, Number(key), tokens, toldAt, deferred ? 1 : 0, exposedTokens, costUsd);
    for (const { source, key, before, sessions } of sessionsIn(sent, items)) {
      const server = key.startsWith(SERVER) ? key.slice(SERVER.length) : '';
      saveSessions.run(day, source, server === '' ? Number(key) : NO_ITEM, server, before ?? UNDATED_DAY, sessions);
    }
  }
}

/** Begins the key of a server; that of a thing is its number. */
const SERVER = 'server ';
const NO_ITEM = 0;

function itemsOf(db: Database, lists: ReadonlySet<number>): ReadonlyMap<number, readonly Item[]> {
  const select = db.prepare<[number], { id: number; kind: string; name: string; tokens: number | null }>(
    `select i.id, i.kind, i.name, ${estimatedTokensSql('x.size_bytes')} as tokens
     from item_list_items x join items i on i.id = x.item_id where x.list_id = ?`,
  );
  const of = (list: number): readonly Item[] =>
    select.all(list).map(({ id, kind, name, tokens }) => {
      const server = serverOf(kind, name);
      return { key: String(id), servers: server === null ? [] : [`${SERVER}${server}`], tokens };
    });
  return new Map([...lists].map((list) => [list, of(list)]));
}
