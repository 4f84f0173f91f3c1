import { estimatedTokensSql } from '../model/tokens.ts';
import { UsageError } from '../model/errors.ts';
import type { Row, Table } from '../model/table.ts';
import type { Db, SqlRow } from '../store/db.ts';
import { describe, headerOf } from './common/describe.ts';
import { contextsWhere, listingsWhere, sessionOf, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { limited } from './common/rows.ts';
import { prunedNote } from './common/sealed.ts';
import { usesSql } from './common/uses.ts';
import { whyEmpty } from './common/why-empty.ts';

/** What was taken into the context: how often it was asked for, how often it was there unasked, and what that weighed. */
export const report: Report = {
  name: 'context',
  summary: 'Count how often what is in the context was used',
  question: 'What was loaded into the context, and how often was it asked for?',
  examples: [
    ['usage context --sort tokens', 'what weighs most'],
    ['usage context --days 30 --project .', 'in this folder'],
  ],
  order: 70,
  groups: ['record'],
  sorts: ['record', 'uses', 'exposures', 'tokens', 'last'],
  days: null,
  limit: 50,
  run,
};

async function run(db: Db, query: Query): Promise<Table> {
  if (query.filters.model !== null || query.filters.tool !== null) {
    throw new UsageError('What is in the context belongs to no model and no tool.', 'Filter by --project, --source or --session.');
  }
  const rows = [...(await recordRows(db, query))].sort(order(query.sort));
  const { shown, cut } = limited(query, rows, 'records');
  return {
    columns: COLUMNS,
    rows: shown,
    header: await headerOf(db, query),
    footer: [
      ...cut,
      ...(await prunedNote(db, query, 'these records')),
      ...(rows.length === 0 ? [] : ['an exposure is no use: it was in the context whether it was needed or not; tokens are estimates']),
    ],
    empty: await whyEmpty(db, query, rows, 'The logs tell of no record that was taken into the context. That is no proof that none was.'),
    query: describe(query),
  };
}

const COLUMNS: Table['columns'] = [
  { name: 'kind', title: 'kind', kind: 'text' },
  { name: 'slug', title: 'record', kind: 'text' },
  { name: 'uses', title: 'uses', kind: 'count' },
  { name: 'last_used', title: 'last used', kind: 'time', drop: 1 },
  { name: 'sources', title: 'by', kind: 'counts', drop: 3 },
  { name: 'exposures', title: 'exposures', kind: 'count' },
  { name: 'tokens_per_injection', title: 'tokens each', kind: 'tokens', drop: 2 },
  { name: 'exposure_tokens', title: 'tokens', kind: 'tokens' },
];

/** Things that stand in a context with their own text, or are asked for by name. Names of tools alone are left to `tools`. */
const SHOWN = `('skill', 'agent', 'memory', 'mcp_server')`;

/**
 * Records that logs tell of as such, what stands on lists, and what was asked for. Lists are counted before they are taken
 * apart: many sessions begin with the same one.
 */
async function recordRows(db: Db, query: Query): Promise<readonly Row[]> {
  const [contexts, listings, uses] = [contextsWhere(query), listingsWhere(query), usesSql(query)];
  const rows = await db.all(
    `with used as (${uses.sql}), counted as (
      select l.list_id, count(*) as n, max(l.at) as at from listings l ${sessionOf('l')}
      where l.change = 'added' and ${listings.sql} group by l.list_id
    ), seen as (
      select x.kind, x.slug, x.role, coalesce(x.origin, 'unknown') as origin, x.at, 1 as n, x.tokens, x.key
      from contexts x ${sessionOf('x')} where ${contexts.sql}
      union all
      select kind, name, 'use', origin, at, 1, null, key from used where loaded = 1
      union all
      select i.kind, i.name, 'exposure', 'listed', c.at, c.n, ${estimatedTokensSql('e.size_bytes')}, ''
      from counted c join item_list_items e on e.list_id = c.list_id join items i on i.id = e.item_id where i.kind in ${SHOWN}
    ), latest as (
      select kind, slug, tokens, row_number() over (partition by kind, slug order by at desc, key desc) as k
      from seen where role = 'exposure' and tokens is not null
    )
    select seen.kind, seen.slug, seen.origin, seen.role, sum(seen.n) as n, max(seen.at) as last_at, sum(seen.n * seen.tokens) as tokens,
      min(latest.tokens) as tokens_each
    from seen left join latest on latest.kind = seen.kind and latest.slug = seen.slug and latest.k = 1
    group by 1, 2, 3, 4 order by 1, 2, 3`,
    { ...contexts.params, ...listings.params, ...uses.params },
  );
  const records = new Map<string, SqlRow[]>();
  for (const row of rows) {
    const name = `${String(row['kind'])}\0${String(row['slug'])}`;
    const parts = records.get(name);
    if (parts === undefined) records.set(name, [row]);
    else parts.push(row);
  }
  return [...records.values()].map(rowOf);
}

function rowOf(parts: readonly SqlRow[]): Row {
  const uses = parts.filter((part) => part['role'] === 'use');
  const exposures = parts.filter((part) => part['role'] === 'exposure');
  const sum = (rows: readonly SqlRow[], field: string): number => rows.reduce((total, row) => total + Number(row[field] ?? 0), 0);
  const times = uses.map((row) => row['last_at']).filter((at) => typeof at === 'number');
  const known = exposures.some((row) => row['tokens'] !== null);
  return {
    kind: parts[0]?.['kind'] ?? null,
    slug: parts[0]?.['slug'] ?? null,
    uses: sum(uses, 'n'),
    last_used: times.length === 0 ? null : Math.max(...times),
    sources: Object.fromEntries(uses.map((row) => [String(row['origin']), Number(row['n'])])),
    exposures: sum(exposures, 'n'),
    tokens_per_injection: parts[0]?.['tokens_each'] ?? null,
    exposure_tokens: known ? sum(exposures, 'tokens') : exposures.length === 0 ? 0 : null,
  };
}

function order(sort: string): (a: Row, b: Row) => number {
  const field = { record: '', uses: 'uses', exposures: 'exposures', tokens: 'exposure_tokens', last: 'last_used' }[sort] ?? '';
  const name = (row: Row): string => JSON.stringify([row['kind'], row['slug']]);
  return (a, b) => (field === '' ? 0 : Number(b[field] ?? -1) - Number(a[field] ?? -1)) || (name(a) < name(b) ? -1 : 1);
}
