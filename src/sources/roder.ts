import type { LogEvent, Where } from '../model/event.ts';
import { asObject, bytes, field, name, object, text, type JsonObject } from '../model/json.ts';
import type { Line, LogReader, Reading, RootContext, Source } from '../model/source.ts';
import { instant } from '../model/time.ts';
import { foldersOf } from '../model/folders.ts';
import { endCall, readApproval, readPolicy, startCall } from './roder/calls.ts';
import { readCompaction, readSkill, readSkillIndex } from './roder/context.ts';
import { readObjects } from './roder/objects.ts';
import { restoreState, saveState, type Entry, type EntryReader, type State } from './roder/state.ts';
import { endTurn, modelOf, startTurn, useModel } from './roder/turns.ts';

/*
 * Roder: `<data>/threads/<thread>/events.jsonl`, moved to `<data>/archived_threads/` when a thread is archived.
 * `metadata.json` beside it knows the workspace of the thread, and the model of turns that do not name theirs.
 *
 * An event is `{event_id, seq, timestamp, source, kind, thread_id, turn_id, event}`, and its `event` an object with one
 * field: the name of a variant, and what it holds. Its own `timestamp` is when it happened, the outer one when it was
 * published. A line can hold several events.
 *
 * Tokens: `usage` of the event that ends a turn is the sum of the turn's responses. `prompt_tokens` contains
 * `cached_prompt_tokens` and `cache_creation_prompt_tokens`. What is streamed in between is a part of it, and not read.
 */
export const source: Source = {
  id: 'roder',
  title: 'Roder',
  parserVersion: 2,
  beside: 'metadata.json',
  roots,
  isLog: (path) => /(?:^|\/)events\.jsonl$/.test(path),
  recognises: (line) => readObjects(line).some((value) => isEvent(asObject(value))),
  open,
};

/** Either variable names the folder; versions differ in which of them moves the threads. */
function roots({ env, home }: RootContext): readonly string[] {
  const configured = ['RODER_DATA_DIR', 'RODER_CONFIG_DIR'].flatMap((variable) => foldersOf(env[variable], home));
  const bases = configured.length > 0 ? configured : [`${home}/.roder`];
  return [...new Set(bases)].flatMap((base) => [`${base}/threads`, `${base}/archived_threads`]);
}

const isEvent = (fields: JsonObject | undefined): boolean =>
  object(fields, 'event') !== undefined && bytes(fields, 'event_id') !== undefined && bytes(fields, 'kind') !== undefined;

const tellsOfThread: EntryReader = () => [];

/** Of some two hundred variants these are about what is counted; the others are passed over. */
const READERS: ReadonlyMap<string, EntryReader> = new Map([
  ['ThreadCreated', tellsOfThread],
  ['ThreadForked', tellsOfThread],
  ['TurnStarted', startTurn],
  ['InferenceStarted', useModel],
  ['ToolCallRequested', startCall],
  ['PolicyDecisionRecorded', readPolicy],
  ['ApprovalResolved', readApproval],
  ['ToolCallStarted', startCall],
  ['ToolCallCompleted', endCall],
  ['TurnCompleted', endTurn('ok')],
  ['TurnFailed', endTurn('error')],
  ['TurnInterrupted', endTurn('interrupted')],
  ['SkillInvoked', readSkill],
  ['SkillAutoActivated', readSkill],
  ['SkillIndexRendered', readSkillIndex],
  ['ContextCompactionRecorded', readCompaction],
]);

function open(path: string, saved: string | null, beside?: unknown): LogReader {
  const thread = asObject(beside);
  const state: State = { ...restoreState(saved), thread: modelOf(thread) };
  let told = false;
  /** A thread's folder has its id for a name. */
  const folder = text(/([^/\\]+)[/\\][^/\\]+$/.exec(path)?.[1]) ?? 'unknown';

  const read = (line: Line): Reading => {
    const values = readObjects(line).map(asObject);
    if (values.some(isEvent)) return [...tellOfThread(), ...values.flatMap(readEvent)];
    return { unknownType: text(bytes(values[0], 'kind')) ?? '(none)' };
  };

  /** With the first event, so that a thread without any is none. An event that names another workspace is later. */
  const tellOfThread = (): readonly LogEvent[] => {
    const project = name(thread, 'workspace');
    if (told || project === undefined) return [];
    told = true;
    const at = instant(field(thread, 'created_at'));
    const where: Where = { session: name(thread, 'thread_id') ?? folder, agent: '', sidechain: false, copied: false };
    return [{ type: 'session', where, at, project }];
  };

  const readEvent = (fields: JsonObject | undefined): readonly LogEvent[] => {
    const event = object(fields, 'event');
    const [variant = ''] = Object.keys(event ?? {});
    const body = object(event, variant);
    const reader = READERS.get(variant);
    if (!isEvent(fields) || body === undefined || reader === undefined) return [];
    const entry = entryOf(fields, variant, body);
    return [sessionEvent(entry), ...reader(state, entry)];
  };

  /** Some variants spell their fields in camel case; the outer ids are spelled the same in all. */
  const entryOf = (fields: JsonObject | undefined, variant: string, body: JsonObject): Entry => {
    const session = name(fields, 'thread_id') ?? name(body, 'thread_id') ?? name(body, 'threadId') ?? folder;
    const turn = name(fields, 'turn_id') ?? name(body, 'turn_id') ?? name(body, 'turnId');
    const where: Where = { session, agent: '', sidechain: false, copied: false };
    return {
      where,
      at: instant(field(body, 'timestamp')) ?? instant(field(fields, 'timestamp')),
      id: name(fields, 'event_id'),
      turn: turn === undefined ? undefined : `roder:${session}:${turn}`,
      variant,
      body,
    };
  };

  return { read, save: () => saveState(state) };
}

function sessionEvent({ where, at, body }: Entry): LogEvent {
  const project = name(body, 'workspace');
  const parent = name(body, 'parent_thread_id');
  return {
    type: 'session',
    where,
    at,
    project,
    parent,
  };
}
