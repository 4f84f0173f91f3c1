import type { LogEvent } from '../../model/event.ts';
import { array, asObject, bytes, name, object } from '../../model/json.ts';
import { endCall } from './calls.ts';
import { readPrompt } from './prompt.ts';
import { lineKey, type Entry, type EntryReader, type State } from './state.ts';

/** The results of calls, or something that was typed, or what the client says in the person's name. */
export const readUser: EntryReader = (state, entry, events) => {
  const { fields, where } = entry;
  const message = object(fields, 'message');
  const results = array(message, 'content')
    .map(asObject)
    .filter((block) => bytes(block, 'type') === 'tool_result');
  for (const block of results) {
    const call = endCall(state, entry, block, results.length === 1);
    if (call !== undefined) events.push(call);
  }
  if (results.length > 0 || where.sidechain) return;
  const prompt = readPrompt(fields, message);
  if (prompt.kind === 'interrupt') interrupt(state, entry, events);
  else if (prompt.kind === 'turn') beginTurn(state, entry, prompt.command, events);
};

function beginTurn(state: State, entry: Entry, command: string | undefined, events: LogEvent[]): void {
  const { fields, where, at } = entry;
  state.turn = name(fields, 'promptId') ?? lineKey(state, entry);
  state.open = [];
  events.push({
    type: 'turn',
    where,
    key: state.turn,
    startedAt: at,
    trigger: command === undefined ? 'human' : 'command',
    command,
  });
}

/** That a call was interrupted is concluded, not told: without a time, so that any result that is told counts more. */
function interrupt(state: State, { where, at }: Entry, events: LogEvent[]): void {
  for (const key of state.open) events.push({ type: 'call', where, key, outcome: 'interrupted' });
  state.open = [];
  if (state.turn === undefined) return;
  events.push({ type: 'turn', where, key: state.turn, endedAt: at, outcome: 'interrupted' });
}
