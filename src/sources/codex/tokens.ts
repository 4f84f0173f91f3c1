import type { CallEvent, LogEvent, RequestEvent } from '../../model/event.ts';
import { count, object, type JsonObject } from '../../model/json.ts';
import type { Entry, State, Usage } from './state.ts';

/**
 * A rise of the counter is one request: its key is the counter's new value. What makes that value unique, and yet the
 * same in a fork that repeats its parent's lines under another session id and with other times, is
 *
 * - the turn's id where the client writes one: it is unique everywhere and repeated unchanged;
 * - else the thread that the counter began with. A fork goes on with its parent's counter, so both count within the
 *   first ancestor's. That two branches reach one value by different requests would take equal sums of all four parts.
 *
 * The epoch counts the restarts of the counter within that scope (a compaction may begin again at 0). It is counted
 * within the scope, so that a sub-agent that repeats only its parent's last turns arrives at the same number.
 */
export function readTokenCount(state: State, { payload, at }: Entry): readonly LogEvent[] {
  const info = object(payload, 'info');
  const total = usageOf(object(info, 'total_token_usage'));
  const before = state.counter.total;
  if (total === undefined || keyOf(total) === keyOf(before)) return [];
  const scope = state.turn.id ?? state.thread;
  const restarted = (total.input ?? 0) < (before.input ?? 0) || (total.output ?? 0) < (before.output ?? 0);
  const epoch = scope === state.counter.scope ? state.counter.epoch + (restarted ? 1 : 0) : 0;
  state.counter = { scope, epoch, total };
  const used = usageOf(object(info, 'last_token_usage')) ?? (restarted ? total : riseOf(total, before));
  if (keyOf(total) === '0:0:0:0') return [];
  const key = `codex:${scope}:${epoch}:${keyOf(total)}`;
  const request: RequestEvent = {
    type: 'request',
    where: state.where,
    key,
    at,
    provider: state.provider ?? 'openai',
    model: state.model,
    ...disjoint(used),
    status: 'ok',
    turn: state.turn.key,
  };
  return [request, ...billCalls(state, key)];
}

/** The counter is written after the calls of its response (and before their outputs): those since the last rise. */
function billCalls(state: State, request: string): readonly CallEvent[] {
  const calls = state.unbilled.map((key): CallEvent => ({ type: 'call', key, where: state.where, request }));
  state.unbilled = [];
  return calls;
}

/** Undefined when no part of it is a number: exports for others put placeholders there. */
function usageOf(fields: JsonObject | undefined): Usage | undefined {
  const input = count(fields, 'input_tokens');
  const cached = count(fields, 'cached_input_tokens');
  const cacheWrite = count(fields, 'cache_write_input_tokens');
  const output = count(fields, 'output_tokens');
  const reasoning = count(fields, 'reasoning_output_tokens');
  const isUsable = input !== undefined || cached !== undefined || output !== undefined || reasoning !== undefined;
  return isUsable ? { input, cached, cacheWrite, output, reasoning } : undefined;
}

const keyOf = ({ input = 0, cached = 0, output = 0, reasoning = 0 }: Usage): string => `${input}:${cached}:${output}:${reasoning}`;

const rise = (now: number | undefined, before = 0): number | undefined => (now === undefined ? undefined : Math.max(0, now - before));

const riseOf = (total: Usage, before: Usage): Usage => ({
  input: rise(total.input, before.input),
  cached: rise(total.cached, before.cached),
  cacheWrite: rise(total.cacheWrite, before.cacheWrite),
  output: rise(total.output, before.output),
  reasoning: rise(total.reasoning, before.reasoning),
});

type Tokens = Pick<RequestEvent, 'inputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'outputTokens' | 'reasoningTokens'>;

/** The parts of Codex contain each other; those of an event do not. */
function disjoint({ input, cached, cacheWrite, output, reasoning }: Usage): Partial<Tokens> {
  const tokens: { -readonly [Field in keyof Tokens]?: Tokens[Field] } = {};
  if (input !== undefined) tokens.inputTokens = Math.max(0, input - (cached ?? 0) - (cacheWrite ?? 0));
  if (cached !== undefined) tokens.cacheReadTokens = cached;
  if (cacheWrite !== undefined) tokens.cacheWrite5mTokens = cacheWrite;
  if (output !== undefined) tokens.outputTokens = output;
  if (reasoning !== undefined) tokens.reasoningTokens = reasoning;
  return tokens;
}
