import { UsageError } from '../model/errors.ts';
import type { Row, Table } from '../model/table.ts';
import { rfc3339 } from '../model/time.ts';
import type { Db, SqlRow } from '../store/db.ts';
import type { Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { sessionStates } from './common/session-state.ts';

/** One session from beginning to end: its turns, their requests, their calls. */
export const report: Report = {
  name: 'session',
  summary: 'Show one session: its turns, their requests and calls',
  example: 'usage session 1e685a05',
  argument: { name: 'id', summary: 'the id of a session, or the beginning of it', required: true },
  groups: ['turn'],
  sorts: ['time'],
  days: null,
  limit: 200,
  run: (db, query) => sessionTable(db, query, query.subject ?? ''),
};

async function sessionTable(db: Db, query: Query, id: string): Promise<Table> {
  const session = await find(db, id);
  const sessionId = Number(session['id']);
  const state = (await sessionStates(db, query.now)).get(sessionId) ?? null;
  const turns = await turnsOf(db, sessionId);
  const lines = turns.flatMap(linesOf);
  const shown = query.limit === 0 ? lines : lines.slice(0, query.limit);
  const sum = (field: string): number => turns.reduce((total, turn) => total + turn.requests.reduce((all, row) => all + Number(row[field] ?? 0), 0), 0);
  const costs = turns.flatMap((turn) => turn.requests.map((row) => row['cost_usd'])).filter((cost) => typeof cost === 'number');
  const calls = turns.flatMap((turn) => turn.tool_calls);
  return {
    columns: COLUMNS,
    rows: shown,
    header: [
      `Session ${String(session['key'])} · ${[session['source'], session['project'], session['branch']].filter((part) => part !== null).join(' · ')}`,
    ],
    headline: [
      { label: 'state', kind: 'text', value: state },
      { label: 'turns', kind: 'count', value: turns.filter((turn) => turn.key !== null).length },
      { label: 'requests', kind: 'count', value: turns.reduce((total, turn) => total + turn.requests.length, 0) },
      { label: 'calls', kind: 'count', value: calls.length },
      { label: 'tokens', kind: 'tokens', value: sum('total_tokens') },
      { label: 'cost', kind: 'usd', value: costs.length === 0 ? null : costs.reduce((total, cost) => total + cost, 0) },
      { label: 'first', kind: 'time', value: session['first_at'] ?? null },
      { label: 'last', kind: 'time', value: session['last_at'] ?? null },
    ],
    footer: shown.length < lines.length ? [`${shown.length} of ${lines.length} lines; --limit 0 shows all`] : [],
    empty: 'Nothing was counted in this session.',
    fields: {
      session: session['key'],
      source: session['source'],
      project: session['project'],
      branch: session['branch'],
      client_version: session['client_version'],
      parent: session['parent'],
      state,
      first_at: timeOf(session['first_at']),
      last_at: timeOf(session['last_at']),
      turns,
    },
    query: { session: session['key'], timezone: query.zone.name },
  };
}

interface Turn {
  /** Null: work outside of any turn, such as that of a sub-agent whose parent is not known. */
  readonly key: string | null;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
  readonly trigger: string | null;
  readonly command: string | null;
  readonly state: string;
  readonly requests: readonly Row[];
  readonly tool_calls: readonly Row[];
}

const COLUMNS: Table['columns'] = [
  { name: 'at', title: 'at', kind: 'time' },
  { name: 'what', title: 'what', kind: 'text' },
  { name: 'outcome', title: 'outcome', kind: 'text' },
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
    ...turn.requests.map((row): Row => ({ ...at(row), what: `  ${textOf(row['model']) ?? 'request'}${inside(row)}`, outcome: row['status'] ?? null, duration_ms: null })),
    ...turn.tool_calls.map((row): Row => ({ ...at(row), what: `    ${textOf(row['tool']) ?? '-'}${named(row)}${inside(row)}`, total_tokens: null })),
  ];
  return [head, ...work.sort((a, b) => Number(a['at'] ?? 0) - Number(b['at'] ?? 0))];
}

const named = (row: Row): string => (typeof row['item'] === 'string' ? ` ${row['item']}` : '');
const inside = (row: Row): string => (row['agent'] === null ? '' : ' (sub-agent)');

