import type { Database, Statement } from 'better-sqlite3';
import type { CallEvent, CompactionEvent, ContextEvent, FactEvent, RequestEvent, TurnEvent } from '../model/event.ts';
import {
  callOf,
  compactionOf,
  contextOf,
  durationOf,
  joinCalls,
  joinCompactions,
  joinContexts,
  joinRequests,
  joinTurns,
  preferCall,
  preferCompaction,
  preferContext,
  preferRequest,
  preferTurn,
  requestOf,
  turnOf,
  type CallFact,
  type CompactionFact,
  type ContextFact,
  type FactType,
  type RequestFact,
  type TurnFact,
} from '../model/merge.ts';
import type { Names } from './names.ts';
import { UNKNOWN_TOOL } from './names.ts';

/** Which thread of which session says something. */
export interface Place {
  readonly sessionId: number;
  readonly agent: string;
  readonly sidechain: number;
  readonly copied: number;
}

/** A fact as one place says it; `fileId` null: several files of that place. */
export interface Sighting<F> extends Place {
  readonly fileId: number | null;
  readonly fact: F;
}

export interface Stored<F> extends Sighting<F> {
  readonly id: number;
}

/** How one kind of fact is read from events, merged, and kept in its table. */
export interface FactTable<E extends FactEvent, F> {
  readonly type: FactType;
  read(event: E): F;
  join(a: F, b: F): F;
  prefer(first: F, then: F): F;
  /** The id of the new row; 0 when the key is there already. */
  insert(key: string, row: Sighting<F>): number;
  load(key: string): Stored<F> | undefined;
  loadById(id: number): Stored<F> | undefined;
  update(before: Stored<F>, row: Sighting<F>): void;
}

export interface FactContext {
  readonly names: Names;
  /** Cost in whole 10⁻⁹ USD; null: not known. */
  costOf(request: RequestFact): number | null;
  /** Day of an instant in the home zone. */
  dayOf(ms: number): number;
  /** The facts of a session on a day are changing. */
  touch(day: number | null, sessionId: number): void;
}

type Value = string | number | null;

/** A column of a fact's table: its value, and the SQL that reads it back where that is more than the column. */
interface FactColumn<F> {
  readonly name: string;
  value(fact: F): Value;
}

interface PlaceRow {
  id: number;
  session_id: number;
  file_id: number | null;
  agent: string;
  sidechain: number;
  copied: number;
}

export function openTurns(db: Database, context: FactContext): FactTable<TurnEvent, TurnFact> {
  return openTable<TurnEvent, TurnFact, TurnFact>(db, context, {
    type: 'turn',
    startOf: (turn) => turn.startedAt,
    table: 'turns',
    read: turnOf,
    join: joinTurns,
    prefer: preferTurn,
    columns: [
      { name: 'started_at', value: (turn) => turn.startedAt },
      { name: 'ended_at', value: (turn) => turn.endedAt },
      { name: 'reported_ms', value: (turn) => turn.reportedMs },
      { name: 'day', value: (turn) => (turn.startedAt === null ? null : context.dayOf(turn.startedAt)) },
      { name: 'trigger', value: (turn) => turn.trigger },
      { name: 'command', value: (turn) => turn.command },
      { name: 'outcome', value: (turn) => turn.outcome },
    ],
    select: `select f.*, f.started_at as startedAt, f.ended_at as endedAt, f.reported_ms as reportedMs from turns f`,
    restore: ({ startedAt, endedAt, reportedMs, trigger, command, outcome }) => ({
      startedAt,
      endedAt,
      reportedMs,
      trigger,
      command,
      outcome,
    }),
  });
}

