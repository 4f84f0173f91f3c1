import { UsageError } from '../../../model/errors.ts';
import type { Table } from '../../../model/table.ts';
import type { Db } from '../../../store/db.ts';
import { asks, type Query } from '../query.ts';
import type { Outside, Report, Wanted } from '../report.ts';
import { activity } from './activity.ts';
import { perDay } from './per-day.ts';
import { history } from './history.ts';

/** A window told in sections: what it cost, which tools work, what fails, what only takes room. A section without anything says so. */
export async function documentOf(report: Report, db: Db, query: Query, outside: Outside, wanted: Wanted): Promise<Table> {
  const ask = async (name: string, title: string, part: Partial<Query>, empty: string): Promise<readonly Table[]> => {
    const other = name === report.name ? report : await wanted.named(name);
    if (other === undefined) return [];
    try {
      const { footer = [], sections: _, fields: __, ...table } = await other.run(db, { ...query, ...PLAIN, ...part }, outside);
      return [{ ...table, title, header: [], headline: [], footer, empty }];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return [{ title, columns: [], rows: [], empty: error.message }];
    }
  };
  const hasBefore = query.window.from !== null;
  const whole = await report.run(db, { ...query, ...PLAIN, by: 'day', compare: hasBefore, limit: 1 }, outside);
  const tools = await ask(
    'tools',
    'Tools',
    { by: 'tool', sort: 'calls', limit: wanted.document === 'page' ? 50 : 10 },
    'No tool was called.',
  );
  const spend = async (by: string, title: string): Promise<readonly Table[]> =>
    asks(query.filters) ? [] : ask('report', title, { by, sort: 'cost', limit: 12 }, 'Nothing was spent.');
  const errors = ask('errors', 'Errors by class', { by: 'class', sort: 'errors', limit: 12 }, 'No call failed.');
  const dead = ask('dead-weight', 'Dead weight', { by: 'item', sort: 'cost', limit: 12 }, 'Nothing that is loaded goes unused.');
  const changed = hasBefore ? await ask('tools', 'Changes', { by: 'tool', sort: 'calls', compare: true }, '') : [];
  const sections =
    wanted.document === 'page'
      ? [
          ...(await perDay(db, query)),
          ...only(changed, 'Regressions', isWorse, 'No tool fails more or takes longer than in the window before.'),
          ...tools.map(brief(PAGE_TOOLS)),
          ...(await history(db, query, tools[0]?.rows ?? [])),
          ...(await errors),
          ...(await dead).map(brief(PAGE_WEIGHT)),
          ...(await spend('project', 'Projects')).map(brief(PAGE_SPEND)),
          ...(await activity(db, query)),
        ]
      : [
          ...tools.map(brief(DIGEST_TOOLS)),
          ...(await spend('model', 'Spend by model')).map(brief(DIGEST_SPEND)),
          ...(await spend('project', 'Spend by project')).map(brief(DIGEST_SPEND)),
          ...(await errors).map(brief(['class', 'errors', 'settled', 'error_rate'])),
          ...only(changed, 'Regressions', isWorse, 'No tool fails more or takes longer than in the window before.'),
          ...only(changed, 'New tools', isNew, 'No tool was called that was not called in the window before.').map(brief(NEW_TOOLS)),
          ...(await dead).map(brief(['name', 'kind', 'state', 'loaded_sessions', 'resident_tokens', 'cost_usd'])),
        ];
  const { header = [], headline = [], footer = [], empty, query: asked } = whole;
  return {
    title: 'Usage of coding agents',
    columns: [],
    rows: [],
    header: hasBefore ? [...header, 'Changes are against the window of the same length before.'] : header,
    headline,
    ...(whole.rows.length === 0 && empty !== undefined && { empty }),
    footer: footer.filter((note) => !CUT.test(note)),
    // What is noted of the whole is not noted of each part, and no option of one table is one of the document.
    sections: sections.map((part) => ({
      ...part,
      footer: (part.footer ?? []).filter((note) => !footer.includes(note)).map((note) => note.replace('; --limit 0 shows all', '')),
    })),
    ...(asked && { query: asked }),
  };
}

const PLAIN: Partial<Query> = { subject: null, compare: false, fill: false, limit: 0, own: {} };
/** The rows of days are not shown. */
const CUT = /^1 of \d+ rows/;

const PAGE_TOOLS = [
  'tool',
  'calls',
  'success_rate',
  'errors',
  'declined',
  'median_ms',
  'p95_ms',
  'avg_cost_usd',
  'total_cost_usd',
  'last_used',
];
const PAGE_SPEND = ['group', 'sessions', 'turns', 'tool_calls', 'tool_errors', 'total_tokens', 'cost_usd'];
const PAGE_WEIGHT = [
  'name',
  'kind',
  'state',
  'loaded_sessions',
  'used_sessions',
  'last_used',
  'resident_tokens',
  'exposed_tokens',
  'cost_usd',
];
const DIGEST_TOOLS = ['tool', 'calls', 'success_rate', 'errors', 'median_ms', 'total_cost_usd'];
const DIGEST_SPEND = ['group', 'sessions', 'tool_calls', 'total_tokens', 'cost_usd'];
const NEW_TOOLS = ['tool', 'calls', 'success_rate', 'median_ms'];

/** Fewer columns, for a text. */
const brief =
  (names: readonly string[]) =>
  (table: Table): Table => ({ ...table, columns: table.columns.filter(({ name }) => names.includes(name)) });

type Changes = readonly unknown[];
const isWorse = (changes: Changes): boolean => changes.includes('fails more') || changes.includes('slower');
const isNew = (changes: Changes): boolean => changes.includes('new');

function only(tables: readonly Table[], title: string, keep: (changes: Changes) => boolean, empty: string): readonly Table[] {
  return tables.map((table) => {
    const rows = table.rows.filter(({ changes }) => Array.isArray(changes) && keep(changes));
    return { ...table, title, empty, rows, footer: rows.length > 0 && title === 'Regressions' ? (table.footer ?? []).slice(-1) : [] };
  });
}
