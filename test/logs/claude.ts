import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../world.ts';

/*
 * Writes Claude Code logs line by line. Times are milliseconds after midnight UTC of 2026-06-01, so that a test can say
 * "called at 1000, ended at 1125".
 */

export const T0 = Date.parse('2026-06-01T00:00:00Z');
const SESSION = '11111111-1111-4111-8111-111111111111';

export interface LineOptions {
  readonly session?: string;
  readonly uuid?: string | null;
  readonly sidechain?: boolean;
  readonly agent?: string;
  readonly forkedFrom?: string;
  readonly cwd?: string;
}

export interface UsageFigures {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

let serial = 0;

const line = (type: string, at: number | null, options: LineOptions, rest: object): string =>
  JSON.stringify({
    parentUuid: null,
    isSidechain: options.sidechain ?? false,
    userType: 'external',
    cwd: options.cwd ?? '/home/ada/work/lathe',
    sessionId: options.session ?? SESSION,
    version: '2.1.62',
    gitBranch: 'main',
    ...(options.agent !== undefined && { agentId: options.agent }),
    ...(options.forkedFrom !== undefined && { forkedFrom: { sessionId: options.forkedFrom, messageUuid: 'x' } }),
    type,
    ...rest,
    ...(options.uuid !== null && { uuid: options.uuid ?? `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}` }),
    ...(at !== null && { timestamp: new Date(T0 + at).toISOString() }),
  });

/** A prompt that a person typed. */
export const prompt = (at: number | null, text: string, options: LineOptions = {}): string =>
  line('user', at, options, { message: { role: 'user', content: text } });

/** A slash command, as the client writes it. */
export const command = (at: number | null, name: string, options: LineOptions = {}): string =>
  prompt(at, `<command-name>/${name}</command-name>\n<command-args>now</command-args>`, options);

/** The person pressed Escape. */
export const interrupt = (at: number | null, options: LineOptions = {}): string => prompt(at, '[Request interrupted by user]', options);

/** A line of the parent's log that repeats a line of a sub-agent. */
export const progress = (at: number | null, repeated: string, options: LineOptions = {}): string =>
  line('progress', at, options, { data: { type: 'agent_progress', message: JSON.parse(repeated) } });

/** One line of a model's response; without calls it is text. */
export const response = (
  at: number | null,
  id: string,
  usage: UsageFigures = {},
  options: LineOptions & { readonly model?: string; readonly calls?: readonly ToolUse[] } = {},
): string =>
  line('assistant', at, options, {
    message: {
      model: options.model ?? 'claude-sonnet-4-20250514',
      id,
      type: 'message',
      role: 'assistant',
      content: options.calls?.map((call) => ({ type: 'tool_use', ...call })) ?? [{ type: 'text', text: 'words' }],
      usage: {
        input_tokens: usage.input ?? 0,
        output_tokens: usage.output ?? 0,
        cache_read_input_tokens: usage.cacheRead ?? 0,
        cache_creation_input_tokens: usage.cacheWrite ?? 0,
      },
    },
    requestId: `req_${id}`,
  });

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input?: object;
}

/** The call half of a tool call, on a response of its own. */
export const start = (
  id: string,
  at: number | null,
  options: LineOptions & { readonly tool?: string; readonly input?: object; readonly message?: string; readonly model?: string } = {},
): string =>
  response(
    at,
    options.message ?? `msg_${id}`,
    {},
    { ...options, calls: [{ id, name: options.tool ?? 'Bash', input: options.input ?? {} }] },
  );

/** The result half. */
export const end = (
  id: string,
  at: number | null,
  outcome: 'ok' | 'err' = 'ok',
  options: LineOptions & { readonly text?: string; readonly result?: object } = {},
): string =>
  line('user', at, options, {
    message: {
      role: 'user',
      content: [
        {
          tool_use_id: id,
          type: 'tool_result',
          content: options.text ?? (outcome === 'ok' ? 'fine' : 'Exit code 1'),
          ...(outcome === 'err' && { is_error: true }),
        },
      ],
    },
    ...(options.result !== undefined && { toolUseResult: options.result }),
  });

/** Whole lines as the bytes of a log. */
export const logText = (lines: readonly string[]): string => lines.map((each) => `${each}\n`).join('');

/** Where a log below `~/.claude/projects` lies. */
export const logPath = (machine: Machine, name: string, folder = '-home-ada-work-lathe'): string =>
  join(machine.home, '.claude/projects', folder, name);

/** Writes lines into a log below `~/.claude/projects` and returns its path. */
export function writeLog(machine: Machine, name: string, lines: readonly string[], folder?: string): string {
  const path = logPath(machine, name, folder);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, logText(lines));
  return path;
}

export function appendLog(path: string, lines: readonly string[]): void {
  appendFileSync(path, logText(lines));
}
