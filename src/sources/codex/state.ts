import type { LogEvent, Where } from '../../model/event.ts';
import { clean, type JsonObject } from '../../model/json.ts';
import type { Line } from '../../model/source.ts';
import type { Verdict } from './verdict.ts';

/** A line of a rollout: `response_item/function_call`, `session_meta`, … */
export interface Entry {
  readonly type: string;
  readonly payload: JsonObject;
  readonly at: number | undefined;
  readonly line: Line;
}

export type EntryReader = (state: State, entry: Entry) => readonly LogEvent[];

/** A call whose end is still to come. */
export interface OpenCall {
  /** What an event has told about its end already: its word goes before that of the output's text. */
  readonly verdict?: Verdict;
  /** Its output has come, but its process runs on. */
  readonly isRunning?: boolean;
}

/** The counters of `token_count`, as far as they are numbers. */
export interface Usage {
  readonly input?: number | undefined;
  readonly cached?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** What the lines of a file say about later ones. Everything in it is bounded: it is saved with each import. */
export interface State {
  where: Where;
  /** A `session_meta` has named the session; until then the file's name does. */
  named: boolean;
  /** Only lines about sessions so far: the metas of the parents that are about to be repeated. */
  leading: boolean;
  /** The thread whose counter the file goes on with: its own, or that of its first ancestor. */
  thread: string;
  at?: number;
  project?: string;
  provider?: string;
  model?: string;
  turn: { readonly id?: string; readonly key?: string; readonly over?: boolean };
  counter: { readonly scope: string; readonly epoch: number; readonly total: Usage };
  /** Type of the line that told of the last compaction, as long as the line that may repeat it can come. */
  compaction: string | null;
  /** Keys of the calls since the last request. */
  unbilled: readonly string[];
  /** By `call_id`. */
  readonly calls: Map<string, OpenCall>;
  /** Number of lines without an id so far, by type. */
  readonly anonymous: Map<string, number>;
}

export function startState(path: string): State {
  const stem = clean(path.replace(/^.*[/\\]/, '').replace(/\.jsonl(?:\.zst)?$/, ''));
  const session = UUID_AT_END.exec(stem)?.[0] ?? stem;
  return {
    where: { session, agent: '', sidechain: false, copied: false },
    named: false,
    leading: true,
    thread: session,
    turn: {},
    counter: { scope: '', epoch: 0, total: {} },
    compaction: null,
    unbilled: [],
    calls: new Map(),
    anonymous: new Map(),
  };
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const UUID_AT_END = new RegExp(`${UUID}$`, 'i');
const UUID_ALONE = new RegExp(`^${UUID}$`, 'i');

/** Ids such as `turn-1` or `3` are unique only inside their own file. */
export const isUuid = (id: string | undefined): id is string => id !== undefined && UUID_ALONE.test(id);

interface SavedState extends Omit<State, 'calls' | 'anonymous'> {
  readonly calls: readonly (readonly [string, OpenCall])[];
  readonly anonymous: readonly (readonly [string, number])[];
}

export function saveState(state: State): string {
  const saved: SavedState = { ...state, calls: [...state.calls], anonymous: [...state.anonymous] };
  return JSON.stringify(saved);
}

export function restoreState(json: string): State {
  const saved: SavedState = JSON.parse(json);
  return { ...saved, calls: new Map(saved.calls), anonymous: new Map(saved.anonymous) };
}

/** More than any response makes, or any session has open: the oldest are calls that will never be answered. */
const MAX_KEPT = 500;

export function keepOpen(state: State, id: string, call: OpenCall): void {
  state.calls.set(id, call);
  if (state.calls.size <= MAX_KEPT) return;
  for (const oldest of state.calls.keys()) {
    state.calls.delete(oldest);
    return;
  }
}

export const append = (list: readonly string[], item: string): readonly string[] => [...list.slice(1 - MAX_KEPT), item];

/**
 * A key for what has no id: its number among its kind in the thread, and its size. A fork repeats its parent's lines in
 * their order, but with other times: a hash of the line would make each of them a new fact.
 */
export function lineKey(state: State, { type, line }: Entry, thread = state.thread): string {
  const number = (state.anonymous.get(type) ?? 0) + 1;
  state.anonymous.set(type, number);
  return `codex:${thread}:${type}:${number}:${line.size}`;
}
