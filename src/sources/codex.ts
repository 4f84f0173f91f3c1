import type { LogEvent } from '../model/event.ts';
import { asObject, bytes, field, has, object, text, type JsonObject } from '../model/json.ts';
import type { Line, LogReader, Reading, RootContext, Source } from '../model/source.ts';
import { instant } from '../model/time.ts';
import { endCall, endHostedCall, endItem, readOutput, startCall } from './codex/calls.ts';
import { readCompaction } from './codex/compaction.ts';
import { dynamicTools, readMessage } from './codex/context.ts';
import { readMeta, readSettings, readTurnContext } from './codex/session.ts';
import { restoreState, saveState, startState, type Entry, type EntryReader, type State } from './codex/state.ts';
import { readTokenCount } from './codex/tokens.ts';
import { endTurn, readPrompt, startTask } from './codex/turns.ts';
import { judgeDynamic, judgeExec, judgeMcp, judgePatch } from './codex/verdict.ts';

/*
 * Codex CLI: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-<local time>-<uuid>.jsonl`, moved to `archived_sessions/` when a
 * session is archived; new clients compress old ones to `.jsonl.zst`. A line is `{timestamp, type, payload}`; clients
 * before 0.20 wrote the payloads bare and without times. Times are UTC; only folder and file names are local.
 *
 * Tokens: `token_count` carries counters that are cumulative over the thread and are written again whenever a rate limit
 * changes, so that only a rise is a request. `input_tokens` contains the cached ones, `output_tokens` the reasoning.
 *
 * A call is a `*_call` item, its end the `*_call_output` item with the same `call_id`. Events of some versions
 * (`exec_command_end`, `mcp_tool_call_end`, …) say more exactly how it went and how long it took; without them the
 * output's text does, in a form of its own for each generation of the shell tool.
 *
 * A fork or a sub-agent begins with its own `session_meta` and then repeats its parent's lines with new times: the first
 * `session_meta` names the session, and ids make the repeated facts meet their originals.
 */
export const source: Source = {
  id: 'codex',
  title: 'Codex CLI',
  parserVersion: 3,
  roots,
  isLog: (path) => /(?:^|\/)rollout-[^/]*\.jsonl(?:\.zst)?$/.test(path),
  recognises,
  open,
};

function roots({ env, home }: RootContext): readonly string[] {
  const base = (env['CODEX_HOME'] || `${home}/.codex`).replace(/(?<=.)\/+$/, '').replace(/^~(?=\/|$)/, home);
  return [`${base}/sessions`, `${base}/archived_sessions`];
}

const READERS: ReadonlyMap<string, EntryReader> = new Map<string, EntryReader>([
  ['session_meta', (state, entry) => [...readMeta(state, entry), ...dynamicTools(state, entry)]],
  ['response_item/message', readMessage],
  ['turn_context', readTurnContext],
  ['event_msg/thread_settings_applied', readSettings],
  ['event_msg/task_started', startTask],
  ['event_msg/user_message', readPrompt],
  ['event_msg/task_complete', endTurn],
  ['event_msg/turn_aborted', endTurn],
  ['event_msg/token_count', readTokenCount],
  ['compacted', readCompaction],
  ['event_msg/context_compacted', readCompaction],
  ['response_item/function_call', startCall],
  ['response_item/custom_tool_call', startCall],
  ['response_item/local_shell_call', startCall],
  ['response_item/tool_search_call', startCall],
  ['response_item/function_call_output', readOutput],
  ['response_item/custom_tool_call_output', readOutput],
  ['response_item/tool_search_output', readOutput],
  ['response_item/web_search_call', endHostedCall],
  ['response_item/image_generation_call', endHostedCall],
  ['event_msg/exec_command_end', endCall(judgeExec)],
  ['event_msg/mcp_tool_call_end', endCall(judgeMcp)],
  ['event_msg/patch_apply_end', endCall(judgePatch)],
  ['event_msg/dynamic_tool_call_response', endCall(judgeDynamic)],
  ['event_msg/item_completed', endItem],
]);

const EMPTY_ITEMS = 'reasoning agent_message ghost_snapshot compaction context_compaction additional_tools';
const EMPTY_EVENTS =
  'agent_message agent_reasoning agent_reasoning_raw_content agent_reasoning_section_break ' +
  'dynamic_tool_call_request entered_review_mode exited_review_mode error warning guardian_assessment ' +
  'image_generation_end injected_message sub_agent_activity thread_goal_updated thread_name_updated ' +
  'thread_rolled_back undo_completed view_image_tool_call web_search_end collab_agent_spawn_end ' +
  'collab_agent_interaction_end collab_waiting_end collab_close_end collab_resume_end';

