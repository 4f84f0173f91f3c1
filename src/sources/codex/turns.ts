import type { TurnEvent } from '../../model/event.ts';
import { duration, field, name } from '../../model/json.ts';
import { isUuid, lineKey, type Entry, type State } from './state.ts';

/*
 * A turn begins with a prompt. New clients announce it (`task_started`, sometimes `turn_context`) with an id before the
 * prompt; others write `turn_context` after it, and old ones give no id at all. So a prompt takes the id of the turn
 * that is announced and has not ended, and else is known by its own line: an id that comes after it is that of its turn.
 * A task without a prompt (a compaction, a review) is no turn, nor is the errand of a sub-agent.
 */

/** Says that the lines from here on belong to this turn. */
export function enterTurn(state: State, id: string | undefined): void {
  const { turn } = state;
  if (!isUuid(id) || id === turn.id) return;
  const awaitsId = turn.key !== undefined && turn.id === undefined && turn.over !== true;
  state.turn = awaitsId ? { ...turn, id } : { id };
}

export function startTask(state: State, { payload }: Entry): readonly TurnEvent[] {
  enterTurn(state, name(payload, 'turn_id'));
  return [];
}

/** Early clients wrote what they put before the prompt as messages of the user, too. */
const NOT_TYPED: ReadonlySet<string> = new Set(['environment_context', 'user_instructions']);

export function readPrompt(state: State, entry: Entry): readonly TurnEvent[] {
  const { payload, at } = entry;
  if (state.where.sidechain || NOT_TYPED.has(name(payload, 'kind') ?? '')) return [];
  const { id, key: current, over } = state.turn;
  const announced = id === undefined || over === true ? undefined : `codex:${id}`;
  /** A second prompt of an announced turn steers it; one after a turn that got its id late is a new turn. */
  const isOfTurn = announced !== undefined && (current === undefined || current === announced);
  const key = isOfTurn ? announced : lineKey(state, entry);
  state.turn = isOfTurn ? { ...state.turn, key } : { key };
  return [{ type: 'turn', where: state.where, key, startedAt: at, trigger: 'human' }];
}

/** `task_complete` and `turn_aborted`. */
export function endTurn(state: State, { type, payload, at }: Entry): readonly TurnEvent[] {
  const id = name(payload, 'turn_id');
  const { turn } = state;
  if (isUuid(id) && turn.id !== undefined && id !== turn.id) return [];
  state.turn = { ...turn, over: true };
  if (turn.key === undefined) return [];
  const reportedMs = duration(payload, 'duration_ms');
  return [
    {
      type: 'turn',
      where: state.where,
      key: turn.key,
      endedAt: at,
      reportedMs,
      outcome: type === 'event_msg/turn_aborted' ? 'interrupted' : field(payload, 'error') ? 'error' : 'ok',
    },
  ];
}
