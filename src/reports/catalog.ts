import { estimatedTokens } from '../model/tokens.ts';
import { CATALOG_KINDS, CATALOG_STATES, type CatalogItem } from '../model/catalog.ts';
import { grouped } from '../model/number.ts';
import type { Row, Table } from '../model/table.ts';
import type { Db } from '../store/db.ts';
import { describe } from './common/describe.ts';
import { installed } from './common/installed.ts';
import { oneOf } from './common/own-options.ts';
import type { Query } from './common/query.ts';
import type { Outside, Report } from './common/report.ts';
import { limited } from './common/rows.ts';

/** What is installed for the agents, whether it was ever used or not; `dead-weight` holds it against its use. */
export const report: Report = {
  name: 'catalog',
  summary: 'List what is installed: servers, skills, agents, commands',
  question: 'What is installed for the agents on this machine?',
  examples: [
    ['usage catalog --kind skill', 'all skills'],
    ['usage catalog --sort tokens', 'what takes up most of a context'],
  ],
  order: 80,
  groups: ['item'],
  sorts: ['kind', 'name', 'tokens', 'added'],
  days: null,
  limit: 100,
  options: [
    { flags: '--kind <kind>', summary: '', choices: CATALOG_KINDS },
    { flags: '--state <state>', summary: '', choices: CATALOG_STATES },
  ],
  run,
};

async function run(db: Db, query: Query, outside: Outside): Promise<Table> {
  const [kind, state] = [oneOf(query, 'kind', CATALOG_KINDS), oneOf(query, 'state', CATALOG_STATES)];
  const { items: all, warnings } = await installed(db, query, outside);
  const items = all.filter(
    (item) =>
      (kind === null || item.kind === kind) &&
      (state === null || item.state === state) &&
      (query.filters.project === null || item.project !== null),
  );
  const rows = [...items].sort(order(query.sort)).map(rowOf);
  const { shown, cut } = limited(query, rows, 'items');
  return {
    columns: COLUMNS,
    rows: shown,
    footer: [...cut, ...notes(items)],
    empty: 'Nothing is installed, as far as the configuration of Claude Code and Codex CLI tells.',
    warnings,
    query: describe(query),
  };
}

const COLUMNS: Table['columns'] = [
  { name: 'kind', title: 'kind', kind: 'text' },
  { name: 'name', title: 'name', kind: 'text' },
  { name: 'source', title: 'agent', kind: 'text', drop: 2 },
  { name: 'scope', title: 'scope', kind: 'text' },
  { name: 'project', title: 'project', kind: 'text', drop: 3 },
  { name: 'plugin', title: 'plugin', kind: 'text', hidden: true },
  { name: 'state', title: 'state', kind: 'text', drop: 1 },
  { name: 'resident_bytes', title: 'bytes', kind: 'bytes', hidden: true },
  { name: 'resident_tokens', title: 'tokens', kind: 'tokens' },
  { name: 'added_at', title: 'added', kind: 'time', drop: 5 },
  { name: 'path', title: 'path', kind: 'text', drop: 6 },
  { name: 'remove', title: 'remove', kind: 'text', hidden: true },
];

const rowOf = (item: CatalogItem): Row => ({
  kind: item.kind,
  name: item.name,
  source: item.source,
  scope: item.scope,
  project: item.project,
  plugin: item.plugin,
  state: item.state,
  resident_bytes: item.residentBytes,
  resident_tokens: tokensOf(item),
  added_at: item.addedAt,
  path: item.path,
  remove: item.remove,
});

const tokensOf = ({ residentBytes }: CatalogItem): number | null => (residentBytes === null ? null : estimatedTokens(residentBytes));

function notes(items: readonly CatalogItem[]): readonly string[] {
  if (items.length === 0) return [];
  const n = (count: number, kind: string): string => (count === 0 ? '' : `${count} ${kind.replace('_', ' ')}${count === 1 ? '' : 's'}`);
  const counts = CATALOG_KINDS.map((kind) =>
    n(items.filter((item) => item.kind === kind).length, kind === 'memory' ? 'memory file' : kind),
  );
  return [
    counts.filter((words) => words !== '').join(', '),
    'tokens: what stands in every context because of it, estimated by its files at 4 bytes a token; what servers take up only logs tell: see usage dead-weight',
    ...AGENTS.flatMap(([source, name]) =>
      everywhere(
        items.filter((item) => item.source === source),
        name,
      ),
    ),
  ];
}

const AGENTS = [
  ['claude', 'Claude Code'],
  ['codex', 'Codex CLI'],
] as const;

/** What no session of an agent is without, wherever it works. */
function everywhere(items: readonly CatalogItem[], agent: string): readonly string[] {
  const tokens = items
    .filter(({ state, project }) => state === 'enabled' && project === null)
    .reduce((sum, item) => sum + (tokensOf(item) ?? 0), 0);
  return tokens === 0 ? [] : [`in each session of ${agent}, whatever the project: about ${grouped(tokens)} tokens`];
}

function order(sort: string): (a: CatalogItem, b: CatalogItem) => number {
  const kinds = (item: CatalogItem): number => CATALOG_KINDS.indexOf(item.kind);
  const words = (item: CatalogItem): string => JSON.stringify([item.name, item.source, item.scope, item.project, item.path]);
  const by = {
    kind: (a: CatalogItem, b: CatalogItem) => kinds(a) - kinds(b),
    name: () => 0,
    tokens: (a: CatalogItem, b: CatalogItem) => (b.residentBytes ?? -1) - (a.residentBytes ?? -1),
    added: (a: CatalogItem, b: CatalogItem) => (b.addedAt ?? -1) - (a.addedAt ?? -1),
  }[sort];
  return (a, b) => (by?.(a, b) ?? 0) || (words(a) < words(b) ? -1 : 1);
}
