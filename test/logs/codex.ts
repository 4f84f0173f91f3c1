import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../world.ts';

/* Writes Codex logs line by line, with the times of `claude.ts`: milliseconds after midnight UTC of 2026-06-01. */

const T0 = Date.parse('2026-06-01T00:00:00Z');
const SESSION = '019e7f00-1111-7abc-8def-000000000001';
const TURN = '019e7f00-2222-7abc-8def-000000000002';

const line = (type: string, at: number, payload: object): string =>
  JSON.stringify({ timestamp: new Date(T0 + at).toISOString(), type, payload });

/** The head of a log: the session and the settings of its first turn. */
export const head = (at: number, session = SESSION): readonly string[] => [
  line('session_meta', at, { id: session, cwd: '/home/ada/work/lathe', originator: 'codex_cli_rs', cli_version: '0.118.0', source: 'cli' }),
  line('event_msg', at, { type: 'task_started', turn_id: TURN }),
  line('turn_context', at, { turn_id: TURN, cwd: '/home/ada/work/lathe', model: 'gpt-5-codex' }),
];

export const start = (id: string, at: number): string =>
  line('response_item', at, { type: 'function_call', name: 'exec_command', arguments: '{}', call_id: id });

export const end = (id: string, at: number): string =>
  line('response_item', at, { type: 'function_call_output', call_id: id, output: 'Process exited with code 0\nOutput:\nfine' });

/** The counters of the session so far. */
export const tokens = (at: number, input: number, output: number): string =>
  line('event_msg', at, { type: 'token_count', info: { total_token_usage: { input_tokens: input, output_tokens: output } } });

/** Where the log of a session lies; `ending` may be `.jsonl.zst`. */
export const logPath = (machine: Machine, ending = '.jsonl', session = SESSION): string =>
  join(machine.home, '.codex/sessions/2026/06/01', `rollout-2026-06-01T00-00-00-${session}${ending}`);

export function writeBytes(path: string, bytes: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}
