import type { Row, Table } from '../model/table.ts';
import { formatDay } from '../model/time.ts';
import { LOW_SAMPLE } from '../scores/figures.ts';
import type { Db } from '../store/db.ts';
import { describe, headerOf } from './common/describe.ts';
import { callsWhere, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';

/** How calls fail: each class of error, by tool or any other group, against all settled calls of that group. */
export const report: Report = {
  name: 'errors',
  summary: 'Show how calls fail: exit codes, timeouts, files not found, edits that do not match, …',
  example: 'usage errors --by tool',
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
  program: `case when t.kind = 'builtin' then coalesce(c.item, '(none)') end`,
  model: `coalesce(m.name, '(none)')`,
  project: `coalesce(p.path, '(none)')`,
  server: 't.server',
  day: 'c.day',
};

async function run(db: Db, query: Query): Promise<Table> {
  const rows = [...(await errorRows(db, query))].sort(order(query.sort));
  const shown = query.limit === 0 ? rows : rows.slice(0, query.limit);
  return {
    columns: columnsOf(query.by),
    rows: shown,
    header: await headerOf(db, query),
    footer: [
      ...(shown.length < rows.length ? [`${shown.length} of ${rows.length} rows; --limit 0 shows all`] : []),
      ...(shown.some((row) => row['low_sample'] === true) ? [`* fewer than ${LOW_SAMPLE} settled calls: too few to judge by`] : []),
      'rate: errors of the class ÷ settled calls of the group; declined, blocked and open calls are not settled',
    ],
    empty: 'No call failed in this window.',
    query: describe(query),
  };
}

async function errorRows(db: Db, query: Query): Promise<readonly Row[]> {
  const where = callsWhere(query);
  const rows = await db.all(
    `with settled as (
      select ${GROUPS[query.by]} as grp, c.outcome, c.started_at, coalesce(c.error_class, 'unclassified') as class
      from tool_calls c join tools t on t.id = c.tool_id join sessions s on s.id = c.session_id
      left join projects p on p.id = s.project_id left join requests r on r.id = c.request_id left join models m on m.id = r.model_id
      where c.outcome in ('ok', 'error', 'timeout') and ${where.sql}
    ), whole as (select grp, count(*) as settled from settled where grp is not null group by 1)
    select s.grp, s.class, count(*) as errors, min(whole.settled) as settled, max(s.started_at) as last_at
    from settled s join whole on whole.grp = s.grp where s.outcome <> 'ok' group by 1, 2`,
    where.params,
  );
  return rows.map((row): Row => {
    const [errors, settled] = [Number(row['errors']), Number(row['settled'])];
    const group = query.by === 'day' ? formatDay(Number(row['grp'])) : String(row['grp']);
    return {
      ...(query.by !== 'class' && { group }),
      class: String(row['class']),
      errors,
      settled,
      error_rate: errors / settled,
      last_at: row['last_at'] ?? null,
      low_sample: settled < LOW_SAMPLE,
    };
  });
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
