import { estimatedTokens } from '../../model/tokens.ts';
import type { CatalogItem } from '../../model/catalog.ts';
import { identify } from '../../model/tool.ts';
import type { Exposure, Listed } from './exposure.ts';
import type { Use, Used } from './uses.ts';

/** What is known of a thing that takes up context. `no_evidence`: nothing tells whether it was loaded, or whether it helps. */
export const WEIGHT_STATES = [
  'dead',
  'dormant',
  'low_coverage',
  'used_elsewhere',
  'no_evidence',
  'used',
  'new',
  'disabled',
  'removed',
  'built_in',
] as const;
export type WeightState = (typeof WEIGHT_STATES)[number];

/** How the size of a thing is known: by the text that logs show, by its files, or as a name alone. */
const BASES = ['estimated', 'measured', 'deferred'] as const;
export type Basis = (typeof BASES)[number];

export interface Weight {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  /** Null: not in the configuration at hand. */
  readonly scope: string | null;
  readonly project: string | null;
  readonly plugin: string | null;
  readonly state: WeightState;
  /** Sessions of the window that had it in their context; null: no log tells. */
  readonly loadedSessions: number | null;
  readonly usedSessions: number;
  readonly uses: number;
  readonly firstSeenAt: number | null;
  /** Over all time. */
  readonly lastUsedAt: number | null;
  readonly residentTokens: number | null;
  readonly basis: Basis | null;
  readonly exposedTokens: number | null;
  readonly costUsd: number | null;
  /** Of a server's tools: how many are offered, and how many were called. */
  readonly tools: { readonly offered: number; readonly used: number } | null;
  readonly remove: string | null;
}

export interface Evidence {
  readonly catalog: readonly CatalogItem[];
  readonly exposures: readonly Exposure[];
  readonly listed: readonly Listed[];
  /** In the window; in the same sessions over all time; in the window in all projects; everywhere over all time. */
  readonly uses: Readonly<Record<'window' | 'windowAnywhere', readonly Use[]>> & Readonly<Record<'ever' | 'everAnywhere', readonly Used[]>>;
  /** What is younger than this is not judged. */
  readonly newSince: number;
}

const KINDS: ReadonlySet<string> = new Set(['skill', 'agent', 'mcp_server', 'command', 'memory', 'tool', 'plugin']);

/** Agents that are a part of the client. */
const OWN_AGENTS: ReadonlySet<string> = new Set([
  'general-purpose',
  'Explore',
  'Plan',
  'claude',
  'statusline-setup',
  'output-style-setup',
  'claude-code-guide',
]);

/** Everything that is installed, or was listed or used, with what it weighs and what it was used for. */
export function weigh(evidence: Evidence): readonly Weight[] {
  const exposed = byKey(withServers(evidence.exposures));
  const listed = byKey(serversOf(evidence.listed));
  const uses = {
    window: byKey(evidence.uses.window),
    ever: byKey(evidence.uses.ever),
    windowAnywhere: byKey(evidence.uses.windowAnywhere),
    everAnywhere: byKey(evidence.uses.everAnywhere),
  };
  const installed = groupByKey(evidence.catalog);
  const offered = toolsOffered(evidence.exposures);
  const keys = new Set([exposed, listed, uses.ever, installed].flatMap((known) => [...known.keys()]));
  const weights = [...keys].flatMap((key): readonly Weight[] => {
    const [source = '', kind = '', name = ''] = key.split('\0');
    if (!KINDS.has(kind)) return [];
    // What was typed goes by its skill where there is one.
    if (kind === 'command' && !installed.has(key) && installed.has(keyOf({ source, kind: 'skill', name }))) return [];
    const used = <T>(of: ReadonlyMap<string, T>): T | undefined =>
      of.get(key) ?? (kind === 'skill' ? of.get(keyOf({ source, kind: 'command', name })) : undefined);
    return [
      weightOf({
        source,
        kind,
        name,
        entries: installed.get(key) ?? [],
        exposure: exposed.get(key),
        listed: listed.get(key),
        now: used(uses.window),
        ever: used(uses.ever),
        nowAnywhere: used(uses.windowAnywhere),
        everAnywhere: used(uses.everAnywhere),
        offered: offered.get(key) ?? 0,
        newSince: evidence.newSince,
      }),
    ];
  });
  return withPlugins(weights);
}

