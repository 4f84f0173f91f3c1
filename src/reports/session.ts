import { UsageError } from '../model/errors.ts';
import type { Row, Table } from '../model/table.ts';
import { rfc3339 } from '../model/time.ts';
import { isSealedSql } from '../scores/sealed.ts';
import type { Db, SqlRow } from '../store/db.ts';
import { compactionsOf, NO_COMPACTIONS } from './common/compactions.ts';
import { figureFields, figuresBy, messagesOf } from './common/figures.ts';
import { NO_FILTERS, type Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { limited } from './common/rows.ts';
import { prunedNote } from './common/sealed.ts';
import { sessionStates } from './common/session-state.ts';
import { turnsOf, type Turn } from './common/turns.ts';
import { unknownName } from './common/why-empty.ts';

/** One session from beginning to end: its turns, their requests, their calls. */
export const report: Report = {
  name: 'session',
  summary: 'Follow one session from turn to request to call',
  question: 'What happened in this session, from turn to request to call?',
  examples: [
    ['usage session 1e685a05', 'usage sessions lists the ids'],
    ['usage session 1e685a05 --json', 'with all that is known'],
  ],
  order: 50,
  argument: { name: 'session', summary: 'the id of a session, or the beginning of it', required: true },
  groups: ['turn'],
  sorts: ['time'],
  days: null,
  limit: 200,
  run: (db, query) => sessionTable(db, query, query.subject ?? ''),
};

async function sessionTable(db: Db, query: Query, id: string): Promise<Table> {
  const session = await findSession(db, id);
  const sessionId = Number(session['id']);
  const state = (await sessionStates(db, query.now, [sessionId])).get(sessionId) ?? null;
  const turns = await turnsOf(db, sessionId);
  const lines = turns.flatMap(linesOf);
  const { shown, cut } = limited(query, lines, 'lines');
  const figures = await figuresOf(db, query, session);
  const compactions = (await compactionsOf(db, [sessionId])).get(sessionId) ?? NO_COMPACTIONS;
  const pruned = await db.all(
    `select distinct m.name as model from rollup_requests r join models m on m.id = r.model_id where r.session_id = :id and ${isSealedSql('r.day')}`,
    { id: sessionId },
  );
  const requests = [...turns.flatMap((turn) => turn.requests), ...pruned];
  const models = new Set(requests.map((row) => textOf(row['model'])).filter((model) => model !== null));
  return {
    columns: COLUMNS,
    rows: shown,
    header: [
      `Session ${String(session['key'])} · ${[session['source'], session['project'], session['branch']].filter((part) => part !== null).join(' · ')}`,
    ],
    headline: [
      { label: 'state', kind: 'text', value: state },
      { label: 'turns', kind: 'count', value: figures['turns'] ?? null },
      { label: 'requests', kind: 'count', value: figures['requests'] ?? null },
      { label: 'calls', kind: 'count', value: figures['tool_calls'] ?? null },
      { label: 'tokens', kind: 'tokens', value: figures['total_tokens'] ?? null },
      { label: 'cost', kind: 'usd', value: figures['cost_usd'] ?? null },
      { label: 'first', kind: 'time', value: session['first_at'] ?? null },
      { label: 'last', kind: 'time', value: session['last_at'] ?? null },
    ],
    footer: [
      ...cut,
      ...(typeof session['first_at'] === 'number'
        ? await prunedNote(db, { ...query, window: { from: session['first_at'], until: null } }, 'the turns shown')
        : []),
    ],
    empty: 'Nothing was counted in this session.',
    fields: {
      session: session['key'],
      source: session['source'],
      project: session['project'],
      branch: session['branch'],
      client_version: session['client_version'],
      entrypoint: session['entrypoint'],
      parent: session['parent'],
      models: [...models].sort(),
      state,
      messages: figures['messages'],
      requests: figures['requests'],
      tool_calls: figures['tool_calls'],
      tool_errors: figures['tool_errors'],
      total_tokens: figures['total_tokens'],
      cost_usd: figures['cost_usd'],
      compactions: compactions.count,
      compaction_saved_tokens: compactions.savedTokens,
      first_at: timeOf(session['first_at']),
      last_at: timeOf(session['last_at']),
      turns,
    },
    query: { session: session['key'], timezone: query.zone.name },
  };
}

/** The same figures that every other report has of it. */
async function figuresOf(db: Db, query: Query, session: SqlRow): Promise<Row> {
  const whole: Query = { ...query, window: { from: null, until: null }, filters: { ...NO_FILTERS, session: String(session['key']) } };
  const figures = await figuresBy(db, whole, { sessions: 's.id', turns: 's.id', requests: 's.id', calls: 's.id' });
  const found = figures.get(String(session['id']));
  return found === undefined ? {} : { ...figureFields(found), messages: messagesOf(found) };
}

const COLUMNS: Table['columns'] = [
  { name: 'at', title: 'at', kind: 'time' },
  { name: 'what', title: 'what', kind: 'text' },
  { name: 'outcome', title: 'outcome', kind: 'text', bad: 'is_bad' },
  { name: 'duration_ms', title: 'took', kind: 'ms' },
  { name: 'total_tokens', title: 'tokens', kind: 'tokens' },
  { name: 'cost_usd', title: 'cost', kind: 'usd' },
];

/** A turn, and below it its requests with their calls. */
function linesOf(turn: Turn): readonly Row[] {
  const at = (row: Row): Row => ({ ...row, at: typeof row['at'] === 'string' ? Date.parse(row['at']) : null });
  const name = turn.key === null ? 'outside of a turn' : turn.command === null ? (turn.trigger ?? 'turn') : `/${turn.command}`;
  const head: Row = {
    at: turn.started_at === null ? null : Date.parse(turn.started_at),
    what: name,
    outcome: turn.state,
    duration_ms: turn.duration_ms,
    total_tokens: null,
    cost_usd: null,
  };
  const work = [
    ...turn.requests.map((row): Row => ({
      ...at(row),
      what: `  ${textOf(row['model']) ?? 'request'}${inside(row)}`,
      outcome: row['status'] ?? null,
      duration_ms: null,
    })),
    ...turn.tool_calls.map((row): Row => ({
      ...at(row),
      what: `    ${textOf(row['tool']) ?? '-'}${named(row)}${inside(row)}`,
      total_tokens: null,
    })),
  ];
  const lines = [head, ...work.sort((a, b) => Number(a['at'] ?? 0) - Number(b['at'] ?? 0))];
  return lines.map((line) => ({ ...line, is_bad: line['outcome'] === 'error' || line['outcome'] === 'timeout' }));
}

const named = (row: Row): string => (typeof row['item'] === 'string' ? ` ${row['item']}` : '');
const inside = (row: Row): string => (row['agent'] === null ? '' : ' (sub-agent)');

/** Throws UsageError when no session or several begin with `id`. */
export async function findSession(db: Db, id: string): Promise<SqlRow> {
  const rows = await db.all(
    `select s.id, s.key, s.source, p.path as project, s.branch, s.client_version, s.entrypoint, s.parent, s.first_at, s.last_at
     from sessions s left join projects p on p.id = s.project_id
     where s.key like :id escape '\\' order by s.key = :exact desc, s.last_at desc limit 4`,
    { id: `${id.replace(/[\\%_]/g, '\\$&')}%`, exact: id },
  );
  const [first, second] = rows;
  if (first === undefined || id === '') throw await unknownName(db, 'session', id === '' ? '""' : id);
  if (second !== undefined && first['key'] !== id) {
    throw new UsageError(`Several sessions begin with ${id}.`, `Say more of it: ${rows.map((row) => String(row['key'])).join(', ')}.`);
  }
  return first;
}

const timeOf = (value: unknown): string | null => (typeof value === 'number' ? rfc3339(value) : null);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
