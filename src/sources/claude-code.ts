import type { CallEvent, LogEvent, Where } from '../model/event.ts';
import { array, asObject, bytes, count, duration, field, flag, name, object, text, type JsonObject } from '../model/json.ts';
import type { Line, LogReader, Reading, RootContext, Source } from '../model/source.ts';
import { instant } from '../model/time.ts';
import { classify } from './claude/outcome.ts';
import { readPrompt } from './claude/prompt.ts';

/*
 * Claude Code: `<root>/projects/<slug of cwd>/<session>.jsonl`, its sub-agents in `agent-*.jsonl` beside it (2.0) or in
 * `<session>/subagents/` (2.1); before 2.0 their lines stand inside the session's file with `isSidechain`.
 *
 * Tokens: `usage.input_tokens` is uncached input; cache reads and writes are beside it; `output_tokens` includes
 * thinking. One response is written as one line per content block with the same `message.id`, and each line repeats
 * `usage` with counters that only grow: the store takes the maximum. `cache_creation_input_tokens` is the sum of the
 * 5-minute and 1-hour parts; without the split it is all 5-minute.
 *
 * Times: every line that matters has a UTC `timestamp`. The time of a call is the time of its line, its end that of the
 * line with the result; a few tools state a duration of their own.
 */
export const source: Source = {
  id: 'claude',
  title: 'Claude Code',
  parserVersion: 1,
  roots,
  isLog: (path) => path.endsWith('.jsonl') && !path.endsWith('journal.jsonl') && !path.includes('/tool-results/'),
  recognises,
  open,
};

/** `CLAUDE_CONFIG_DIR`, a comma list, replaces the defaults; an entry may be the `projects` folder itself. */
function roots({ env, home }: RootContext): readonly string[] {
  const configured = (env['CLAUDE_CONFIG_DIR'] ?? '').split(',').map((entry) => entry.trim());
  const entries = configured.filter((entry) => entry !== '');
  const bases = entries.length > 0 ? entries : [`${env['XDG_CONFIG_HOME'] || `${home}/.config`}/claude`, `${home}/.claude`];
  return bases
    .map((base) => base.replace(/(?<=.)\/+$/, '').replace(/^~(?=\/|$)/, home))
    .map((base) => (base.endsWith('/projects') ? base : `${base}/projects`));
}

/** Types that carry nothing that is counted. */
const EMPTY_TYPES: ReadonlySet<string> = new Set([
  'progress', // repeats messages that a sub-agent's own file holds
  'queue-operation',
  'file-history-snapshot',
  'summary',
  'attachment',
  'ai-title',
  'custom-title',
  'agent-name',
  'agent-setting',
  'last-prompt',
  'mode',
  'permission-mode',
  'pr-link',
  'bridge-session',
  'worktree-state',
  'saved_hook_context',
  'tag',
]);
const TYPES: ReadonlySet<string> = new Set([...EMPTY_TYPES, 'user', 'assistant', 'system']);

/** Formats that are derived from this one share its types; its messages have `content`, theirs do not. */
function recognises(line: Line): boolean {
  const fields = asObject(line.json());
  const type = bytes(fields, 'type');
  if (type === 'user' || type === 'assistant') return field(object(fields, 'message'), 'content') !== undefined;
  if (type === undefined || !EMPTY_TYPES.has(type)) return false;
  return ['sessionId', 'leafUuid', 'messageId'].some((key) => bytes(fields, key) !== undefined);
}

const NOTHING: readonly LogEvent[] = [];

/**
 * Without parsing the line: its type stands in its first bytes, and no object opens before it, so that it is the line's
 * own. A line whose end is in sight and is not that of an object is left to the parser to refuse.
 */
function isEmptyAtHead(line: Line): boolean {
  const head = line.head();
  const at = head.indexOf('"type":"');
  if (at === -1 || head.lastIndexOf('{', at) > 0) return false;
  if (!EMPTY_TYPES.has(head.slice(at + 8, head.indexOf('"', at + 8)))) return false;
  return line.size > head.length || head.endsWith('}');
}

interface State {
  /** Key of the turn that runs in the main thread. */
  turn?: string;
  /** Calls of the main thread without a result yet: an interrupt ends them. */
  open: string[];
  /** Directory that the session was started in, as far as the file has told. */
  project?: string;
  /** How often a line without any id was met, by hash. */
  anonymous: Record<string, number>;
}

/** The folder of a log is named after a directory: all but letters and digits turned to `-`, so `/` or `C:\` comes first. */
const FOLDER = /^(?:.*\/)?projects\/([A-Za-z]?-[A-Za-z0-9-]*)\//;

/** More open calls than a session can have at once: the oldest have lost their results. */
const MAX_OPEN = 200;