async function find(db: Db, id: string): Promise<SqlRow> {
  const rows = await db.all(
    `select s.id, s.key, s.source, p.path as project, s.branch, s.client_version, s.parent, s.first_at, s.last_at
     from sessions s left join projects p on p.id = s.project_id
     where s.key like :id escape '\\' order by s.key = :exact desc, s.last_at desc limit 4`,
    { id: `${id.replace(/[\\%_]/g, '\\$&')}%`, exact: id },
  );
  const [first, second] = rows;
  if (first === undefined || id === '') throw new UsageError(`No session begins with ${id === '' ? '""' : id}.`, 'usage sessions lists them.');
  if (second !== undefined && first['key'] !== id) {
    throw new UsageError(`Several sessions begin with ${id}.`, `Say more of it: ${rows.map((row) => String(row['key'])).join(', ')}.`);
  }
  return first;
}

/**
 * Turns in order of time with their requests and calls. What a sub-agent did names no turn; it belongs to the turn that ran
 * when it began.
 */
async function turnsOf(db: Db, sessionId: number): Promise<readonly Turn[]> {
  const turns = await db.all(
    'select id, key, started_at, ended_at, reported_ms, trigger, command, outcome from turns where session_id = :id order by started_at, key',
    { id: sessionId },
  );
  const requests = await db.all(
    `select r.turn_id, r.started_at as at, nullif(r.agent, '') as agent, m.name as model, r.status, r.http_status, r.input_tokens,
       r.output_tokens, r.cache_read_tokens, r.cache_write_5m_tokens + r.cache_write_1h_tokens as cache_write_tokens,
       r.input_tokens + r.cache_read_tokens + r.cache_write_5m_tokens + r.cache_write_1h_tokens + r.output_tokens as total_tokens,
       r.cost_nano_usd
     from requests r left join models m on m.id = r.model_id where r.session_id = :id order by r.started_at, r.key`,
    { id: sessionId },
  );
  const calls = await db.all(
    `select c.turn_id, c.started_at as at, nullif(c.agent, '') as agent, t.name as tool, c.item, c.outcome, c.error_class, c.duration_ms,
       c.cost_nano_usd
     from tool_calls c join tools t on t.id = c.tool_id where c.session_id = :id order by c.started_at, c.key`,
    { id: sessionId },
  );
  const home = (row: SqlRow): number | null => {
    if (typeof row['turn_id'] === 'number') return row['turn_id'];
    const before = turns.filter((turn) => Number(turn['started_at']) <= Number(row['at']));
    return before.length === 0 ? null : Number(before.at(-1)?.['id']);
  };
  const rowsOf = (rows: readonly SqlRow[], turnId: number | null): readonly Row[] =>
    rows
      .filter((row) => home(row) === turnId)
      .map((row): Row => {
        const { cost_nano_usd: nano, at, ...rest } = row;
        const shown = Object.fromEntries(Object.entries(rest).filter(([field]) => field !== 'turn_id'));
        return { at: timeOf(at), ...shown, cost_usd: typeof nano === 'number' ? nano / 1e9 : null };
      });
  const known = turns.map((turn): Turn => {
    const id = Number(turn['id']);
    return {
      key: String(turn['key']),
      started_at: timeOf(turn['started_at']),
      duration_ms: durationOf(turn, requests.filter((row) => home(row) === id)),
      trigger: textOf(turn['trigger']),
      command: textOf(turn['command']),
      state: turnState(turn, requests.filter((row) => home(row) === id)),
      requests: rowsOf(requests, id),
      tool_calls: rowsOf(calls, id),
    };
  });
  const outside: Turn = {
    key: null,
    started_at: null,
    duration_ms: null,
    trigger: null,
    command: null,
    state: '-',
    requests: rowsOf(requests, null),
    tool_calls: rowsOf(calls, null),
  };
  return outside.requests.length + outside.tool_calls.length > 0 ? [outside, ...known] : known;
}

/** As the log states it, else from its start to the last thing that is known of it. */
function durationOf(turn: SqlRow, requests: readonly SqlRow[]): number | null {
  const { reported_ms: reported, started_at: start } = turn;
  if (typeof reported === 'number') return reported;
  const end = Math.max(Number(turn['ended_at'] ?? 0), ...requests.map((row) => Number(row['at'] ?? 0)));
  return typeof start === 'number' && end >= start ? end - start : null;
}

/** Interrupted work is cancelled; a turn whose last request failed is an error; one without any answer still runs or never did. */
function turnState(turn: SqlRow, requests: readonly SqlRow[]): string {
  if (turn['outcome'] === 'interrupted') return 'cancelled';
  const last = requests.at(-1);
  if (last === undefined) return turn['trigger'] === 'command' ? 'completed' : 'running';
  return last['status'] === 'error' ? 'error' : 'completed';
}

const timeOf = (value: unknown): string | null => (typeof value === 'number' ? rfc3339(value) : null);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
