import { estimatedTokensSql } from '../../model/tokens.ts';
import { identify } from '../../model/tool.ts';
import type { Db } from '../../store/db.ts';
import { listingsWhere, modelAsked, requestsWhere, sessionAsked, type Query } from './query.ts';

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

/** A list in one thread of a session, with the requests that came after it. */
interface Sent {
  readonly source: string;
  readonly session: number;
  readonly agent: string;
  readonly list: number;
  readonly isRemoval: boolean;
  readonly deferred: boolean;
  readonly at: number;
  readonly requests: number;
  /** What each token of it cost in all of these, in USD. */
  readonly usdPerToken: number | null;
}

interface Item {
  /** Kind and name. */
  readonly key: string;
  /** The key of the server that it brings along, if it does. */
  readonly servers: readonly string[];
  readonly tokens: number | null;
}

type Items = ReadonlyMap<number, readonly Item[]>;

/** Parts of an exposure that add up. */
interface Sum {
  tokens: number | null;
  toldAt: number;
  deferred: boolean;
  sessions: number;
  exposedTokens: number | null;
  costUsd: number | null;
}

/**
 * A request carries a list when it comes after it in the same thread, until the thing is removed or listed again. Nearly
 * all threads have each thing once, and the same lists as others: these are added up list by list before a list is taken
 * apart. Only what is left is gone through one by one.
 */
export async function exposures(db: Db, query: Query): Promise<readonly Exposure[]> {
  const sent = await sentLists(db, query);
  const items = await itemsOf(db);
  const sums = new Map<string, Map<string, Sum>>();
  const sumOf = (source: string, key: string): Sum => {
    let ofSource = sums.get(source);
    if (ofSource === undefined) sums.set(source, (ofSource = new Map()));
    let sum = ofSource.get(key);
    if (sum === undefined)
      ofSource.set(key, (sum = { tokens: null, toldAt: -1, deferred: true, sessions: 0, exposedTokens: null, costUsd: null }));
    return sum;
  };

  const isPlain = plainness(items);
  const plain = new Map<string, Sent>();
  for (const thread of grouped(sent, ({ session, agent }) => `${session} ${agent}`)) {
    if (!isPlain(thread)) for (const step of steps(thread, items)) add(sumOf(step.source, step.key), step);
    else for (const list of thread) merge(plain, `${list.source} ${list.list}`, list);
  }
  for (const list of plain.values()) {
    for (const { key, tokens } of items.get(list.list) ?? []) add(sumOf(list.source, key), { ...list, tokens });
  }
  for (const { source, lists, sessions } of combinations(sent)) {
    const keys = new Set<string>();
    for (const list of lists) for (const { key, servers } of items.get(list) ?? []) for (const each of [key, ...servers]) keys.add(each);
    for (const key of keys) sumOf(source, key).sessions += sessions;
  }
  return [...sums].flatMap(([source, ofSource]) =>
    [...ofSource].map(([key, { sessions, tokens, deferred, exposedTokens, costUsd }]): Exposure => {
      const [kind = '', name = ''] = key.split('\0');
      return { source, kind, name, sessions, tokens, deferred, exposedTokens, costUsd };
    }),
  );
}

/** A tool that is listed brings its server along. */
function serverKey(key: string): readonly string[] {
  const [kind = '', name = ''] = key.split('\0');
  const { server } = identify(name);
  return kind === 'mcp_tool' && server !== null ? [`mcp_server\0${server}`] : [];
}

/** What one list adds to the exposure of one thing. */
type Share = Pick<Sent, 'at' | 'deferred' | 'requests' | 'usdPerToken'> & { readonly tokens: number | null };

function add(sum: Sum, { tokens, at, deferred, requests, usdPerToken }: Share): void {
  if (!deferred) sum.deferred = false;
  if (tokens === null) return;
  if (at >= sum.toldAt) [sum.tokens, sum.toldAt] = [tokens, at];
  sum.exposedTokens = (sum.exposedTokens ?? 0) + tokens * requests;
  if (usdPerToken !== null) sum.costUsd = (sum.costUsd ?? 0) + tokens * usdPerToken;
}

