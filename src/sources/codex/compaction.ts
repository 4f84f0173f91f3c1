import type { CompactionEvent } from '../../model/event.ts';
import { count, name } from '../../model/json.ts';
import { isUuid, lineKey, type Entry, type State } from './state.ts';

/**
 * `compacted` carries the history that goes on in the place of the one before; some clients write the event
 * `context_compacted` beside it. Whichever comes first is the compaction, and the other one after it says the same.
 *
 * A compaction opens a new context window. Its id is repeated unchanged in a fork. A sub-agent may begin with the history
 * that it is given, as `compacted` of its window 0: that is none.
 */
export function readCompaction(state: State, entry: Entry): readonly CompactionEvent[] {
  const { type, payload, at } = entry;
  if (count(payload, 'window_number') === 0) return [];
  const isRepetition = state.compaction !== null && state.compaction !== type;
  state.compaction = isRepetition ? null : type;
  if (isRepetition) return [];
  const window = name(payload, 'window_id');
  const key = isUuid(window) ? `codex:${window}` : lineKey(state, entry);
  return [{ type: 'compaction', where: state.where, key, at }];
}