/** Types that carry nothing that is counted, or only what another line says too. */
const EMPTY_TYPES: ReadonlySet<string> = new Set([
  'world_state',
  'inter_agent_communication',
  'inter_agent_communication_metadata',
  'state',
  ...EMPTY_ITEMS.split(' ').map((type) => `response_item/${type}`),
  ...EMPTY_EVENTS.split(' ').map((type) => `event_msg/${type}`),
]);

const isKnown = (type: string): boolean => READERS.has(type) || EMPTY_TYPES.has(type);

function recognises(line: Line): boolean {
  const fields = asObject(line.json());
  if (fields === undefined || !isKnown(entryOf(fields, line).type)) return false;
  if (has(fields, 'session_id') || has(fields, 'sessionId')) return false; // another agent's items
  const marks = bytes(fields, 'type') === undefined ? ['instructions', 'record_type'] : ['payload', 'call_id', 'role'];
  return marks.some((mark) => has(fields, mark));
}

const NOTHING: readonly LogEvent[] = [];

function open(path: string, saved: string | null): LogReader {
  const state = saved === null ? startState(path) : restoreState(saved);
  const read = (line: Line): Reading => {
    if (isEmptyAtHead(line)) return NOTHING;
    const fields = asObject(line.view());
    if (fields === undefined) return { unknownType: '(none)' };
    const entry = entryOf(fields, line);
    const reader = READERS.get(entry.type);
    if (reader === readMessage) return readMessage(state, entry);
    if (reader !== undefined) return withSignOfLife(state, entry, reader(state, entry));
    return EMPTY_TYPES.has(entry.type) ? NOTHING : { unknownType: text(entry.type) ?? '(none)' };
  };
  return { read, save: () => saveState(state) };
}

/** A session's first and last activity are those of its lines, whatever they say. */
function withSignOfLife(state: State, { at }: Entry, events: readonly LogEvent[]): readonly LogEvent[] {
  if (state.leading) state.leading = events.every((event) => event.type === 'session');
  if (at === undefined || at === state.at) return events;
  state.at = at;
  if (events.some((event) => event.type === 'session')) return events;
  return [{ type: 'session', where: state.where, at }, ...events];
}

/** The line's own `type` and that of its payload, as Codex writes them: compact and in this order. */
const HEAD = /^\{"timestamp":"[^"\\]*",(?:"ordinal":\d+,)?"type":"(\w+)"(?:,"payload":\{"type":"(\w+)")?/;

/** So does every record begin. Inside of a text its quotes are escaped. */
const RECORD = '{"timestamp":"';

const MESSAGE = 'response_item/message';
const isOftenEmpty = (type: string): boolean => EMPTY_TYPES.has(type) || type === MESSAGE;

/** Without parsing the line. One that was cut off, or has another record behind it, is left to the parser to refuse. */
function isEmptyAtHead(line: Line): boolean {
  const [own, inner] = line.headTypes();
  if (own === undefined || !isOftenEmpty(typeName(own, inner))) return false;
  const head = line.head();
  const match = HEAD.exec(head);
  if (match === null) return false;
  const type = typeName(match[1] ?? '', match[2]);
  const isAnswer = type === MESSAGE && head.startsWith(',"role":"assistant"', match[0].length);
  if (!EMPTY_TYPES.has(type) && !isAnswer) return false;
  return line.isOneRecord(RECORD);
}

/** Only items and events have types of their own. */
const typeName = (type: string, inner: string | undefined): string =>
  inner !== undefined && (type === 'response_item' || type === 'event_msg') ? (NAMES.get(type)?.get(inner) ?? `${type}/${inner}`) : type;

/** Names of what is known, by both parts: they are found sooner than made. */
const NAMES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  ['response_item', 'event_msg'].map((type) => [
    type,
    new Map(
      [...READERS.keys(), ...EMPTY_TYPES].filter((name) => name.startsWith(`${type}/`)).map((name) => [name.slice(type.length + 1), name]),
    ),
  ]),
);

function entryOf(fields: JsonObject, line: Line): Entry {
  const at = instant(field(fields, 'timestamp'));
  const type = bytes(fields, 'type');
  const payload = object(fields, 'payload');
  if (type !== undefined && payload !== undefined) return { type: typeName(type, bytes(payload, 'type')), payload, at, line };
  return { type: bareType(fields, type), payload: fields, at, line };
}

/** Before 0.20: the first line is the bare meta, items stand on top, `record_type` marks the client's own notes. */
function bareType(fields: JsonObject, type: string | undefined): string {
  if (type !== undefined) return isKnown(`response_item/${type}`) ? `response_item/${type}` : type;
  if (bytes(fields, 'record_type') === 'state') return 'state';
  const isMeta = bytes(fields, 'id') !== undefined && bytes(fields, 'timestamp') !== undefined && has(fields, 'instructions');
  return isMeta ? 'session_meta' : '';
}
