import type { Row } from '../../model/table.ts';
import { rfc3339 } from '../../model/time.ts';
import type { Db, SqlRow } from '../../store/db.ts';
import { usdOf } from './rows.ts';

/** A turn of a session with all that was done for it, in the names and units of the JSON contract. */
export interface Turn {
  /** Null: work outside of any turn, such as that of a sub-agent whose parent is not known. */
  readonly key: string | null;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
  readonly trigger: string | null;
  readonly command: string | null;
  readonly state: string | null;
  readonly requests: readonly Row[];
  readonly tool_calls: readonly Row[];
}

/** Turns in order of time with their requests and calls. */
export async function turnsOf(db: Db, sessionId: number): Promise<readonly Turn[]> {
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
  const placeOf = placing(turns, [...requests, ...calls]);
  const requestsOf = grouped(requests, placeOf);
  const callsOf = grouped(calls, placeOf);
  const rowsOf = (rows: readonly SqlRow[] = []): readonly Row[] =>
    rows.map(({ cost_nano_usd: nano, at, ...rest }): Row => {
      const shown = Object.fromEntries(Object.entries(rest).filter(([field]) => field !== 'turn_id'));
      return { at: timeOf(at), ...shown, cost_usd: usdOf(nano) };
    });
  const known = turns.map((turn): Turn => {
    const id = Number(turn['id']);
    const answers = requestsOf.get(id) ?? [];
    return {
      key: String(turn['key']),
      started_at: timeOf(turn['started_at']),
      duration_ms: durationOf(turn, answers),
      trigger: textOf(turn['trigger']),
      command: textOf(turn['command']),
      state: turnState(turn, answers),
      requests: rowsOf(answers),
      tool_calls: rowsOf(callsOf.get(id)),
    };
  });
  const outside: Turn = {
    key: null,
    started_at: null,
    duration_ms: null,
    trigger: null,
    command: null,
    state: null,
    requests: rowsOf(requestsOf.get(null)),
    tool_calls: rowsOf(callsOf.get(null)),
  };
  return outside.requests.length + outside.tool_calls.length > 0 ? [outside, ...known] : known;
}

/** Old logs do not say which sub-agent wrote a line. */
const SOME_AGENT = 'sidechain';

/**
 * Which turn a request or a call belongs to: the one it names, else the one that ran when it was made. What a sub-agent did
 * names no turn; all of it belongs to the turn that ran when the sub-agent began, however many have begun since.
 */
function placing(turns: readonly SqlRow[], work: readonly SqlRow[]): (row: SqlRow) => number | null {
  const ids = new Set(turns.map((turn) => turn['id']));
  const begun = new Map<unknown, number>();
  for (const { agent, at } of work) {
    if (typeof at === 'number' && agent !== null && agent !== SOME_AGENT) begun.set(agent, Math.min(at, begun.get(agent) ?? at));
  }
  return ({ turn_id: named, agent, at }) => {
    // A fork may go on with a turn that is another session's.
    if (typeof named === 'number' && ids.has(named)) return named;
    const from = begun.get(agent) ?? at;
    if (typeof from !== 'number') return null;
    const running = turns.findLast(({ started_at: start }) => typeof start === 'number' && start <= from);
    return running === undefined ? null : Number(running['id']);
  };
}

function grouped(rows: readonly SqlRow[], placeOf: (row: SqlRow) => number | null): ReadonlyMap<number | null, readonly SqlRow[]> {
  const groups = new Map<number | null, SqlRow[]>();
  for (const row of rows) {
    const place = placeOf(row);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [row]);
    else group.push(row);
  }
  return groups;
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
