import { estimatedTokensSql } from '../../model/tokens.ts';
import { UNDATED_DAY } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import {
  addCarried,
  carriedIn,
  RATE_SQL,
  serverOf,
  sessionsIn,
  type Carried,
  type CarryingSessions,
  type Item,
  type Items,
  type Sent,
} from '../../scores/carried.ts';
import { carriedWhere, listingsWhere, modelAsked, requestsWhere, sessionAsked, source, type Query } from './query.ts';

/** What stood in the context because a list named it. */
export interface Exposure {
  /** Whose sessions: `claude`, `codex`, … */
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  /** Sessions with a request that carried it. */
  readonly sessions: number;
  /** Tokens that it takes by the last list that told: bytes ÷ 4, rounded up. Null: none did. */
  readonly tokens: number | null;
  /** Only its name stood there. */
  readonly deferred: boolean;
  /** Tokens × requests that carried them. */
  readonly exposedTokens: number | null;
  /** At list prices, cached where the request was; null: no price is known. */
  readonly costUsd: number | null;
}

/** From the sums of days where they can tell, else from the facts. */
export async function exposures(db: Db, query: Query): Promise<readonly Exposure[]> {
  if (await isSummed(db, query)) return summed(db, query);
  const [sent, items] = [await sentLists(db, query), await itemsOf(db)];
  return told(carriedIn(sent, items), sessionsIn(sent, items));
}

/** Can the sums of days, which tell no session from another, answer? Not while some are still to be made. */
export async function isSummed(db: Db, query: Query): Promise<boolean> {
  const { project, session, model } = query.filters;
  if (source(query) !== 'rollups' || project !== null || session !== null || model !== null) return false;
  return (await db.get('select 1 as pending from rollup_queue union all select 1 from carried_queue limit 1')) === undefined;
}

/** Names of things of which the sums of all days do not tell what the facts do. */
export async function verifyExposures(db: Db, everything: Query): Promise<readonly string[]> {
  // Sums of floats hang on their order.
  const textOf = (exposure: Exposure): string => JSON.stringify({ ...exposure, costUsd: exposure.costUsd?.toPrecision(9) });
  const [kept, derived] = [await exposures(db, everything), await exposures(db, { ...everything, raw: true })].map(
    (all) => new Map(all.map((exposure) => [textOf(exposure), exposure.name])),
  );
  const wrong = [...(kept ?? [])].filter(([text]) => !derived?.has(text)).concat([...(derived ?? [])].filter(([text]) => !kept?.has(text)));
  return [...new Set(wrong.map(([, name]) => name))].sort();
}

/** Keys are kind and name. */
function told(carried: readonly Carried[], carrying: readonly CarryingSessions[]): readonly Exposure[] {
  const all = new Map<string, { sum: Carried; sessions: number }>();
  const of = (source: string, key: string): { sum: Carried; sessions: number } => {
    const id = `${source} ${key}`;
    let known = all.get(id);
    if (known === undefined) {
      const sum = { source, key, tokens: null, toldAt: -1, deferred: true, exposedTokens: null, costUsd: null };
      all.set(id, (known = { sum, sessions: 0 }));
    }
    return known;
  };
  for (const each of carried) addCarried(of(each.source, each.key).sum, each);
  for (const each of carrying) of(each.source, each.key).sessions += each.sessions;
  return [...all.values()].map(({ sum: { source, key, tokens, deferred, exposedTokens, costUsd }, sessions }): Exposure => {
    const [kind = '', name = ''] = key.split('\0');
    return { source, kind, name, sessions, tokens, deferred, exposedTokens, costUsd };
  });
}

/** A session is counted on its first day in the window; a server that is listed, with its tools. */
async function summed(db: Db, query: Query): Promise<readonly Exposure[]> {
  const where = carriedWhere(query);
  const keys = new Map<unknown, string>();
  for (const { id, kind, name } of await db.all('select id, kind, name from items')) keys.set(id, keyOf(kind, name));
  const numberOr = <T>(value: unknown, other: T): number | T => (typeof value === 'number' ? value : other);
  const days = await db.all(
    `select x.source, x.item_id, x.tokens, max(x.told_at) as told_at, min(x.deferred) as deferred, sum(x.exposed_tokens) as exposed_tokens,
       sum(x.cost_usd) as cost_usd from carried x where ${where.sql} group by x.source, x.item_id, x.tokens`,
    where.params,
  );
  const sessions = await db.all(
    `select x.source, x.item_id, x.server, sum(x.sessions) as sessions from carried_sessions x where ${where.sql} and x.before < :first_day
       and (x.server <> '' or x.item_id not in (select id from items where kind = 'mcp_server'))
     group by x.source, x.item_id, x.server`,
    { ...where.params, first_day: query.window.from === null ? UNDATED_DAY + 1 : query.homeZone.dayOf(query.window.from) },
  );
  return told(
    days.map((row) => ({
      source: String(row['source']),
      key: keys.get(row['item_id']) ?? '',
      tokens: numberOr(row['tokens'], null),
      toldAt: Number(row['told_at']),
      deferred: row['deferred'] === 1,
      exposedTokens: numberOr(row['exposed_tokens'], null),
      costUsd: numberOr(row['cost_usd'], null),
    })),
    sessions.map((row) => ({
      source: String(row['source']),
      key: row['server'] === '' ? (keys.get(row['item_id']) ?? '') : keyOf('mcp_server', row['server']),
      before: null,
      sessions: Number(row['sessions']),
    })),
  );
}

