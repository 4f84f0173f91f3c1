import type { CallEvent } from '../../model/event.ts';
import { bytes, field, name, object, type JsonObject } from '../../model/json.ts';
import { targetOf } from './item.ts';
import { append, keepOpen, lineKey, type Entry, type EntryReader, type State } from './state.ts';
import { enterTurn, readPrompt } from './turns.ts';
import { judgeDynamic, judgeExec, judgeMcp, judgeOutput, judgePatch, type Judge, type Verdict } from './verdict.ts';

export function startCall(state: State, entry: Entry): readonly CallEvent[] {
  const { payload, at } = entry;
  const id = name(payload, 'call_id') ?? name(payload, 'id');
  const tool = toolName(entry);
  if (id === undefined && tool === undefined) return [];
  const key = id === undefined ? lineKey(state, entry) : `codex:${id}`;
  if (id !== undefined) keepOpen(state, id, {});
  state.unbilled = append(state.unbilled, key);
  return [
    {
      type: 'call',
      key,
      where: state.where,
      startedAt: at,
      tool,
      ...targetOf(tool, payload, state.project),
      turn: state.turn.key,
    },
  ];
}

/** Functions and custom tools have names; of the others the item's type is the name. */
function toolName({ type, payload }: Entry): string | undefined {
  const tool = name(payload, 'name');
  const namespace = name(payload, 'namespace');
  if (tool !== undefined) return namespace?.startsWith('mcp__') ? `${namespace.replace(/_+$/, '')}__${tool}` : tool;
  return /^response_item\/(local_shell|tool_search|web_search|image_generation)_call$/.exec(type)?.[1];
}

/** A call ends when its output is written. What an event has told of it before is said again: an outcome goes with its time. */
export function readOutput(state: State, { payload, at }: Entry): readonly CallEvent[] {
  const id = name(payload, 'call_id');
  if (id === undefined) return [];
  const call = state.calls.get(id);
  const { isRunning, ...read } = judgeOutput(payload);
  if (isRunning === true && call !== undefined) keepOpen(state, id, { isRunning });
  else state.calls.delete(id);
  const verdict = call?.verdict === undefined ? read : { ...timeOf(read), ...call.verdict };
  return [{ type: 'call', key: `codex:${id}`, where: state.where, endedAt: at, ...verdict }];
}

const timeOf = ({ reportedMs }: Verdict) => (reportedMs === undefined ? {} : { reportedMs });

/**
 * An event about the end of a call. Events also tell of what is no call of the model: commands that a person typed, and
 * what a script of the `exec` tool does, which is that call's own business. Only MCP tools used by a script are calls of
 * their own, else their use would not show at all; they have no share of a request, the script has it.
 */
export const endCall =
  (judge: Judge): EntryReader =>
  (state, { type, payload, at }) => {
    const id = name(payload, type === ITEM ? 'id' : 'call_id');
    const verdict = judge(payload);
    if (id === undefined || verdict === undefined) return [];
    const call = state.calls.get(id);
    if (call === undefined) return nestedCall(state, id, payload, at, verdict);
    if (call.isRunning === true) state.calls.delete(id);
    else keepOpen(state, id, { verdict });
    return [{ type: 'call', key: `codex:${id}`, where: state.where, endedAt: at, ...verdict }];
  };

/** Only the events of MCP tools name a server. */
function nestedCall(state: State, id: string, payload: JsonObject, at: number | undefined, verdict: Verdict): readonly CallEvent[] {
  const invocation = object(payload, 'invocation') ?? payload;
  const server = name(invocation, 'server');
  const tool = name(invocation, 'tool');
  if (server === undefined || tool === undefined) return [];
  return [
    {
      type: 'call',
      key: `codex:${id}`,
      where: state.where,
      ...(at !== undefined && { startedAt: at - (verdict.reportedMs ?? 0), endedAt: at }),
      tool: `mcp__${server}__${tool}`,
      ...verdict,
      turn: state.turn.key,
    },
  ];
}

const ITEM = 'event_msg/item_completed';

const ITEM_ENDS: ReadonlyMap<string, EntryReader> = new Map([
  ['CommandExecution', endCall(judgeExec)],
  ['McpToolCall', endCall(judgeMcp)],
  ['FileChange', endCall(judgePatch)],
  ['DynamicToolCall', endCall(judgeDynamic)],
  ['UserMessage', readPrompt],
]);

/** The newest form of such events, and of the prompt: the same facts in `item`, whose `id` is the call's. */
export function endItem(state: State, entry: Entry): ReturnType<EntryReader> {
  const item = object(entry.payload, 'item');
  const read = ITEM_ENDS.get(bytes(item, 'type') ?? '');
  if (item === undefined || read === undefined) return [];
  if (read === readPrompt) enterTurn(state, name(entry.payload, 'turn_id'));
  return read(state, { ...entry, payload: item });
}

/** A tool that the provider runs inside its response: one line, finished, without a time or a share of its own. */
export function endHostedCall(state: State, entry: Entry): readonly CallEvent[] {
  const { payload, at } = entry;
  const id = name(payload, 'id');
  const tool = toolName(entry);
  const failed = field(payload, 'status') === 'failed';
  return [
    {
      type: 'call',
      key: id === undefined ? lineKey(state, entry) : `codex:${id}`,
      where: state.where,
      startedAt: at,
      tool,
      outcome: failed ? 'error' : 'ok',
      ...(failed && { errorClass: 'unclassified' }),
      turn: state.turn.key,
    },
  ];
}
