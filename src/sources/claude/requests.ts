import type { RequestEvent } from '../../model/event.ts';
import { count, field, name, object, type JsonObject } from '../../model/json.ts';
import { lineKey, turnOf, type Entry, type State } from './state.ts';

/** Undefined where the client itself speaks in the model's place (`<synthetic>`), which costs nothing. */
export function readResponse(state: State, entry: Entry, message: JsonObject | undefined): RequestEvent | undefined {
  const { fields, where, at } = entry;
  const usage = object(message, 'usage');
  const model = name(message, 'model');
  if (usage === undefined || model === '<synthetic>') return undefined;
  const turn = turnOf(state, where);
  const skill = name(fields, 'attributionSkill');
  const costUsd = field(fields, 'costUSD');
  const [fiveMinutes, hour] = cacheWritesOf(usage);
  return {
    type: 'request',
    key: requestKey(state, entry, message),
    where,
    at,
    turn,
    model,
    provider: model === undefined ? undefined : providerOf(model),
    inputTokens: count(usage, 'input_tokens') ?? 0,
    cacheReadTokens: count(usage, 'cache_read_input_tokens') ?? 0,
    cacheWrite5mTokens: fiveMinutes,
    cacheWrite1hTokens: hour,
    outputTokens: count(usage, 'output_tokens') ?? 0,
    reasoningTokens: count(object(usage, 'output_tokens_details'), 'thinking_tokens'),
    webSearches: count(object(usage, 'server_tool_use'), 'web_search_requests') ?? 0,
    reportedNanoUsd: typeof costUsd === 'number' && costUsd >= 0 && costUsd < 1e6 ? Math.round(costUsd * 1e9) : undefined,
    status: 'ok',
    skill,
  };
}

export function failedRequest(state: State, entry: Entry, status: 'error' | 'retry', httpStatus: number | undefined): RequestEvent {
  const { where, at } = entry;
  const turn = turnOf(state, where);
  return {
    type: 'request',
    key: lineKey(state, entry),
    where,
    at,
    turn,
    status,
    httpStatus,
  };
}

/** A provider's id is unique everywhere; a gateway's may repeat in another session or request. */
function requestKey(state: State, entry: Entry, message: JsonObject | undefined): string {
  const id = name(message, 'id');
  if (id === undefined) return lineKey(state, entry);
  return id.startsWith('msg_') ? id : `claude:${entry.where.session}:${id}:${name(entry.fields, 'requestId') ?? ''}`;
}

/** The log names no provider. Its own models have one of two; a gateway's model may be anybody's. */
function providerOf(model: string): string | undefined {
  if (model.startsWith('claude-')) return 'anthropic';
  return /^(?:[a-z]+\.)?anthropic\./.test(model) ? 'aws' : undefined;
}

function cacheWritesOf(usage: JsonObject): readonly [fiveMinutes: number, hour: number] {
  const written = count(usage, 'cache_creation_input_tokens') ?? 0;
  const split = object(usage, 'cache_creation');
  const hour = count(split, 'ephemeral_1h_input_tokens') ?? 0;
  return [Math.max(written - hour, count(split, 'ephemeral_5m_input_tokens') ?? 0), hour];
}