const keyOf = (kind: unknown, name: unknown): string => `${String(kind)}\0${String(name)}`;

/** From the lists to their requests: so the requests of a list come together, and need not be sorted. */
async function sentLists(db: Db, query: Query): Promise<readonly Sent[]> {
  const where = requestsWhere(query);
  const rows = await db.all(
    `with sent as (
       select l.id, count(*) as requests, sum(${RATE_SQL}) / 1e6 as usd_per_token
       from listings l cross join requests r ${sessionAsked('r', query)} ${modelAsked('r', query)}
       left join model_rates v on v.model_id = r.model_id
       where r.session_id = l.session_id and r.agent = l.agent and r.started_at >= coalesce(l.at, r.started_at)
         and r.status = 'ok' and ${where.sql} group by l.id
     )
     select s.source, l.session_id, l.agent, l.list_id, l.change, l.deferred, coalesce(l.at, 0) as at, sent.requests, sent.usd_per_token
     from sent join listings l on l.id = sent.id join sessions s on s.id = l.session_id order by l.list_id, l.id`,
    where.params,
  );
  return rows.map((row): Sent => ({
    source: String(row['source']),
    session: Number(row['session_id']),
    agent: String(row['agent']),
    list: Number(row['list_id']),
    isRemoval: row['change'] === 'removed',
    deferred: row['deferred'] === 1,
    at: Number(row['at']),
    requests: Number(row['requests']),
    usdPerToken: typeof row['usd_per_token'] === 'number' ? row['usd_per_token'] : null,
    before: null,
  }));
}

async function itemsOf(db: Db): Promise<Items> {
  const named = new Map<unknown, Pick<Item, 'key' | 'servers'>>();
  for (const { id, kind, name } of await db.all('select id, kind, name from items')) {
    const server = serverOf(String(kind), String(name));
    named.set(id, { key: keyOf(kind, name), servers: server === null ? [] : [keyOf('mcp_server', server)] });
  }
  const rows = await db.all(`select list_id, item_id, ${estimatedTokensSql('size_bytes')} as tokens from item_list_items`);
  const items = new Map<number, Item[]>();
  for (const { list_id, item_id, tokens } of rows) {
    const list = Number(list_id);
    const { key = '', servers = [] } = named.get(item_id) ?? {};
    const item: Item = { key, servers, tokens: typeof tokens === 'number' ? tokens : null };
    const known = items.get(list);
    if (known === undefined) items.set(list, [item]);
    else known.push(item);
  }
  return items;
}

/** When a thing was first listed, and whether it still was in the latest session of one of its projects that has such lists. */
export interface Listed {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  readonly firstAt: number | null;
  readonly isCurrent: boolean;
}

/** Over all time, in the sessions that are asked for. */
export async function listed(db: Db, query: Query): Promise<readonly Listed[]> {
  const where = listingsWhere({ ...query, window: { from: null, until: null } });
  const rows = await db.all(
    `with spans as (
       select s.source, s.project_id, x.kind, l.list_id, min(l.at) as first_at, max(s.first_at) as session_at
       from listings l join item_lists x on x.id = l.list_id ${sessionAsked('l', query)} where l.change = 'added' and ${where.sql} group by 1, 2, 3, 4
     ), lists as (
       select source, list_id, min(first_at) as first_at, max(case when session_at = last_at then 1 else 0 end) as is_current
       from (select spans.*, max(session_at) over (partition by source, project_id, kind) as last_at from spans) latest group by 1, 2
     ), things as (
       select l.source, e.item_id, min(l.first_at) as first_at, max(l.is_current) as is_current
       from lists l join item_list_items e on e.list_id = l.list_id group by 1, 2
     )
     select t.source, i.kind, i.name, t.first_at, t.is_current from things t join items i on i.id = t.item_id`,
    where.params,
  );
  return rows.map((row): Listed => ({
    source: String(row['source']),
    kind: String(row['kind']),
    name: String(row['name']),
    firstAt: typeof row['first_at'] === 'number' ? row['first_at'] : null,
    isCurrent: row['is_current'] === 1,
  }));
}
