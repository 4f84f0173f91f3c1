import type { LogEvent } from '../../model/event.ts';
import { bytes, duration } from '../../model/json.ts';
import { turnOf, type Entry, type EntryReader, type State } from './state.ts';

/** The client's own notes; most of them tell only that the session is alive. */
export const readSystem: EntryReader = (state, entry, events) => {
  const subtype = bytes(entry.fields, 'subtype');
  if (subtype === 'turn_duration') endTurn(state, entry, events);
};

function endTurn(state: State, { fields, where, at }: Entry, events: LogEvent[]): void {
  const key = turnOf(state, where);
  if (key === undefined) return;
  const reportedMs = duration(fields, 'durationMs');
  events.push({
    type: 'turn',
    where,
    key,
    ...(at !== undefined && { endedAt: at }),
    ...(reportedMs !== undefined && { reportedMs }),
    outcome: 'ok',
  });
}