interface Known {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  readonly entries: readonly CatalogItem[];
  readonly exposure: Exposure | undefined;
  readonly listed: Listed | undefined;
  readonly now: Use | undefined;
  readonly ever: Used | undefined;
  readonly nowAnywhere: Use | undefined;
  readonly everAnywhere: Used | undefined;
  readonly offered: number;
  readonly newSince: number;
}

function weightOf(known: Known): Weight {
  const { source, kind, name, entries, exposure, listed, now, ever } = known;
  const enabled = entries.filter(({ state }) => state === 'enabled');
  const shown = enabled.length > 0 ? enabled : entries;
  const estimate = sum(enabled.map(({ residentBytes }) => (residentBytes === null ? null : estimatedTokens(residentBytes))));
  const first = [...shown.map(({ addedAt }) => addedAt), listed?.firstAt ?? null, ever?.firstAt ?? null].filter((at) => at !== null);
  const residentTokens = exposure?.tokens ?? estimate;
  return {
    source,
    kind,
    name,
    scope: distinct(shown.map(({ scope }) => scope)),
    project: distinct(shown.flatMap(({ project }) => (project === null ? [] : [project]))),
    plugin: shown[0]?.plugin ?? null,
    state: stateOf(known, first.length === 0 ? null : Math.min(...first)),
    loadedSessions: exposure?.sessions ?? null,
    usedSessions: now?.sessions ?? 0,
    uses: now?.uses ?? 0,
    firstSeenAt: first.length === 0 ? null : Math.min(...first),
    lastUsedAt: ever?.lastAt ?? null,
    residentTokens,
    basis: residentTokens === null ? null : exposure?.tokens == null ? 'estimated' : exposure.deferred ? 'deferred' : 'measured',
    exposedTokens: exposure?.exposedTokens ?? null,
    costUsd: exposure?.costUsd ?? null,
    tools: known.offered > 0 ? { offered: Math.max(known.offered, now?.tools ?? 0), used: now?.tools ?? 0 } : null,
    remove: distinct(shown.map(({ remove }) => remove)),
  };
}

/** A server with this many tools of which fewer than a fifth were called is mostly ballast. */
const MANY_TOOLS = 10;
const LOW_COVERAGE = 0.2;

function stateOf(known: Known, firstSeenAt: number | null): WeightState {
  const { kind, name, entries, exposure, listed, now, ever, nowAnywhere, everAnywhere, offered } = known;
  const isInstalled = entries.length > 0;
  if (kind === 'tool' || (kind === 'agent' && OWN_AGENTS.has(name) && !isInstalled)) return 'built_in';
  if (isInstalled && entries.every(({ state }) => state === 'disabled')) return 'disabled';
  if (isInstalled && entries.every(({ scope }) => scope === 'client')) return 'built_in';
  if (now === undefined && !isInstalled && listed?.isCurrent !== true) return 'removed';
  if (now !== undefined) return offered > MANY_TOOLS && now.tools < offered * LOW_COVERAGE ? 'low_coverage' : 'used';
  if (nowAnywhere !== undefined) return 'used_elsewhere';
  if (ever !== undefined) return 'dormant';
  if (everAnywhere !== undefined) return 'used_elsewhere';
  if (firstSeenAt !== null && firstSeenAt >= known.newSince) return 'new';
  // That a memory file was loaded says nothing about whether it helped.
  return exposure === undefined || kind === 'memory' ? 'no_evidence' : 'dead';
}

/** A server weighs what it says of itself and what the names of its tools weigh. */
function withServers(exposures: readonly Exposure[]): readonly Exposure[] {
  const servers = new Map<string, Exposure>();
  for (const exposure of exposures) {
    const server = exposure.kind === 'mcp_tool' ? identify(exposure.name).server : exposure.kind === 'mcp_server' ? exposure.name : null;
    if (server === null) continue;
    const key = keyOf({ source: exposure.source, kind: 'mcp_server', name: server });
    const known = servers.get(key);
    servers.set(key, {
      source: exposure.source,
      kind: 'mcp_server',
      name: server,
      // Told of the server as a whole; its tools have no sessions that it has not.
      sessions: Math.max(known?.sessions ?? 0, exposure.sessions),
      tokens: sum([known?.tokens ?? null, exposure.tokens]),
      deferred: (known?.deferred ?? true) && exposure.deferred,
      exposedTokens: sum([known?.exposedTokens ?? null, exposure.exposedTokens]),
      costUsd: sum([known?.costUsd ?? null, exposure.costUsd]),
    });
  }
  return [...exposures.filter(({ kind }) => kind !== 'mcp_server' && kind !== 'mcp_tool'), ...servers.values()];
}

