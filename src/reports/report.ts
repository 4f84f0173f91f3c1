import type { Figure, Row, Table } from '../model/table.ts';
import { formatDay, monthOf, weekOf } from '../model/time.ts';
import type { Db } from '../store/db.ts';
import { coverage, describe, headerOf } from './common/describe.ts';
import { addFigures, FIGURE_COLUMNS, figureFields, figuresBy, UNDATED, type Figures, type Grouping } from './common/figures.ts';
import { asks, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';

/** What happened in a window: headline figures, then a row for each group. */
export const report: Report = {
  name: 'report',
  summary: 'Sum up a window: sessions, turns, requests, calls, tokens and cost, by day or any other group',
  example: 'usage report --days 7 --by model',
  groups: ['day', 'week', 'month', 'tool', 'model', 'project', 'source', 'session'],
  sorts: ['group', 'cost', 'tokens', 'calls', 'errors'],
  days: 30,
  limit: 50,
  run,
};

async function run(db: Db, query: Query): Promise<Table> {
  const groups = await rowsOf(db, query);
  const rows = [...groups].sort(order(query)).map(([group, figures]): Row => ({ group, ...figureFields(figures) }));
  const shown = query.limit === 0 ? rows : rows.slice(0, query.limit);
  const summary = await summaryTable(db, query);
  const cut = shown.length < rows.length ? [`${shown.length} of ${rows.length} rows; --limit 0 shows all`] : [];
  return {
    ...summary,
    columns: [{ name: 'group', title: query.by, kind: 'text' }, ...FIGURE_COLUMNS],
    rows: shown,
    footer: [...cut, ...(summary.footer ?? [])],
  };
}

/** The window as a whole, without rows. */
export async function summaryTable(db: Db, query: Query): Promise<Table> {
  const whole = await summaryOf(db, query);
  const unpriced = await unpricedModels(db, query);
  const { days } = await coverage(db, query);
  return {
    columns: [],
    rows: [],
    header: await headerOf(db, query),
    headline: headline(whole),
    footer: notes(whole, unpriced, query),
    empty: 'Nothing happened in this window. Widen it with --days, or run: usage import',
    fields: { summary: { ...figureFields(whole), unpriced_models: unpriced, coverage_days: days } },
    query: describe(query),
  };
}

/** Whole figures of the window, from the same conditions as the rows. */
export async function summaryOf(db: Db, query: Query): Promise<Figures> {
  const one: Grouping = { sessions: `'all'`, turns: `'all'`, requests: `'all'`, calls: `'all'` };
  const groups = await figuresBy(db, query, one);
  return groups.get('all') ?? nothing(asks(query.filters));
}

function nothing(isToolsOnly: boolean): Figures {
  const none = isToolsOnly ? null : 0;
  return {
    sessions: 0, turns: none, requests: none, failed_requests: none, retries: none, tool_calls: 0, tool_errors: 0, input_tokens: none, output_tokens: none,
    cache_read_tokens: none, cache_write_tokens: none, total_tokens: none, cost_nano_usd: null, unpriced_tokens: none,
  };
}

async function rowsOf(db: Db, query: Query): Promise<ReadonlyMap<string, Figures>> {
  const period = PERIODS[query.by];
  if (period !== undefined) return periodRows(db, query, period);
  const grouping = GROUPINGS[query.by];
  const groups = grouping === undefined ? new Map<string, Figures>() : await figuresBy(db, query, grouping);
  return new Map([...groups].map(([key, figures]) => [key === UNDATED ? '(none)' : key, figures]));
}

/** A quarter of an hour: every time zone in use cuts its days at one of these. */
const SLOT_MS = 900_000;

/**
 * Days are read as they are stored when the question is in the store's own zone, else put together from quarters of an
 * hour. Weeks and months are sums of days. A day counts a fact once, so all of these can be added.
 */
async function periodRows(db: Db, query: Query, periodOf: (day: number) => number): Promise<ReadonlyMap<string, Figures>> {
  const isHome = query.zone.name === query.homeZone.name;
  const by = (day: string, time: string): string => (isHome ? day : `${time} / ${SLOT_MS}`);
  const groups = await figuresBy(db, query, {
    sessions: by('s.day', 's.first_at'),
    turns: by('u.day', 'u.started_at'),
    requests: by('r.day', 'r.started_at'),
    calls: by('c.day', 'c.started_at'),
  });
  const periods = new Map<string, Figures>();
  for (const [key, figures] of groups) {
    const day = isHome ? Number(key) : query.zone.dayOf(Number(key) * SLOT_MS);
    const label = key === UNDATED ? 'undated' : periodLabel(query.by, periodOf(day));
    const known = periods.get(label);
    periods.set(label, known === undefined ? figures : addFigures(known, figures));
  }
  return periods;
}

const PERIODS: Readonly<Record<string, (day: number) => number>> = { day: (day) => day, week: weekOf, month: monthOf };
const periodLabel = (by: string, day: number): string => formatDay(day).slice(0, by === 'month' ? 7 : 10);

const GROUPINGS: Readonly<Record<string, Grouping>> = {
  tool: { sessions: null, turns: null, requests: null, calls: 't.name', countsSessionsByFacts: true },
  model: { sessions: null, turns: null, requests: 'm.name', calls: 'm.name', countsSessionsByFacts: true },
  project: { sessions: 'p.path', turns: 'p.path', requests: 'p.path', calls: 'p.path' },
  source: { sessions: 's.source', turns: 's.source', requests: 's.source', calls: 's.source' },
  session: { sessions: 's.key', turns: 's.key', requests: 's.key', calls: 's.key' },
};

/** Periods in the order of time, the latest first; other groups by cost, then by tokens, unless asked otherwise. */
function order({ by, sort }: Query): (a: readonly [string, Figures], b: readonly [string, Figures]) => number {
  const fields = {
    group: PERIODS[by] === undefined ? (['cost_nano_usd', 'total_tokens', 'tool_calls'] as const) : [],
    cost: ['cost_nano_usd'] as const,
    tokens: ['total_tokens'] as const,
    calls: ['tool_calls'] as const,
    errors: ['tool_errors'] as const,
  }[sort];
  return ([a, left], [b, right]) => {
    for (const field of fields ?? []) {
      const difference = (right[field] ?? -1) - (left[field] ?? -1);
      if (difference !== 0) return difference;
    }
    const direction = PERIODS[by] === undefined ? 1 : -1;
    return a < b ? -direction : a > b ? direction : 0;
  };
}

async function unpricedModels(db: Db, query: Query): Promise<readonly string[]> {
  if (asks(query.filters)) return [];
  const models = await figuresBy(db, query, { sessions: null, turns: null, requests: `coalesce(m.name, '(none)')`, calls: `coalesce(m.name, '(none)')` });
  return [...models].flatMap(([name, { unpriced_tokens }]) => ((unpriced_tokens ?? 0) > 0 ? [name] : [])).sort();
}

function headline(figures: Figures): readonly Figure[] {
  const { cost_nano_usd: nano } = figures;
  const all: readonly Figure[] = [
    { label: 'cost', kind: 'usd', value: nano === null ? null : nano / 1e9 },
    { label: 'tokens', kind: 'tokens', value: figures.total_tokens },
    { label: 'sessions', kind: 'count', value: figures.sessions },
    { label: 'turns', kind: 'count', value: figures.turns },
    { label: 'requests', kind: 'count', value: figures.requests },
    { label: 'failed', kind: 'count', value: figures.failed_requests },
    { label: 'tool calls', kind: 'count', value: figures.tool_calls },
    { label: 'tool errors', kind: 'count', value: figures.tool_errors },
  ];
  return all;
}

function notes(whole: Figures, unpriced: readonly string[], query: Query): readonly string[] {
  const said: string[] = [];
  if (unpriced.length > 0) said.push(`without a price, not in the cost: ${unpriced.join(', ')}; see: usage prices missing`);
  if (whole.cost_nano_usd !== null) said.push('cost is API-equivalent: what the tokens cost at list prices, no bill');
  if (asks(query.filters) || query.by === 'tool') said.push('cost of a tool is its share of the requests that called it');
  return said;
}
