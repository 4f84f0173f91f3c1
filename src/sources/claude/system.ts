import type { CompactionEvent, TurnEvent } from '../../model/event.ts';
import { bytes, count, duration, object } from '../../model/json.ts';
import { failedRequest } from './requests.ts';
import { lineKey, turnOf, type Entry, type EntryReader, type State } from './state.ts';

/** The client's own notes; most of them only show that the session is alive. */
export const readSystem: EntryReader = (state, entry, events) => {
  const { fields } = entry;
  const subtype = bytes(fields, 'subtype');
  if (subtype === 'turn_duration') events.push(...endTurn(state, entry));
  else if (subtype === 'compact_boundary') events.push(readCompaction(state, entry));
  else if (subtype === 'api_error') events.push(failedRequest(state, entry, 'retry', count(object(fields, 'error'), 'status')));
};

function endTurn(state: State, { fields, where, at }: Entry): readonly TurnEvent[] {
  const key = turnOf(state, where);
  if (key === undefined) return [];
  const reportedMs = duration(fields, 'durationMs');
  return [
    {
      type: 'turn',
      where,
      key,
      endedAt: at,
      reportedMs,
      outcome: 'ok',
    },
  ];
}

function readCompaction(state: State, entry: Entry): CompactionEvent {
  const { fields, where, at } = entry;
  const metadata = object(fields, 'compactMetadata');
  const trigger = bytes(metadata, 'trigger');
  const preTokens = count(metadata, 'preTokens');
  return {
    type: 'compaction',
    where,
    key: lineKey(state, entry),
    at,
    trigger: trigger === 'auto' || trigger === 'manual' ? trigger : undefined,
    preTokens,
  };
}