function merge(lists: Map<string, Sent>, id: string, list: Sent): void {
  const known = lists.get(id);
  lists.set(
    id,
    known === undefined
      ? list
      : {
          ...known,
          at: Math.max(known.at, list.at),
          deferred: known.deferred && list.deferred,
          requests: known.requests + list.requests,
          usdPerToken: known.usdPerToken === null ? list.usdPerToken : known.usdPerToken + (list.usdPerToken ?? 0),
        },
  );
}

/** Tells threads in which nothing is removed or listed twice; threads with the same lists are looked at once. */
function plainness(items: Items): (thread: readonly Sent[]) => boolean {
  const known = new Map<string, boolean>();
  return (thread) => {
    if (thread.some(({ isRemoval }) => isRemoval)) return false;
    const lists = thread.map(({ list }) => list);
    const id = lists.join(' ');
    let plain = known.get(id);
    if (plain === undefined) {
      const keys = lists.flatMap((list) => items.get(list) ?? []).map(({ key }) => key);
      known.set(id, (plain = new Set(keys).size === keys.length));
    }
    return plain;
  };
}

/** Each thing of a thread by itself: a list of it counts until the next one, or its removal; a size that is not told again stays. */
function* steps(thread: readonly Sent[], items: Items): Generator<Share & { source: string; key: string }> {
  const chains = new Map<string, (Sent & { tokens: number | null })[]>();
  for (const list of [...thread].sort((a, b) => a.at - b.at)) {
    for (const { key, tokens } of items.get(list.list) ?? []) push(chains, key, { ...list, tokens });
  }
  for (const [key, chain] of chains) {
    let tokens: number | null = null;
    for (const [at, list] of chain.entries()) {
      if (list.isRemoval) continue;
      tokens = list.tokens ?? tokens;
      const next = chain[at + 1];
      const usdPerToken = list.usdPerToken === null ? null : list.usdPerToken - (next?.usdPerToken ?? 0);
      yield { ...list, key, tokens, requests: list.requests - (next?.requests ?? 0), usdPerToken };
    }
  }
}

/** How many sessions had which lists. */
function combinations(sent: readonly Sent[]): Iterable<{ source: string; lists: readonly number[]; sessions: number }> {
  const found = new Map<string, { source: string; lists: readonly number[]; sessions: number }>();
  const added = sent.filter(({ isRemoval }) => !isRemoval);
  for (const session of grouped(added, ({ session: id }) => String(id))) {
    const source = session[0]?.source ?? '';
    const lists = [...new Set(session.map(({ list }) => list))].sort((a, b) => a - b);
    const id = `${source} ${lists.join(' ')}`;
    const known = found.get(id);
    if (known === undefined) found.set(id, { source, lists, sessions: 1 });
    else known.sessions += 1;
  }
  return found.values();
}

function push<T>(groups: Map<string, T[]>, id: string, value: T): void {
  const group = groups.get(id);
  if (group === undefined) groups.set(id, [value]);
  else group.push(value);
}

function grouped<T>(all: readonly T[], id: (value: T) => string): Iterable<readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of all) push(groups, id(value), value);
  return groups.values();
}

/** Price of one token of a request: read from the cache where the request read from it, else written to it, else plain input. */
const RATE = `case when r.cache_read_tokens > 0 then v.cache_read_usd
  when r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0 then v.cache_write_usd else v.input_usd end`;

/** From the lists to their requests: so the requests of a list come together, and need not be sorted. */
async function sentLists(db: Db, query: Query): Promise<readonly Sent[]> {
  const where = requestsWhere(query);
  const rows = await db.all(
    `with sent as (
       select l.id, count(*) as requests, sum(${RATE}) / 1e6 as usd_per_token
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
  }));
}

async function itemsOf(db: Db): Promise<Items> {
  const named = new Map<unknown, Pick<Item, 'key' | 'servers'>>();
  for (const { id, kind, name } of await db.all('select id, kind, name from items')) {
    const key = `${String(kind)}\0${String(name)}`;
    named.set(id, { key, servers: serverKey(key) });
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
     ), latest as (
       select source, project_id, kind, max(session_at) as session_at from spans group by 1, 2, 3
     )
     select a.source, i.kind, i.name, min(a.first_at) as first_at, max(case when a.session_at = z.session_at then 1 else 0 end) as is_current
     from spans a join latest z on z.source = a.source and z.project_id is not distinct from a.project_id and z.kind = a.kind
     join item_list_items e on e.list_id = a.list_id join items i on i.id = e.item_id group by 1, 2, 3`,
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
