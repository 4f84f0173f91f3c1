import type { CellKind, Row, Table } from '../../../model/table.ts';
import { formatDay } from '../../../model/time.ts';
import type { Db } from '../../../store/db.ts';
import { figuresBy, type Figures } from '../figures.ts';
import { SLOT_MS } from '../groups.ts';
import { asks, type Query } from '../query.ts';
import { usdOf } from '../rows.ts';

/** More are told together: nobody can tell more colours apart. */
const MODELS = 6;
const REST = 'other models';

/** Cost and tokens of each day, by model. Tokens of certain tools cannot be told apart. */
export async function perDay(db: Db, query: Query): Promise<readonly Table[]> {
  if (asks(query.filters)) return [];
  const isStored = query.zone.name === query.homeZone.name;
  const key = `${isStored ? 'r.day' : `r.started_at / ${SLOT_MS}`} || '|' || coalesce(m.name, '(none)')`;
  const figures = await figuresBy(db, query, { sessions: null, turns: null, requests: key, calls: null, facts: !isStored });
  const days = new Map<number, Map<string, Figures[]>>();
  for (const [group, of] of figures) {
    const at = group.indexOf('|');
    const slot = Number(group.slice(0, at));
    const day = isStored ? slot : query.zone.dayOf(slot * SLOT_MS);
    if (at === -1 || day < 0) continue; // undated
    const models = days.get(day) ?? new Map<string, Figures[]>();
    days.set(day, models);
    const model = group.slice(at + 1);
    models.set(model, [...(models.get(model) ?? []), of]);
  }
  const models = byWeight(days);
  return [section('Cost per day', 'usd', days, models, costOf), section('Tokens per day', 'tokens', days, models, tokensOf)];
}

const costOf = ({ cost_nano_usd }: Figures): number | null => usdOf(cost_nano_usd);
const tokensOf = ({ total_tokens }: Figures): number | null => total_tokens;

/** The costliest first, in every chart alike: a model keeps its colour. */
function byWeight(days: ReadonlyMap<number, ReadonlyMap<string, readonly Figures[]>>): readonly string[] {
  const weights = new Map<string, { cost: number; tokens: number }>();
  for (const models of days.values()) {
    for (const [model, all] of models) {
      const weight = weights.get(model) ?? { cost: 0, tokens: 0 };
      weights.set(model, weight);
      for (const figures of all) {
        weight.cost += costOf(figures) ?? 0;
        weight.tokens += tokensOf(figures) ?? 0;
      }
    }
  }
  return [...weights]
    .filter(([, { cost, tokens }]) => cost > 0 || tokens > 0)
    .sort(([a, left], [b, right]) => right.cost - left.cost || right.tokens - left.tokens || (a < b ? -1 : 1))
    .map(([model]) => model);
}

function section(
  title: string,
  kind: CellKind,
  days: ReadonlyMap<number, ReadonlyMap<string, readonly Figures[]>>,
  models: readonly string[],
  valueOf: (figures: Figures) => number | null,
): Table {
  const known = [...days.keys()];
  const first = Math.min(...known);
  const x = known.length === 0 ? [] : Array.from({ length: Math.max(...known) - first + 1 }, (_, back) => first + back);
  const total = (models: readonly string[], day: number): number | null => {
    const values = models.flatMap((model) => days.get(day)?.get(model) ?? []).map(valueOf);
    const sums = values.filter((value) => value !== null);
    return sums.length === 0 ? null : sums.reduce((sum, value) => sum + value, 0);
  };
  const named = models.length > MODELS ? models.slice(0, MODELS - 1) : models;
  const rest = models.slice(named.length);
  const series = [...named.map((model) => ({ label: model, of: [model] })), ...(rest.length > 0 ? [{ label: REST, of: rest }] : [])];
  return {
    title,
    columns: [{ name: 'day', title: 'day', kind: 'text' }, ...series.map(({ label }, at) => ({ name: `m${at}`, title: label, kind }))],
    rows: x
      .filter((day) => days.has(day))
      .map((day): Row => ({ day: formatDay(day), ...Object.fromEntries(series.map(({ of }, at) => [`m${at}`, total(of, day)])) })),
    chart: { shape: 'stacked', kind, x, series: series.map(({ label, of }) => ({ label, values: x.map((day) => total(of, day)) })) },
    empty: kind === 'usd' ? 'No cost is known of this window.' : 'No tokens in this window.',
  };
}
