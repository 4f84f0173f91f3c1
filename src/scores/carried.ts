import { identify } from '../model/tool.ts';

/*
 * A request carries a list when it comes after it in the same thread, until the thing is removed or listed again. Of a window
 * this is the sum of its days: which lists came before a request does not hang on where the window begins.
 */

/** A list in one thread of a session, with the requests that came after it. */
export interface Sent {
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
  /** The last day before these requests on which one came after it; null: none did, or nobody asks. */
  readonly before: number | null;
}

/** A tool that is listed brings its server along, and a server itself; null: what is of none. */
export const serverOf = (kind: string, name: string): string | null =>
  kind === 'mcp_tool' ? identify(name).server : kind === 'mcp_server' ? name : null;

/** One thing of a list. `key` tells things apart. */
export interface Item {
  readonly key: string;
  /** The keys of the servers that it brings along. */
  readonly servers: readonly string[];
  readonly tokens: number | null;
}

/** Things by list. */
export type Items = ReadonlyMap<number, readonly Item[]>;

/** Parts of an exposure that add up, of one thing in the sessions of one source. */
export interface Carried {
  readonly source: string;
  readonly key: string;
  /** By the last list that told, at `toldAt`; null, at -1: none did. */
  tokens: number | null;
  toldAt: number;
  /** Only its name stood there. */
  deferred: boolean;
  /** Tokens × requests that carried them. */
  exposedTokens: number | null;
  /** At list prices, in USD; null: no price is known. */
  costUsd: number | null;
}

/**
 * Nearly all threads have each thing once, and the same lists as others: these are added up list by list before a list is
 * taken apart. Only what is left is gone through one by one.
 */
export function carriedIn(sent: readonly Sent[], items: Items): readonly Carried[] {
  const all = new Map<string, Carried>();
  const of = (source: string, key: string): Carried => {
    const id = `${source} ${key}`;
    let known = all.get(id);
    if (known === undefined)
      all.set(id, (known = { source, key, tokens: null, toldAt: -1, deferred: true, exposedTokens: null, costUsd: null }));
    return known;
  };

  const isPlain = plainness(items);
  const plain = new Map<string, Sent>();
  for (const thread of grouped(sent, ({ session, agent }) => `${session} ${agent}`)) {
    if (!isPlain(thread)) for (const step of steps(thread, items)) add(of(step.source, step.key), step);
    else for (const list of thread) merge(plain, `${list.source} ${list.list}`, list);
  }
  for (const list of plain.values()) {
    for (const { key, tokens } of items.get(list.list) ?? []) add(of(list.source, key), { ...list, tokens });
  }
  return [...all.values()];
}

/** Adds up what two days, or two servers' tools, tell of one thing. */
export function addCarried(sum: Carried, { tokens, toldAt, deferred, exposedTokens, costUsd }: Omit<Carried, 'source' | 'key'>): void {
  tell(sum, tokens, toldAt);
  if (!deferred) sum.deferred = false;
  if (exposedTokens !== null) sum.exposedTokens = (sum.exposedTokens ?? 0) + exposedTokens;
  if (costUsd !== null) sum.costUsd = (sum.costUsd ?? 0) + costUsd;
}

/** The last list that tells a size is right; of two at once, the larger. */
function tell(sum: Carried, tokens: number | null, at: number): void {
  if (tokens === null || at < sum.toldAt || (at === sum.toldAt && tokens < (sum.tokens ?? 0))) return;
  [sum.tokens, sum.toldAt] = [tokens, at];
}

/** Sessions that carried a thing, or a tool of a server. */
export interface CarryingSessions {
  readonly source: string;
  /** Of a thing, or of a server. */
  readonly key: string;
  /** The last day before on which they did; null: they did not, or nobody asks. */
  readonly before: number | null;
  sessions: number;
}

/** How many sessions carried what; sessions with the same lists are looked at once. */
export function sessionsIn(sent: readonly Sent[], items: Items): readonly CarryingSessions[] {
  const found = new Map<string, { readonly lists: readonly Sent[]; sessions: number }>();
  const added = sent.filter(({ isRemoval }) => !isRemoval);
  for (const session of grouped(added, ({ session: id }) => String(id))) {
    const lists = session.map(({ list, before }) => `${list}:${before ?? ''}`).sort();
    const id = `${session[0]?.source ?? ''} ${lists.join(' ')}`;
    const known = found.get(id);
    if (known === undefined) found.set(id, { lists: session, sessions: 1 });
    else known.sessions += 1;
  }
  const all = new Map<string, CarryingSessions>();
  for (const { lists, sessions } of found.values()) {
    const lastBefore = new Map<string, number | null>();
    for (const { list, before } of lists) {
      for (const { key, servers } of items.get(list) ?? [])
        for (const each of [key, ...servers]) lastBefore.set(each, later(before, lastBefore.get(each) ?? null));
    }
    const source = lists[0]?.source ?? '';
    for (const [key, before] of lastBefore) {
      const id = `${source} ${before ?? ''} ${key}`;
      const known = all.get(id);
      if (known === undefined) all.set(id, { source, key, before, sessions });
      else known.sessions += sessions;
    }
  }
  return [...all.values()];
}

const later = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

/** What one list adds to the exposure of one thing. */
type Share = Pick<Sent, 'at' | 'deferred' | 'requests' | 'usdPerToken'> & { readonly tokens: number | null };

function add(sum: Carried, { tokens, at, deferred, requests, usdPerToken }: Share): void {
  if (!deferred) sum.deferred = false;
  if (tokens === null) return;
  tell(sum, tokens, at);
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

/** Price in USD per million of one token of the request `r`, by `v` of model_rates: read from the cache where the request read from it, else written to it, else plain input. */
export const RATE_SQL = `case when r.cache_read_tokens > 0 then v.cache_read_usd
  when r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0 then v.cache_write_usd else v.input_usd end`;
