import type { CallEvent } from '../../model/event.ts';
import { field, flag, name, object, type JsonObject } from '../../model/json.ts';
import { keep, type Entry, type EntryReader, type Verdict } from './state.ts';

/** A tool's id is unique only inside its turn. */
function keyOf({ where, turn, body }: Entry): string | undefined {
  const id = name(body, 'tool_id');
  return id === undefined ? undefined : `${turn ?? `roder:${where.session}:`}:${id}`;
}

/** A call is asked for, and then run. */
export const startCall: EntryReader = (state, entry) => {
  const { where, at, turn, variant, body } = entry;
  const key = keyOf(entry);
  if (key === undefined) return [];
  const isRun = variant === 'ToolCallStarted';
  keep(state.calls, key, { ...state.calls.get(key), ...(isRun && at !== undefined && { runAt: at }) });
  const tool = name(body, 'tool_name');
  return [
    {
      type: 'call',
      where,
      key,
      startedAt: at,
      tool,
      turn,
    },
  ];
};

/** Between the two lies the wait for a person's approval, which is not the tool's time. */
export const endCall: EntryReader = (state, entry) => {
  const { where, at, turn, body } = entry;
  const key = keyOf(entry);
  if (key === undefined) return [];
  const { runAt, verdict } = state.calls.get(key) ?? {};
  keep(state.calls, key, { isOver: true });
  const tool = name(body, 'tool_name');
  const call: CallEvent = {
    type: 'call',
    where,
    key,
    endedAt: at,
    ...(at !== undefined && runAt !== undefined && { reportedMs: Math.max(0, at - runAt) }),
    tool,
    turn,
    ...(flag(body, 'is_error') ? (verdict ?? FAILED) : { outcome: 'ok' }),
  };
  return [call];
};

const FAILED: Verdict = { outcome: 'error', errorClass: 'unclassified' };

/** A call that is not let through ends like one that failed; why was said before. The first to say no decides. */
const decide =
  (verdict: Verdict, isRefused: (body: JsonObject) => boolean): EntryReader =>
  (state, entry) => {
    const key = keyOf(entry);
    if (key !== undefined && isRefused(entry.body)) keep(state.calls, key, { verdict, ...state.calls.get(key) });
    return [];
  };

export const readPolicy = decide(
  { outcome: 'blocked', errorClass: 'permission' },
  (body) => field(object(body, 'decision'), 'decision') === 'denied',
);
export const readApproval = decide({ outcome: 'declined' }, (body) => field(body, 'approved') === false);
