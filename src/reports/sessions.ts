import type { Row, Table } from '../model/table.ts';
import type { Db, SqlRow } from '../store/db.ts';
import { compactionsOf, NO_COMPACTIONS } from './common/compactions.ts';
import { describe, headerOf } from './common/describe.ts';
import { figureFields, figuresBy, messagesOf, type Figures } from './common/figures.ts';
import type { Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { amongSessions, limited } from './common/rows.ts';
import { prunedNote, unlessSums } from './common/sealed.ts';
import { sessionStates } from './common/session-state.ts';
import { isSealedSql } from '../scores/sealed.ts';
import { whyEmpty } from './common/why-empty.ts';

/** Which sessions did what: each with its state, models, figures and cost. */
export const report: Report = {
  name: 'sessions',
  summary: 'List sessions with their state, tokens and cost',
  question: 'Which sessions were there, how did they end, and what did they cost?',
  examples: [
    ['usage sessions --days 7 --sort cost', 'the most expensive of a week'],
    ['usage sessions --project .', 'those of this folder'],
  ],
  order: 40,
  groups: ['session'],
  sorts: ['last', 'cost', 'tokens', 'calls', 'errors'],
  days: 30,
  limit: 50,
  run,
};

async function run(db: Db, query: Query): Promise<Table> {
  const figures = await figuresBy(db, query, { sessions: 's.id', turns: 's.id', requests: 's.id', calls: 's.id' });
  const attributes = await db.all(
    `select s.id, s.key, s.source, p.path as project, s.branch, s.first_at, s.last_at
     from sessions s left join projects p on p.id = s.project_id where ${amongSessions('s.id', [...figures.keys()].map(Number))}`,
  );
  const entries = attributes
    .flatMap((row) => {
      const found = figures.get(String(row['id']));
      return found === undefined ? [] : [{ row, figures: found }];
    })
    .sort(order(query.sort));
  const { shown, cut } = limited(query, entries, 'sessions');
  const ids = shown.map(({ row }) => Number(row['id']));
  const [states, models, compactions] = [await sessionStates(db, query.now, ids), await modelsOf(db, ids), await compactionsOf(db, ids)];
  const rows = shown.map(({ row, figures: found }): Row => {
    const id = Number(row['id']);
    const { count, savedTokens } = compactions.get(id) ?? NO_COMPACTIONS;
    return {
      ...rowOf(row, found),
      state: states.get(id) ?? null,
      models: models.get(id) ?? [],
      compactions: count,
      compaction_saved_tokens: savedTokens,
    };
  });
  return {
    columns: COLUMNS,
    rows,
    header: await headerOf(db, query),
    footer: [...cut, ...(await unlessSums(db, query, 'these figures')), ...(await prunedNote(db, query, 'states and compactions'))],
    empty: await whyEmpty(db, query, rows, 'No session in this window. Widen it with --days.'),
    query: describe(query),
  };
}

const COLUMNS: Table['columns'] = [
  { name: 'session', title: 'session', kind: 'id' },
  { name: 'source', title: 'source', kind: 'text', drop: 6 },
  { name: 'project', title: 'project', kind: 'text' },
  { name: 'branch', title: 'branch', kind: 'text', drop: 8 },
  { name: 'models', title: 'models', kind: 'text', drop: 9 },
  { name: 'state', title: 'state', kind: 'text' },
  { name: 'turns', title: 'turns', kind: 'count', drop: 4 },
  { name: 'messages', title: 'messages', kind: 'count', hidden: true },
  { name: 'requests', title: 'requests', kind: 'count', drop: 7 },
  { name: 'tool_calls', title: 'calls', kind: 'count', drop: 3 },
  { name: 'tool_errors', title: 'errors', kind: 'count', drop: 5 },
  { name: 'total_tokens', title: 'tokens', kind: 'tokens' },
  { name: 'cost_usd', title: 'cost', kind: 'usd' },
  { name: 'compactions', title: 'compactions', kind: 'count', drop: 10 },
  { name: 'compaction_saved_tokens', title: 'saved', kind: 'tokens', drop: 11 },
  { name: 'first_at', title: 'first', kind: 'time', hidden: true },
  { name: 'last_at', title: 'last', kind: 'time', drop: 2 },
];

function rowOf(row: SqlRow, figures: Figures): Row {
  const { turns, requests, tool_calls, tool_errors, total_tokens, cost_usd } = figureFields(figures);
  return {
    session: row['key'] ?? null,
    source: row['source'] ?? null,
    project: row['project'] ?? null,
    branch: row['branch'] ?? null,
    turns: turns ?? null,
    messages: messagesOf(figures),
    requests: requests ?? null,
    tool_calls: tool_calls ?? null,
    tool_errors: tool_errors ?? null,
    total_tokens: total_tokens ?? null,
    cost_usd: cost_usd ?? null,
    first_at: row['first_at'] ?? null,
    last_at: row['last_at'] ?? null,
  };
}

async function modelsOf(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await db.all(
    `select distinct r.session_id, m.name from (
       select session_id, model_id from requests where ${amongSessions('session_id', ids)}
       union all select session_id, model_id from rollup_requests where ${isSealedSql('day')} and ${amongSessions('session_id', ids)}
     ) r join models m on m.id = r.model_id order by r.session_id, m.name`,
  );
  const models = new Map<number, string[]>();
  for (const row of rows) {
    const id = Number(row['session_id']);
    models.set(id, [...(models.get(id) ?? []), String(row['name'])]);
  }
  return models;
}

interface Entry {
  readonly row: SqlRow;
  readonly figures: Figures;
}

function order(sort: string): (a: Entry, b: Entry) => number {
  const value = ({ row, figures }: Entry): number => {
    const found = {
      last: row['last_at'],
      cost: figures.cost_nano_usd,
      tokens: figures.total_tokens,
      calls: figures.tool_calls,
      errors: figures.tool_errors,
    }[sort];
    return typeof found === 'number' ? found : -1;
  };
  return (a, b) => value(b) - value(a) || (String(a.row['key']) < String(b.row['key']) ? -1 : 1);
}
