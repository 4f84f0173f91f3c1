import { formatDay, monthOf, weekOf } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import { addFigures, figuresBy, noFigures, UNDATED, type Figures, type Grouping } from './figures.ts';
import type { Query } from './query.ts';

export const GROUPS = [
  'day',
  'week',
  'month',
  'hour',
  'tool',
  'model',
  'project',
  'branch',
  'source',
  'session',
  'status',
  'endpoint',
  'agent',
  'machine',
] as const;

const ofSession = (column: string): Grouping => ({
  sessions: column,
  turns: column,
  requests: column,
  calls: column,
  anomalies: column,
});
const ofRequest = (column: string, facts: boolean): Grouping => ({
  sessions: null,
  turns: null,
  requests: column,
  calls: column,
  countsSessionsByFacts: true,
  facts,
});

const GROUPINGS: Readonly<Record<string, Grouping>> = {
  tool: { sessions: null, turns: null, requests: null, calls: 't.name', countsSessionsByFacts: true },
  model: ofRequest('m.name', false),
  endpoint: ofRequest(`nullif(m.provider, '')`, false),
  status: ofRequest(`r.status || coalesce(' ' || r.http_status, '')`, true),
  agent: {
    ...ofRequest('', true),
    requests: `case when r.agent = '' then 'main thread' else 'sub-agents' end`,
    calls: `case when c.agent = '' then 'main thread' else 'sub-agents' end`,
  },
  project: ofSession('p.path'),
  branch: ofSession('s.branch'),
  source: ofSession('s.source'),
  session: ofSession('s.key'),
  machine: ofSession('(select name from machines where machines.id = s.machine_id)'),
};

/** Groups that no sums are kept by. */
export const readsFacts = (by: string): boolean => by === 'hour' || GROUPINGS[by]?.facts === true;

/** Groups that are stretches of time, by the first day of each. */
const PERIODS: Readonly<Record<string, (day: number) => number>> = { day: (day) => day, week: weekOf, month: monthOf };
export const isPeriod = (by: string): boolean => by in PERIODS || by === 'hour';

/** The figures of each group of a question. */
export async function groupFigures(db: Db, query: Query): Promise<ReadonlyMap<string, Figures>> {
  if (isPeriod(query.by)) return periodFigures(db, query);
  const grouping = GROUPINGS[query.by];
  const groups = grouping === undefined ? new Map<string, Figures>() : await figuresBy(db, query, grouping);
  return new Map([...groups].map(([key, figures]) => [key === UNDATED ? '(none)' : key, figures]));
}

/** Whole figures of the window, from the same conditions as the groups. */
export async function wholeFigures(db: Db, query: Query): Promise<Figures> {
  const whole = await figuresBy(db, query, ofSession(`'all'`));
  return whole.get('all') ?? noFigures(query);
}

/** A quarter of an hour: every time zone in use cuts its days at one of these. */
export const SLOT_MS = 900_000;

/**
 * Days are read as they are stored when the question is in the store's own zone, else put together from quarters of an
 * hour. Weeks and months are sums of days. A day counts a fact once, so all of these can be added.
 */
async function periodFigures(db: Db, query: Query): Promise<ReadonlyMap<string, Figures>> {
  const isStored = query.by !== 'hour' && query.zone.name === query.homeZone.name;
  const by = (day: string, time: string): string => (isStored ? day : `${time} / ${SLOT_MS}`);
  const groups = await figuresBy(db, query, {
    sessions: by('s.day', 's.first_at'),
    turns: by('u.day', 'u.started_at'),
    requests: by('r.day', 'r.started_at'),
    calls: by('c.day', 'c.started_at'),
    anomalies: by('a.day', 'a.at'),
    facts: !isStored,
  });
  const periods = new Map<string, Figures>();
  const add = (label: string, figures: Figures): void => {
    const known = periods.get(label);
    periods.set(label, known === undefined ? figures : addFigures(known, figures));
  };
  for (const [key, figures] of groups) {
    if (key === UNDATED) add('undated', figures);
    else if (query.by === 'hour') add(`${String(query.zone.hourOf(Number(key) * SLOT_MS)).padStart(2, '0')}:00`, figures);
    else add(periodLabel(query.by, isStored ? Number(key) : query.zone.dayOf(Number(key) * SLOT_MS)), figures);
  }
  if (query.fill) for (const label of labelsOf(query)) add(label, noFigures(query));
  return periods;
}

const periodLabel = (by: string, day: number): string => formatDay(PERIODS[by]?.(day) ?? day).slice(0, by === 'month' ? 7 : 10);

/** Every period of the window, also those without anything. */
function labelsOf({ by, window: { from, until }, zone, now }: Query): ReadonlySet<string> {
  if (by === 'hour') return new Set(Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`));
  const labels = new Set<string>();
  if (from === null) return labels;
  const last = zone.dayOf(Math.min(until ?? Infinity, now + 1) - 1);
  for (let day = zone.dayOf(from); day <= last; day++) labels.add(periodLabel(by, day));
  return labels;
}
