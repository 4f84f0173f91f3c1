import { UsageError } from '../model/errors.ts';
import { CATALOG_KINDS } from '../model/catalog.ts';
import type { Row, Table } from '../model/table.ts';
import { DAY_MS, formatDay } from '../model/time.ts';
import type { Db } from '../store/db.ts';
import { coverage, describe, headerOf } from './common/describe.ts';
import { exposures, listed } from './common/exposure.ts';
import { installed } from './common/installed.ts';
import { numberOf, oneOf, word } from './common/own-options.ts';
import type { Query } from './common/query.ts';
import type { Ignored, Outside, Report } from './common/report.ts';
import { limited } from './common/rows.ts';
import { prunedNote } from './common/sealed.ts';
import { everUsed, usesOf } from './common/uses.ts';
import { notes, removals, toNanoUsd, totalsOf } from './common/weight-notes.ts';
import { weigh, WEIGHT_STATES, type Weight, type WeightState } from './common/weight.ts';
import { noMatch, whyEmpty } from './common/why-empty.ts';

/** What is loaded into every session and hardly ever used: what it costs, and how to take it away. Nothing is edited. */
export const report: Report = {
  name: 'dead-weight',
  summary: 'Find what is loaded into every session and never used',
  question: 'What is loaded and never used, what does it cost, and how does it go away?',
  examples: [
    ['usage dead-weight', 'the last 30 days'],
    ['usage dead-weight --fail-over 2000', 'for scripts: exit 1 above so many tokens'],
  ],
  order: 30,
  exits: [[1, 'removing it all would free more tokens than --fail-over allows']],
  groups: ['item'],
  sorts: ['cost', 'tokens', 'name', 'last'],
  days: 30,
  limit: 50,
  options: [
    { flags: '--kind <kind>', summary: '', choices: CATALOG_KINDS },
    { flags: '--state <state>', summary: '', choices: WEIGHT_STATES },
    { flags: '--all', summary: 'also what is used, new, disabled, removed or built in' },
    { flags: '--grace <n>', summary: 'days that a new thing is left alone', preset: '14' },
    { flags: '--ignore <names>', summary: 'leave these out, separated by commas' },
    { flags: '--fail-over <n>', summary: 'exit 1 when more tokens of each request could be freed' },
  ],
  run,
};

async function run(db: Db, query: Query, outside: Outside): Promise<Table> {
  if (query.filters.model !== null || query.filters.tool !== null) {
    throw new UsageError('What is in the context belongs to no model and no tool.', 'Filter by --project, --source or --session.');
  }
  const asked = optionsOf(query);
  const { items, warnings } = await installed(db, query, outside);
  const all = weigh({
    catalog: items,
    exposures: await exposures(db, query),
    listed: await listed(db, query),
    uses: await allUses(db, query),
    newSince: query.now - asked.graceDays * DAY_MS,
  });
  const today = query.zone.dayOf(query.now);
  const onPurpose = outside.ignored().filter(({ until }) => until === null || until >= today);
  const ignoredAs = ({ name, kind }: Weight): Ignored | undefined =>
    onPurpose.find((entry) => entry.name === name && (entry.kind === null || entry.kind === kind));
  const listable = all.filter((weight) => isAsked(weight, asked, query));
  const ignored = listable.map(ignoredAs).filter((entry) => entry !== undefined);
  const weights = listable.filter((weight) => ignoredAs(weight) === undefined).sort(order(query.sort));
  const rows = weights.map(rowOf);
  const { shown, cut } = limited(query, rows);
  const plugins = new Set(listable.filter(({ kind }) => kind === 'plugin').map(({ name }) => name));
  const freed = weights.filter(
    ({ state, plugin }) => (state === 'dead' || state === 'dormant') && (plugin === null || !plugins.has(plugin)),
  );
  const totals = totalsOf(freed);
  const { days } = await coverage(db, query);
  const covered = await coveredDays(db);
  const covers = covered.first_day === null ? [] : [`recorded: ${covered.first_day} to ${covered.last_day}`];
  return {
    columns: COLUMNS,
    rows: shown,
    header: [...(await headerOf(db, query)), ...covers],
    // Whether a thing was ever used is asked of all time, whatever the window.
    footer: [
      ...cut,
      ...[await noMatch(db, query)].filter((note) => note !== null),
      ...(await prunedNote(db, { ...query, window: { from: null, until: null } }, 'uses and lists')),
      ...notes(shown, totals, freed.length),
      ...ignored.map(({ name, reason }) => `left out on purpose: ${name} (${reason})`),
    ],
    warnings: [...warnings, ...(await gapWarning(db, query, outside))],
    sections: removals(shown),
    empty: await whyEmpty(db, query, rows, 'Nothing that is loaded goes unused, as far as the logs tell.'),
    fields: { coverage: { ...covered, days }, totals, ignored: ignored.map(({ name, kind, reason }) => ({ name, kind, reason })) },
    failed: asked.failOver !== null && (totals.tokens_per_request ?? 0) > asked.failOver,
    query: { ...describe(query), grace: asked.graceDays },
  };
}