function open(path: string, saved: string | null): LogReader {
  const state: State = saved === null ? { open: [], anonymous: {} } : JSON.parse(saved);
  const folder = FOLDER.exec(path)?.[1];
  const stem = path.replace(/^.*\//, '').replace(/\.jsonl$/, '');

  const read = (line: Line): Reading => {
    if (isEmptyAtHead(line)) return NOTHING;
    const fields = asObject(line.json());
    const type = bytes(fields, 'type');
    if (fields === undefined || type === undefined) return { unknownType: '(none)' };
    if (EMPTY_TYPES.has(type)) return NOTHING;
    if (!TYPES.has(type)) return { unknownType: text(type) ?? '(none)' };
    const where = placeOf(fields);
    const at = instant(field(fields, 'timestamp'));
    const events: LogEvent[] = [sessionEvent(fields, where, at)];
    if (type === 'assistant') readAssistant(fields, where, at, line, events);
    else if (type === 'user') readUser(fields, where, at, line, events);
    else readSystem(fields, where, at, events);
    return events;
  };

  const placeOf = (fields: JsonObject): Where => {
    const sidechain = flag(fields, 'isSidechain');
    return {
      session: name(fields, 'sessionId') ?? stem,
      agent: sidechain ? (name(fields, 'agentId') ?? 'sidechain') : '',
      sidechain,
      copied: object(fields, 'forkedFrom') !== undefined,
    };
  };

  const sessionEvent = (fields: JsonObject, where: Where, at: number | undefined): LogEvent => {
    const project = projectOf(fields, where);
    const branch = name(fields, 'gitBranch');
    const clientVersion = name(fields, 'version');
    const entrypoint = name(fields, 'entrypoint');
    const parent = name(object(fields, 'forkedFrom'), 'sessionId');
    return {
      type: 'session',
      where,
      ...(at !== undefined && { at }),
      ...(project !== undefined && { project }),
      ...(branch !== undefined && { branch }),
      ...(clientVersion !== undefined && { clientVersion }),
      ...(entrypoint !== undefined && { entrypoint }),
      ...(parent !== undefined && { parent }),
    };
  };

  /**
   * The directory that the session was started in. Later lines may stand in a subdirectory or a worktree; the folder of
   * the log is named after the first one, which tells them apart. Where no line fits the folder (a log that was moved, a
   * name too long for a folder) the first one of the main thread counts.
   */
  const projectOf = (fields: JsonObject, { sidechain }: Where): string | undefined => {
    const cwd = name(fields, 'cwd');
    if (cwd === undefined) return undefined;
    if (cwd.replace(/[^A-Za-z0-9]/g, '-') === folder) state.project = cwd;
    else if (!sidechain) state.project ??= cwd;
    return state.project;
  };

  /** An id for a line that has none: the same bytes at the same place of a copy give the same one. */
  const lineKey = (fields: JsonObject, line: Line): string => {
    const uuid = name(fields, 'uuid');
    if (uuid !== undefined) return uuid;
    const hash = line.hash();
    const nth = (state.anonymous[hash] ?? 0) + 1;
    state.anonymous[hash] = nth;
    return `claude:${hash}#${nth}`;
  };

  const readAssistant = (fields: JsonObject, where: Where, at: number | undefined, line: Line, events: LogEvent[]): void => {
    const message = object(fields, 'message');
    const model = name(message, 'model');
    const turn = where.sidechain ? undefined : state.turn;
    const common = { where, ...(at !== undefined && { at }), ...(turn !== undefined && { turn }) };
    if (flag(fields, 'isApiErrorMessage')) {
      const httpStatus = count(fields, 'apiErrorStatus');
      events.push({
        type: 'request',
        key: lineKey(fields, line),
        ...common,
        status: 'error',
        ...(httpStatus !== undefined && { httpStatus }),
      });
      return;
    }
    const usage = object(message, 'usage');
    let request: string | undefined;
    if (usage !== undefined && model !== '<synthetic>') {
      request = requestKey(fields, message, where, line);
      const skill = name(fields, 'attributionSkill');
      const costUsd = field(fields, 'costUSD');
      events.push({
        type: 'request',
        key: request,
        ...common,
        ...(model !== undefined && { model, ...providerOf(model) }),
        ...tokensOf(usage),
        ...(typeof costUsd === 'number' && costUsd >= 0 && costUsd < 1e6 && { reportedNanoUsd: Math.round(costUsd * 1e9) }),
        status: 'ok',
        ...(skill !== undefined && { skill }),
      });
    }
    for (const entry of array(message, 'content')) {
      const block = asObject(entry);
      if (bytes(block, 'type') === 'tool_use') readCall(block, where, at, request, events);
    }
  };

  /** A provider's id is unique everywhere; a gateway's may repeat in another session or request. */
  const requestKey = (fields: JsonObject, message: JsonObject | undefined, where: Where, line: Line): string => {
    const id = name(message, 'id');
    if (id === undefined) return lineKey(fields, line);
    return id.startsWith('msg_') ? id : `claude:${where.session}:${id}:${name(fields, 'requestId') ?? ''}`;
  };

  const callKey = (id: string, where: Where): string => (id.startsWith('toolu_') ? id : `claude:${where.session}:${id}`);

  const readCall = (
    block: JsonObject | undefined,
    where: Where,
    at: number | undefined,
    request: string | undefined,
    events: LogEvent[],
  ): void => {
    const id = name(block, 'id');
    if (id === undefined) return;
    const key = callKey(id, where);
    const tool = name(block, 'name');
    const item = itemOf(tool, object(block, 'input'));
    if (!where.sidechain && !state.open.includes(key)) {
      state.open.push(key);
      if (state.open.length > MAX_OPEN) state.open.shift();
    }
    const call: CallEvent = {
      type: 'call',
      where,
      key,
      ...(at !== undefined && { startedAt: at }),
      ...(tool !== undefined && { tool }),
      ...(item !== undefined && { item }),
      ...(request !== undefined && { request }),
      ...(!where.sidechain && state.turn !== undefined && { turn: state.turn }),
    };
    events.push(call);
  };

  const readUser = (fields: JsonObject, where: Where, at: number | undefined, line: Line, events: LogEvent[]): void => {
    const message = object(fields, 'message');
    const results = array(message, 'content')
      .map(asObject)
      .filter((block) => bytes(block, 'type') === 'tool_result');
    for (const block of results) {
      const id = name(block, 'tool_use_id');
      if (id === undefined) continue;
      const key = callKey(id, where);
      state.open = state.open.filter((other) => other !== key);
      const reportedMs = results.length === 1 ? reportedDuration(object(fields, 'toolUseResult')) : undefined;
      events.push({
        type: 'call',
        where,
        key,
        ...(at !== undefined && { endedAt: at }),
        ...(reportedMs !== undefined && { reportedMs }),
        ...classify(block, results.length === 1 ? bytes(fields, 'toolDenialKind') : undefined),
      });
    }
    if (results.length > 0 || where.sidechain) return;
    const prompt = readPrompt(fields, message);
    if (prompt.kind === 'interrupt') interrupt(where, at, events);
    else if (prompt.kind === 'turn') {
      state.turn = name(fields, 'promptId') ?? lineKey(fields, line);
      state.open = [];
      events.push({
        type: 'turn',
        where,
        key: state.turn,
        ...(at !== undefined && { startedAt: at }),
        trigger: prompt.command === undefined ? 'human' : 'command',
        ...(prompt.command !== undefined && { command: prompt.command }),
      });
    }
  };

  /** That a call was interrupted is concluded, not told: without a time, so that any result that is told counts more. */
  const interrupt = (where: Where, at: number | undefined, events: LogEvent[]): void => {
    for (const key of state.open) events.push({ type: 'call', where, key, outcome: 'interrupted' });
    state.open = [];
    if (state.turn === undefined) return;
    events.push({ type: 'turn', where, key: state.turn, ...(at !== undefined && { endedAt: at }), outcome: 'interrupted' });
  };

  const readSystem = (fields: JsonObject, where: Where, at: number | undefined, events: LogEvent[]): void => {
    const reportedMs = duration(fields, 'durationMs');
    if (bytes(fields, 'subtype') !== 'turn_duration' || state.turn === undefined || where.sidechain) return;
    events.push({
      type: 'turn',
      where,
      key: state.turn,
      ...(at !== undefined && { endedAt: at }),
      ...(reportedMs !== undefined && { reportedMs }),
      outcome: 'ok',
    });
  };

  return { read, save: () => JSON.stringify(state) };
}

/** The log names no provider. Its own models have one of two; a gateway's model may be anybody's. */
function providerOf(model: string): { provider?: string } {
  if (model.startsWith('claude-')) return { provider: 'anthropic' };
  return /^(?:[a-z]+\.)?anthropic\./.test(model) ? { provider: 'aws' } : {};
}

function tokensOf(usage: JsonObject) {
  const written = count(usage, 'cache_creation_input_tokens') ?? 0;
  const split = object(usage, 'cache_creation');
  const thinking = count(object(usage, 'output_tokens_details'), 'thinking_tokens');
  const hour = count(split, 'ephemeral_1h_input_tokens') ?? 0;
  const fiveMinutes = Math.max(written - hour, count(split, 'ephemeral_5m_input_tokens') ?? 0);
  return {
    inputTokens: count(usage, 'input_tokens') ?? 0,
    cacheReadTokens: count(usage, 'cache_read_input_tokens') ?? 0,
    cacheWrite5mTokens: fiveMinutes,
    cacheWrite1hTokens: hour,
    outputTokens: count(usage, 'output_tokens') ?? 0,
    ...(thinking !== undefined && { reasoningTokens: thinking }),
    webSearches: count(object(usage, 'server_tool_use'), 'web_search_requests') ?? 0,
  };
}

/** Stated by WebFetch and Glob, by sub-agents, and by WebSearch (in seconds). */
const reportedDuration = (result: JsonObject | undefined): number | undefined =>
  duration(result, 'durationMs') ?? duration(result, 'totalDurationMs') ?? duration(result, 'durationSeconds', 1000);

/** Names only: which skill, which kind of sub-agent, which command. */
function itemOf(tool: string | undefined, input: JsonObject | undefined): string | undefined {
  if (tool === 'Skill') return name(input, 'skill');
  if (tool === 'Task' || tool === 'Agent') return name(input, 'subagent_type') ?? 'general-purpose';
  if (tool === 'SlashCommand') return text(/^\/(\S+)/.exec(bytes(input, 'command') ?? '')?.[1]);
  return undefined;
}