export function openRequests(db: Database, context: FactContext): FactTable<RequestEvent, RequestFact> {
  const turnId = finder(db, 'select id from turns where key = ?');
  return openTable<RequestEvent, RequestFact, RequestFact>(db, context, {
    type: 'request',
    startOf: (request) => request.startedAt,
    table: 'requests',
    read: requestOf,
    join: joinRequests,
    prefer: preferRequest,
    columns: [
      { name: 'turn_id', value: (request) => turnId(request.turn) },
      {
        name: 'model_id',
        value: (request) => (request.model === null ? null : context.names.model(request.provider ?? '', request.model)),
      },
      { name: 'started_at', value: (request) => request.startedAt },
      { name: 'ended_at', value: (request) => request.endedAt },
      { name: 'day', value: (request) => (request.startedAt === null ? null : context.dayOf(request.startedAt)) },
      { name: 'input_tokens', value: (request) => request.inputTokens },
      { name: 'cache_read_tokens', value: (request) => request.cacheReadTokens },
      { name: 'cache_write_5m_tokens', value: (request) => request.cacheWrite5mTokens },
      { name: 'cache_write_1h_tokens', value: (request) => request.cacheWrite1hTokens },
      { name: 'output_tokens', value: (request) => request.outputTokens },
      { name: 'reasoning_tokens', value: (request) => request.reasoningTokens },
      { name: 'web_searches', value: (request) => request.webSearches },
      { name: 'reported_nano_usd', value: (request) => request.reportedNanoUsd },
      { name: 'cost_nano_usd', value: context.costOf },
      { name: 'status', value: (request) => request.status },
      { name: 'http_status', value: (request) => request.httpStatus },
      { name: 'skill', value: (request) => request.skill },
    ],
    select: `select f.*, f.started_at as startedAt, f.ended_at as endedAt, nullif(m.provider, '') as provider, m.name as model,
        f.input_tokens as inputTokens, f.cache_read_tokens as cacheReadTokens, f.cache_write_5m_tokens as cacheWrite5mTokens,
        f.cache_write_1h_tokens as cacheWrite1hTokens, f.output_tokens as outputTokens, f.reasoning_tokens as reasoningTokens,
        f.web_searches as webSearches, f.reported_nano_usd as reportedNanoUsd, f.http_status as httpStatus, t.key as turn
      from requests f left join models m on m.id = f.model_id left join turns t on t.id = f.turn_id`,
    restore: (row) => ({
      startedAt: row.startedAt,
      endedAt: row.endedAt,
      provider: row.provider,
      model: row.model,
      inputTokens: row.inputTokens,
      cacheReadTokens: row.cacheReadTokens,
      cacheWrite5mTokens: row.cacheWrite5mTokens,
      cacheWrite1hTokens: row.cacheWrite1hTokens,
      outputTokens: row.outputTokens,
      reasoningTokens: row.reasoningTokens,
      webSearches: row.webSearches,
      reportedNanoUsd: row.reportedNanoUsd,
      status: row.status,
      httpStatus: row.httpStatus,
      turn: row.turn,
      skill: row.skill,
    }),
  });
}

export function openCalls(db: Database, context: FactContext): FactTable<CallEvent, CallFact> {
  const turnId = finder(db, 'select id from turns where key = ?');
  const requestId = finder(db, 'select id from requests where key = ?');
  return openTable<CallEvent, CallFact, CallFact>(db, context, {
    type: 'call',
    startOf: (call) => call.startedAt,
    table: 'tool_calls',
    read: callOf,
    join: joinCalls,
    prefer: preferCall,
    columns: [
      { name: 'turn_id', value: (call) => turnId(call.turn) },
      { name: 'request_id', value: (call) => requestId(call.request) },
      { name: 'tool_id', value: (call) => context.names.tool(call.tool ?? UNKNOWN_TOOL) },
      { name: 'item', value: (call) => call.item },
      { name: 'started_at', value: (call) => call.startedAt },
      { name: 'ended_at', value: (call) => call.endedAt },
      { name: 'reported_ms', value: (call) => call.reportedMs },
      { name: 'duration_ms', value: durationOf },
      { name: 'day', value: (call) => (call.startedAt === null ? null : context.dayOf(call.startedAt)) },
      { name: 'outcome', value: (call) => call.outcome },
      { name: 'error_class', value: (call) => call.errorClass },
    ],
    select: `select f.*, f.started_at as startedAt, f.ended_at as endedAt, f.reported_ms as reportedMs, f.error_class as errorClass,
        nullif(l.name, '${UNKNOWN_TOOL}') as tool, r.key as request, t.key as turn
      from tool_calls f join tools l on l.id = f.tool_id
      left join requests r on r.id = f.request_id left join turns t on t.id = f.turn_id`,
    restore: (row) => ({
      startedAt: row.startedAt,
      endedAt: row.endedAt,
      reportedMs: row.reportedMs,
      outcome: row.outcome,
      errorClass: row.errorClass,
      tool: row.tool,
      item: row.item,
      request: row.request,
      turn: row.turn,
    }),
  });
}