const COLUMNS: Table['columns'] = [
  { name: 'name', title: 'name', kind: 'text' },
  { name: 'kind', title: 'kind', kind: 'text' },
  { name: 'source', title: 'agent', kind: 'text', drop: 5 },
  { name: 'scope', title: 'scope', kind: 'text', drop: 7 },
  { name: 'project', title: 'project', kind: 'text', hidden: true },
  { name: 'state', title: 'state', kind: 'text' },
  { name: 'loaded_sessions', title: 'loaded', kind: 'count', drop: 2 },
  { name: 'used_sessions', title: 'used', kind: 'count', drop: 1 },
  { name: 'uses', title: 'uses', kind: 'count', hidden: true },
  { name: 'first_seen', title: 'first seen', kind: 'time', hidden: true },
  { name: 'last_used', title: 'last used', kind: 'time', none: 'never', drop: 4 },
  { name: 'resident_tokens', title: 'tokens', kind: 'tokens', mark: 'estimated' },
  { name: 'resident_basis', title: 'basis', kind: 'text', drop: 8 },
  { name: 'exposed_tokens', title: 'exposed', kind: 'tokens', drop: 6 },
  { name: 'cost_usd', title: 'cost', kind: 'usd', drop: 3 },
  { name: 'tools_offered', title: 'tools', kind: 'count', hidden: true },
  { name: 'tools_used', title: 'tools used', kind: 'count', hidden: true },
  { name: 'remove', title: 'remove', kind: 'text', hidden: true },
];

function rowOf(weight: Weight): Row {
  return {
    name: weight.name,
    kind: weight.kind,
    source: weight.source,
    scope: weight.scope,
    project: weight.project,
    state: weight.state,
    loaded_sessions: weight.loadedSessions,
    used_sessions: weight.usedSessions,
    uses: weight.uses,
    first_seen: weight.firstSeenAt,
    last_used: weight.lastUsedAt,
    resident_tokens: weight.residentTokens,
    resident_basis: weight.basis,
    estimated: weight.basis === 'estimated',
    exposed_tokens: weight.exposedTokens,
    cost_usd: toNanoUsd(weight.costUsd),
    tools_offered: weight.tools?.offered ?? null,
    tools_used: weight.tools?.used ?? null,
    remove: weight.remove,
  };
}

interface Asked {
  readonly kind: string | null;
  readonly state: WeightState | null;
  readonly all: boolean;
  readonly graceDays: number;
  readonly ignored: ReadonlySet<string>;
  readonly failOver: number | null;
}

function optionsOf(query: Query): Asked {
  return {
    kind: oneOf(query, 'kind', CATALOG_KINDS),
    state: oneOf(query, 'state', WEIGHT_STATES),
    all: query.own['all'] === true,
    graceDays: numberOf(query, 'grace', 'days') ?? 14,
    ignored: new Set(
      word(query, 'ignore')
        ?.split(',')
        .map((name) => name.trim()) ?? [],
    ),
    failOver: numberOf(query, 'fail-over', 'tokens'),
  };
}

/** What takes up context and is not known to be of use; memory files only when they are asked for. */
const WEIGHS: ReadonlySet<WeightState> = new Set<WeightState>(['dead', 'dormant', 'low_coverage', 'used_elsewhere', 'no_evidence']);

function isAsked({ name, kind, state, plugin, residentTokens }: Weight, asked: Asked, { filters }: Query): boolean {
  if (asked.ignored.has(name) || (asked.kind !== null && kind !== asked.kind)) return false;
  if (asked.state !== null) return state === asked.state;
  if (asked.all) return true;
  // A part goes with its plugin, and of a memory file nothing tells whether it helps.
  if ((plugin !== null || kind === 'memory') && asked.kind === null) return false;
  if (residentTokens === 0) return false;
  return WEIGHS.has(state) && (state !== 'used_elsewhere' || filters.project !== null);
}

function order(sort: string): (a: Weight, b: Weight) => number {
  const fields = {
    cost: ['costUsd', 'exposedTokens', 'residentTokens'] as const,
    tokens: ['residentTokens', 'exposedTokens'] as const,
    name: [],
    last: ['lastUsedAt'] as const,
  }[sort];
  const name = ({ kind, name: word, source }: Weight): string => JSON.stringify([word, kind, source]);
  // Sums of parts of a nano-dollar hang on their order.
  const told = (value: number | null, field: string): number => (field === 'costUsd' ? toNanoUsd(value) : value) ?? -1;
  return (a, b) => {
    for (const field of fields ?? []) {
      const difference = told(b[field], field) - told(a[field], field);
      if (difference !== 0) return difference;
    }
    return name(a) < name(b) ? -1 : 1;
  };
}

async function coveredDays(db: Db): Promise<{ first_day: string | null; last_day: string | null }> {
  const row = await db.get('select min(day) as first, max(day) as last from rollup_requests where day > 0');
  const day = (value: unknown): string | null => (typeof value === 'number' ? formatDay(value) : null);
  return { first_day: day(row?.['first']), last_day: day(row?.['last']) };
}

/** What an agent deleted before it was imported is not known. */
async function gapWarning(db: Db, query: Query, outside: Outside): Promise<readonly string[]> {
  const row = await db.get(
    `select max(gap) as gap from (
       select finished_at - lag(finished_at) over (order by finished_at) as gap, finished_at from import_runs where state = 'ok'
       union all select :now - max(finished_at), :now from import_runs where state = 'ok'
     ) where finished_at >= :from`,
    { now: query.now, from: query.window.from ?? 0 },
  );
  const days = Math.floor(Number(row?.['gap'] ?? 0) / DAY_MS);
  const cleanup = await outside.cleanupDays();
  if (days < cleanup) return [];
  return [
    `${days} days lay between two imports, and Claude Code deletes logs after ${cleanup} (cleanupPeriodDays): uses may be missing. Import at least every ${cleanup} days, as cron can.`,
  ];
}

async function allUses(db: Db, query: Query) {
  const [window, ever] = [await usesOf(db, query), await everUsed(db, query)];
  const anywhere: Query = { ...query, filters: { ...query.filters, project: null } };
  if (query.filters.project === null) return { window, ever, windowAnywhere: window, everAnywhere: ever };
  return { window, ever, windowAnywhere: await usesOf(db, anywhere), everAnywhere: await everUsed(db, anywhere) };
}
