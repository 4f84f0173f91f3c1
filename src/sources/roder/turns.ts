import type { FactEvent, Outcome, RequestEvent } from '../../model/event.ts';
import { count, name, object, type JsonObject } from '../../model/json.ts';
import { keep, type EntryReader, type Model, type OpenCall, type State } from './state.ts';

export const startTurn: EntryReader = (_, { where, at, turn }) =>
  turn === undefined ? [] : [{ type: 'turn', where, key: turn, ...(at !== undefined && { startedAt: at }) }];

/** A turn may ask several models in a row; its usage is one sum, and counts for the last. */
export const useModel: EntryReader = (state, { turn, body }) => {
  if (turn !== undefined) keep(state.models, turn, modelOf(object(body, 'model')));
  return [];
};

export function modelOf(fields: JsonObject | undefined): Model {
  const provider = name(fields, 'provider');
  const model = name(fields, 'model');
  return { ...(provider !== undefined && { provider }), ...(model !== undefined && { model }) };
}

/** The usage of all its responses is written when a turn ends, so each turn is one request; its key is the turn's. */
export const endTurn =
  (outcome: Outcome): EntryReader =>
  (state, { where, at, turn, body }) => {
    if (turn === undefined) return [];
    const tokens = tokensOf(object(body, 'usage'));
    const calls = takeCalls(state, turn);
    const events: FactEvent[] = [{ type: 'turn', where, key: turn, ...(at !== undefined && { endedAt: at }), outcome }];
    if (tokens !== undefined || outcome === 'error') {
      events.push({
        type: 'request',
        where,
        key: turn,
        ...(at !== undefined && { at }),
        ...(state.models.get(turn) ?? state.thread),
        ...tokens,
        status: outcome === 'error' ? 'error' : 'ok',
        turn,
      });
      // Said of the calls only now: a call that is told of a request must find it.
      for (const [key] of calls) events.push({ type: 'call', where, key, request: turn });
    }
    if (outcome === 'interrupted') {
      // Concluded, not told: without a time, so that any result that is told counts more.
      for (const [key, { isOver }] of calls) if (isOver !== true) events.push({ type: 'call', where, key, outcome });
    }
    state.models.delete(turn);
    return events;
  };

function takeCalls(state: State, turn: string): readonly (readonly [string, OpenCall])[] {
  const calls = [...state.calls].filter(([key]) => key.startsWith(`${turn}:`));
  for (const [key] of calls) state.calls.delete(key);
  return calls;
}

type Tokens = Pick<RequestEvent, 'inputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'outputTokens'>;

/** Cached tokens, read and written, are parts of `prompt_tokens`. Undefined: none, or all zero, which is the same. */
function tokensOf(usage: JsonObject | undefined): Tokens | undefined {
  const prompt = count(usage, 'prompt_tokens') ?? 0;
  const outputTokens = count(usage, 'completion_tokens') ?? 0;
  const cacheReadTokens = count(usage, 'cached_prompt_tokens') ?? 0;
  const cacheWrite5mTokens = count(usage, 'cache_creation_prompt_tokens') ?? 0;
  if (prompt + outputTokens + cacheReadTokens + cacheWrite5mTokens === 0) return undefined;
  const inputTokens = Math.max(0, prompt - cacheReadTokens - cacheWrite5mTokens);
  return { inputTokens, cacheReadTokens, cacheWrite5mTokens, outputTokens };
}