export function openCompactions(db: Database, context: FactContext): FactTable<CompactionEvent, CompactionFact> {
  return openTable<CompactionEvent, CompactionFact, CompactionFact>(db, context, {
    type: 'compaction',
    table: 'compactions',
    read: compactionOf,
    join: joinCompactions,
    prefer: preferCompaction,
    columns: [
      { name: 'at', value: (compaction) => compaction.at },
      { name: 'day', value: ({ at }) => (at === null ? null : context.dayOf(at)) },
      { name: 'trigger', value: (compaction) => compaction.trigger },
      { name: 'pre_tokens', value: (compaction) => compaction.preTokens },
    ],
    select: 'select f.*, f.pre_tokens as preTokens from compactions f',
    restore: ({ at, trigger, preTokens }) => ({ at, trigger, preTokens }),
  });
}

export function openContexts(db: Database, context: FactContext): FactTable<ContextEvent, ContextFact> {
  return openTable<ContextEvent, ContextFact, ContextFact>(db, context, {
    type: 'context',
    table: 'contexts',
    read: contextOf,
    join: joinContexts,
    prefer: preferContext,
    columns: [
      { name: 'at', value: (record) => record.at },
      { name: 'day', value: ({ at }) => (at === null ? null : context.dayOf(at)) },
      { name: 'kind', value: (record) => record.kind },
      { name: 'slug', value: (record) => record.slug },
      { name: 'origin', value: (record) => record.origin },
      { name: 'role', value: (record) => record.role },
      { name: 'size_bytes', value: (record) => record.sizeBytes },
      { name: 'tokens', value: (record) => record.tokens },
    ],
    select: 'select f.*, f.size_bytes as sizeBytes from contexts f',
    restore: ({ at, kind, slug, origin, role, sizeBytes, tokens }) => ({ at, kind, slug, origin, role, sizeBytes, tokens }),
  });
}

interface TableShape<E, F, R> {
  readonly type: FactType;
  readonly table: string;
  read(event: E): F;
  join(a: F, b: F): F;
  prefer(first: F, then: F): F;
  readonly columns: readonly FactColumn<F>[];
  /** Selects the row as `f` with everything that `restore` needs. */
  readonly select: string;
  restore(row: R): F;
  /** The time that a fact is counted at; absent: it is in no rollup. */
  startOf?(fact: F): number | null;
}

function openTable<E extends FactEvent, F, R>(db: Database, context: FactContext, shape: TableShape<E, F, R>): FactTable<E, F> {
  const { type, table, read, join, prefer, columns } = shape;
  const names = ['session_id', 'file_id', 'agent', 'sidechain', 'copied', ...columns.map((column) => column.name)];
  const insert = db.prepare(
    `insert into ${table} (key, ${names.join(', ')}) values (?${', ?'.repeat(names.length)}) on conflict (key) do nothing`,
  );
  const update = db.prepare(`update ${table} set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`);
  const byKey: Statement<[string], PlaceRow & R> = db.prepare(`${shape.select} where f.key = ?`);
  const byId: Statement<[number], PlaceRow & R> = db.prepare(`${shape.select} where f.id = ?`);

  const touch = ({ sessionId, fact }: Sighting<F>): void => {
    if (shape.startOf === undefined) return;
    const at = shape.startOf(fact);
    context.touch(at === null ? null : context.dayOf(at), sessionId);
  };
  const values = (row: Sighting<F>): Value[] => {
    const bound: Value[] = [row.sessionId, row.fileId, row.agent, row.sidechain, row.copied];
    for (const column of columns) bound.push(column.value(row.fact));
    return bound;
  };
  const stored = (row: (PlaceRow & R) | undefined): Stored<F> | undefined =>
    row && {
      id: row.id,
      sessionId: row.session_id,
      fileId: row.file_id,
      agent: row.agent,
      sidechain: row.sidechain,
      copied: row.copied,
      fact: shape.restore(row),
    };
  return {
    type,
    read,
    join,
    prefer,
    insert: (key, row) => {
      const result = insert.run(key, ...values(row));
      if (result.changes === 0) return 0;
      touch(row);
      return Number(result.lastInsertRowid);
    },
    load: (key) => stored(byKey.get(key)),
    loadById: (id) => stored(byId.get(id)),
    update: (before, row) => {
      touch(before);
      touch(row);
      update.run(...values(row), before.id);
    },
  };
}

/** Id of a key; null for a key that is null or not there. Remembers the last one: neighbouring facts share theirs. */
function finder(db: Database, sql: string): (key: string | null) => number | null {
  const select: Statement<[string], { id: number }> = db.prepare(sql);
  let last: { key: string; id: number } | undefined;
  return (key) => {
    if (key === null) return null;
    if (last?.key === key) return last.id;
    const id = select.get(key)?.id;
    if (id === undefined) return null;
    last = { key, id };
    return id;
  };
}
