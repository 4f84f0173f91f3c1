import type { Row, Table } from '../model/table.ts';
import { formatDay } from '../model/time.ts';
import { SETTLED } from '../scores/figures.ts';
import type { Db, SqlRow } from '../store/db.ts';
import { describe, headerOf } from './common/describe.ts';
import { SLOT_MS } from './common/groups.ts';
import { callsWhere, FROM_CALLS, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { prunedNote } from './common/sealed.ts';
import { isLowSample, limited, lowSampleNote } from './common/rows.ts';
import { whyEmpty } from './common/why-empty.ts';

/** How calls fail: each class of error, by tool or any other group, against all settled calls of that group. */
export const report: Report = {
  name: 'errors',
  summary: 'Count how calls fail: by class, tool, model or project',
  question: 'How do calls fail, and how often?',
  examples: [
    ['usage errors --by tool', 'which tool fails in which way'],
    ['usage errors --tool Bash --by program', 'which programs fail in the shell'],
  ],
  order: 60,
  groups: ['class', 'tool', 'program', 'model', 'project', 'server', 'day'],
  sorts: ['errors', 'rate', 'last', 'group'],
  days: 30,
  limit: 50,
  filtersTools: true,
  run,
};

const GROUPS: Readonly<Record<string, string>> = {
  class: `'all'`,
  tool: 't.name',
  program: `case when t.kind = 'builtin' then c.item end`, // only shells have one
  model: `coalesce(m.name, '(none)')`,
  project: `coalesce(p.path, '(none)')`,
  server: 't.server',
  day: `c.started_at / ${SLOT_MS}`,
};

async function run(db: Db, query: Query): Promise<Table> {
  const rows = [...(await errorRows(db, query))].sort(order(query.sort));
  const { shown, cut } = limited(query, rows);
  return {
    columns: columnsOf(query.by),
    rows: shown,
    header: await headerOf(db, query),
    footer: [
      ...cut,
      ...lowSampleNote(shown),
      ...(await prunedNote(db, query, 'these calls')),
      ...(rows.length === 0
        ? []
        : ['rate: errors of the class ÷ settled calls of the group; declined, blocked and open calls are not settled']),
    ],
    empty: await whyEmpty(db, query, rows, 'No call failed in this window.'),
    query: describe(query),
  };
}

/** What one group has of settled calls, and how many of them failed in which way. */
interface Group {
  settled: number;
  readonly classes: Map<string, { errors: number; lastAt: number | null }>;
}

async function errorRows(db: Db, query: Query): Promise<readonly Row[]> {
  const where = callsWhere(query);
  const rows = await db.all(
    `select ${GROUPS[query.by]} as grp, case when c.outcome <> 'ok' then coalesce(c.error_class, 'unclassified') end as class,
       count(*) as n, max(c.started_at) as last_at
     ${FROM_CALLS} where c.outcome in ${SETTLED} and ${where.sql} group by 1, 2`,
    where.params,
  );
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const name = query.by === 'day' ? dayOf(query, row['grp']) : row['grp'];
    if (typeof name === 'string') add(groups, name, row);
  }
  return [...groups].flatMap(([group, { settled, classes }]) =>
    [...classes].map(([name, { errors, lastAt }]): Row => ({
      ...(query.by !== 'class' && { group }),
      class: name,
      errors,
      settled,
      error_rate: errors / settled,
      last_at: lastAt,
      low_sample: isLowSample(settled),
    })),
  );
}

const dayOf = ({ zone }: Query, slot: unknown): string => (typeof slot === 'number' ? formatDay(zone.dayOf(slot * SLOT_MS)) : 'undated');

function add(groups: Map<string, Group>, name: string, row: SqlRow): void {
  const group = groups.get(name) ?? { settled: 0, classes: new Map() };
  groups.set(name, group);
  const count = Number(row['n']);
  group.settled += count;
  const { class: failure, last_at: at } = row;
  if (typeof failure !== 'string') return;
  const { errors, lastAt } = group.classes.get(failure) ?? { errors: 0, lastAt: null };
  group.classes.set(failure, { errors: errors + count, lastAt: typeof at === 'number' ? Math.max(at, lastAt ?? at) : lastAt });
}

function columnsOf(by: string): Table['columns'] {
  return [
    ...(by === 'class' ? [] : [{ name: 'group', title: by, kind: 'text' } as const]),
    { name: 'class', title: 'class', kind: 'text' },
    { name: 'errors', title: 'errors', kind: 'count' },
    { name: 'settled', title: 'of settled', kind: 'count' },
    { name: 'error_rate', title: 'rate', kind: 'percent', mark: 'low_sample' },
    { name: 'last_at', title: 'last', kind: 'time', drop: 1 },
    { name: 'low_sample', title: 'few', kind: 'text', hidden: true },
  ];
}

function order(sort: string): (a: Row, b: Row) => number {
  const field = { errors: 'errors', rate: 'error_rate', last: 'last_at', group: 'group' }[sort] ?? 'errors';
  const name = (row: Row): string => JSON.stringify([row['group'], row['class']]);
  const byName = (a: Row, b: Row): number => (name(a) < name(b) ? -1 : 1);
  return (a, b) => (field === 'group' ? 0 : Number(b[field] ?? 0) - Number(a[field] ?? 0)) || byName(a, b);
}