function serversOf(listed: readonly Listed[]): readonly Listed[] {
  const servers = new Map<string, Listed>();
  for (const each of listed) {
    const server = each.kind === 'mcp_tool' ? identify(each.name).server : each.kind === 'mcp_server' ? each.name : null;
    if (server === null) continue;
    const key = keyOf({ source: each.source, kind: 'mcp_server', name: server });
    const known = servers.get(key);
    const times = [known?.firstAt ?? null, each.firstAt].filter((at) => at !== null);
    servers.set(key, {
      source: each.source,
      kind: 'mcp_server',
      name: server,
      firstAt: times.length === 0 ? null : Math.min(...times),
      isCurrent: each.isCurrent || known?.isCurrent === true,
    });
  }
  return [...listed.filter(({ kind }) => kind !== 'mcp_server' && kind !== 'mcp_tool'), ...servers.values()];
}

/** How many tools of each server were listed. */
function toolsOffered(exposures: readonly Exposure[]): ReadonlyMap<string, number> {
  const offered = new Map<string, number>();
  for (const { source, kind, name } of exposures) {
    const { server } = identify(name);
    if (kind !== 'mcp_tool' || server === null) continue;
    const key = keyOf({ source, kind: 'mcp_server', name: server });
    offered.set(key, (offered.get(key) ?? 0) + 1);
  }
  return offered;
}

/** A plugin is what it brings: it was used when a part of it was, and weighs what they weigh. */
function withPlugins(weights: readonly Weight[]): readonly Weight[] {
  return weights.map((weight) => {
    if (weight.kind !== 'plugin' || weight.state === 'disabled') return weight;
    const parts = weights.filter(({ plugin, kind, source }) => kind !== 'plugin' && plugin === weight.name && source === weight.source);
    if (parts.length === 0) return weight;
    const lastUsed = parts.map(({ lastUsedAt }) => lastUsedAt).filter((at) => at !== null);
    const order: readonly WeightState[] = ['used', 'low_coverage', 'used_elsewhere', 'dormant', 'new', 'dead', 'no_evidence', 'disabled'];
    return {
      ...weight,
      state: order.find((state) => parts.some((part) => part.state === state)) ?? weight.state,
      loadedSessions: parts.reduce<number | null>(
        (most, part) => (part.loadedSessions === null ? most : Math.max(most ?? 0, part.loadedSessions)),
        null,
      ),
      usedSessions: Math.max(...parts.map(({ usedSessions }) => usedSessions)),
      uses: parts.reduce((total, { uses }) => total + uses, 0),
      lastUsedAt: lastUsed.length === 0 ? null : Math.max(...lastUsed),
      residentTokens: sum(parts.map(({ residentTokens }) => residentTokens)),
      // A sum is not surer than the least sure of its parts.
      basis: BASES.find((basis) => parts.some((part) => part.basis === basis)) ?? null,
      exposedTokens: sum(parts.map(({ exposedTokens }) => exposedTokens)),
      costUsd: sum(parts.map(({ costUsd }) => costUsd)),
    };
  });
}

const keyOf = ({ source, kind, name }: Pick<Use, 'source' | 'kind' | 'name'>): string => `${source}\0${kind}\0${name}`;

const byKey = <T extends Pick<Use, 'source' | 'kind' | 'name'>>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((each) => [keyOf(each), each]));

function groupByKey(items: readonly CatalogItem[]): ReadonlyMap<string, readonly CatalogItem[]> {
  const groups = new Map<string, CatalogItem[]>();
  for (const item of items) {
    const known = groups.get(keyOf(item));
    if (known === undefined) groups.set(keyOf(item), [item]);
    else known.push(item);
  }
  return groups;
}

/** Of what is known; null: nothing is. */
export function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

const distinct = (words: readonly string[]): string | null => (words.length === 0 ? null : [...new Set(words)].sort().join('; '));
