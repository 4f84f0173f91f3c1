import type { Figure, Row, Table } from '../model/table.ts';
import type { Db } from '../store/db.ts';
import { coverage, describe, headerOf } from './common/describe.ts';
import { FIGURE_COLUMNS, figureFields, figuresBy, type Figures } from './common/figures.ts';
import { GROUPS, groupFigures, isPeriod, readsFacts, wholeFigures } from './common/groups.ts';
import { asks, source, windowBefore, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { limited, usdOf } from './common/rows.ts';
import { prunedNote, unlessSums } from './common/sealed.ts';
import { whyEmpty } from './common/why-empty.ts';

/** What happened in a window: headline figures, then a row for each group. */
export const report: Report = {
  name: 'report',
  summary: 'Sum up a window: turns, requests, calls, tokens and cost',
  question: 'What happened in a window, and what did it cost?',
  examples: [
    ['usage report --days 7 --by model', 'where the tokens of a week went'],
    ['usage report --format html -o report.html', 'a page with charts'],
  ],
  order: 20,
  groups: GROUPS,
  compares: true,
  fills: true,
  sorts: ['group', 'cost', 'tokens', 'calls', 'errors'],
  days: 30,
  limit: 50,
  run,
  document: async (...asked) => (await import('./common/document/document.ts')).documentOf(report, ...asked),
};

async function run(db: Db, query: Query): Promise<Table> {
  const groups = await groupFigures(db, query);
  const before = query.compare ? await groupFigures(db, windowBefore(query)) : undefined;
  const rows = [...groups].sort(order(query)).map(([group, figures]): Row => ({
    group,
    ...figureFields(figures),
    ...(before && !isPeriod(query.by) && changesOf(figures, before.get(group))),
  }));
  const { shown, cut } = limited(query, rows);
  const summary = await summaryTable(db, query);
  return {
    ...summary,
    columns: [
      { name: 'group', title: query.by, kind: 'text' },
      ...FIGURE_COLUMNS,
      ...(query.compare && !isPeriod(query.by) ? CHANGE_COLUMNS : []),
    ],
    rows: shown,
    empty: await whyEmpty(db, query, rows, 'Nothing happened in this window.'),
    footer: [
      ...cut,
      ...(readsFacts(query.by) && source(query) === 'rollups' ? await prunedNote(db, query, 'these rows') : []),
      ...(summary.footer ?? []),
    ],
  };
}

/** The window as a whole, without rows. */
export async function summaryTable(db: Db, query: Query): Promise<Table> {
  const whole = await wholeFigures(db, query);
  const before = query.compare ? await wholeFigures(db, windowBefore(query)) : undefined;
  const unpriced = await unpricedModels(db, query);
  const { days } = await coverage(db, query);
  return {
    columns: [],
    rows: [],
    header: await headerOf(db, query),
    headline: headline(whole, before),
    footer: [
      ...(await unlessSums(db, query, 'these figures')),
      ...(query.filters.model !== null && source(query) === 'rollups' ? await prunedNote(db, query, 'turns of a model') : []),
      ...notes(whole, unpriced, query),
    ],
    fields: {
      summary: { ...figureFields(whole), unpriced_models: unpriced, coverage_days: days },
      ...(before && { previous: figureFields(before) }),
    },
    query: describe(query),
  };
}

/** Periods in the order of time, the latest first; other groups by cost, then by tokens, unless asked otherwise. */
function order({ by, sort }: Query): (a: readonly [string, Figures], b: readonly [string, Figures]) => number {
  const fields = {
    group: isPeriod(by) ? [] : (['cost_nano_usd', 'total_tokens', 'tool_calls'] as const),
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
    const direction = isPeriod(by) && by !== 'hour' ? -1 : 1;
    return a < b ? -direction : a > b ? direction : 0;
  };
}

async function unpricedModels(db: Db, query: Query): Promise<readonly string[]> {
  if (asks(query.filters)) return [];
  const models = await figuresBy(db, query, {
    sessions: null,
    turns: null,
    requests: `coalesce(m.name, '(none)')`,
    calls: `coalesce(m.name, '(none)')`,
  });
  return [...models].flatMap(([name, { unpriced_tokens }]) => ((unpriced_tokens ?? 0) > 0 ? [name] : [])).sort();
}

function headline(figures: Figures, before: Figures | undefined): readonly Figure[] {
  const change = (label: string, now: number | null, then: number | null | undefined): readonly Figure[] =>
    before === undefined ? [] : [{ label, kind: 'change', value: changeOf(now, then ?? null) }];
  return [
    { label: 'cost', kind: 'usd', value: usdOf(figures.cost_nano_usd) },
    ...change('cost change', figures.cost_nano_usd, before?.cost_nano_usd),
    { label: 'tokens', kind: 'tokens', value: figures.total_tokens },
    ...change('tokens change', figures.total_tokens, before?.total_tokens),
    { label: 'sessions', kind: 'count', value: figures.sessions },
    { label: 'turns', kind: 'count', value: figures.turns },
    { label: 'requests', kind: 'count', value: figures.requests },
    { label: 'failed', kind: 'count', value: figures.failed_requests },
    { label: 'tool calls', kind: 'count', value: figures.tool_calls },
    ...change('calls change', figures.tool_calls, before?.tool_calls),
    { label: 'tool errors', kind: 'count', value: figures.tool_errors },
  ];
}

/** Change as a share of what was before; unknown when there was nothing. */
const changeOf = (now: number | null, then: number | null): number | null =>
  now === null || then === null || then === 0 ? null : now / then - 1;

function changesOf(now: Figures, then: Figures | undefined): Row {
  const nano = then?.cost_nano_usd ?? null;
  return {
    previous_tool_calls: then?.tool_calls ?? 0,
    previous_total_tokens: then === undefined ? (now.total_tokens === null ? null : 0) : then.total_tokens,
    previous_cost_usd: usdOf(nano),
    cost_change: changeOf(now.cost_nano_usd, nano),
  };
}

const CHANGE_COLUMNS: Table['columns'] = [
  { name: 'previous_tool_calls', title: 'calls before', kind: 'count', hidden: true },
  { name: 'previous_total_tokens', title: 'tokens before', kind: 'tokens', hidden: true },
  { name: 'previous_cost_usd', title: 'cost before', kind: 'usd', drop: 3 },
  { name: 'cost_change', title: 'change', kind: 'change' },
];

function notes(whole: Figures, unpriced: readonly string[], query: Query): readonly string[] {
  const said: string[] = [];
  if (unpriced.length > 0) said.push(`without a price, not in the cost: ${unpriced.join(', ')}; see: usage prices missing`);
  if (whole.cost_nano_usd !== null) said.push('cost is API-equivalent: what the tokens cost at list prices, no bill');
  if (asks(query.filters) || query.by === 'tool') said.push('cost of a tool is its share of the requests that called it');
  const odd = whole.anomalies ?? 0;
  if (odd > 0) said.push(`${odd === 1 ? '1 fact does' : `${odd} facts do`} not fit together; see: usage status --issues`);
  return said;
}
