import type { CallEvent, Where } from '../../model/event.ts';
import { bytes, duration, name, object, text, type JsonObject } from '../../model/json.ts';
import { programOf } from '../../model/tool.ts';
import { readsOf } from '../common/reads.ts';
import { classify } from './outcome.ts';
import { turnOf, type Entry, type State } from './state.ts';

/** More open calls than a session can have at once: the oldest have lost their results. */
const MAX_OPEN = 200;

/** A `tool_use` block; `request` is the key of the response that it is a part of. */
export function startCall(
  state: State,
  { where, at }: Entry,
  block: JsonObject | undefined,
  request: string | undefined,
): CallEvent | undefined {
  const id = name(block, 'id');
  if (id === undefined) return undefined;
  const key = callKey(id, where);
  const tool = name(block, 'name');
  const input = object(block, 'input');
  const item = itemOf(tool, input);
  const reads = tool === 'Read' ? readsOf([bytes(input, 'file_path') ?? ''], state.project) : undefined;
  const turn = turnOf(state, where);
  if (!where.sidechain && !state.open.includes(key)) {
    state.open.push(key);
    if (state.open.length > MAX_OPEN) state.open.shift();
  }
  return {
    type: 'call',
    where,
    key,
    startedAt: at,
    tool,
    item,
    request,
    turn,
    reads,
  };
}

/** A `tool_result` block. `isOnly`: what the line says beside its blocks is about this one. */
export function endCall(state: State, { fields, where, at }: Entry, block: JsonObject | undefined, isOnly: boolean): CallEvent | undefined {
  const id = name(block, 'tool_use_id');
  if (id === undefined) return undefined;
  const key = callKey(id, where);
  const open = state.open.indexOf(key);
  if (open !== -1) state.open.splice(open, 1);
  const { outcome, errorClass } = classify(block, isOnly ? bytes(fields, 'toolDenialKind') : undefined);
  const reportedMs = isOnly ? reportedDuration(object(fields, 'toolUseResult')) : undefined;
  return {
    type: 'call',
    where,
    key,
    endedAt: at,
    reportedMs,
    outcome,
    errorClass,
  };
}

/** A provider's id is unique everywhere; a gateway's may repeat in another session. */
const callKey = (id: string, { session }: Where): string => (id.startsWith('toolu_') ? id : `claude:${session}:${id}`);

/** Names only: which program, which skill, which kind of sub-agent, which command. */
function itemOf(tool: string | undefined, input: JsonObject | undefined): string | undefined {
  if (tool === 'Bash' || tool === 'PowerShell') return programOf(bytes(input, 'command') ?? '');
  if (tool === 'Skill') return name(input, 'skill');
  if (tool === 'Task' || tool === 'Agent') return name(input, 'subagent_type') ?? 'general-purpose';
  if (tool === 'SlashCommand') return text(/^\/(\S+)/.exec(bytes(input, 'command') ?? '')?.[1]);
  return undefined;
}

/** Stated by WebFetch and Glob, by sub-agents, and by WebSearch (in seconds). */
const reportedDuration = (result: JsonObject | undefined): number | undefined =>
  duration(result, 'durationMs') ?? duration(result, 'totalDurationMs') ?? duration(result, 'durationSeconds', 1000);
