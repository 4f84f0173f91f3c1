import type { ErrorClass, Outcome } from '../../model/event.ts';
import { array, asObject, bytes, count, duration, field, flag, object, type JsonObject } from '../../model/json.ts';
import { parseEmbedded } from './embedded.ts';

/** How a call ended, as far as a line tells. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly errorClass?: ErrorClass;
  readonly reportedMs?: number;
}

/** Reads the payload of an event about the end of a call; undefined: it does not say. */
export type Judge = (payload: JsonObject) => Verdict | undefined;

export const judgeExec: Judge = (payload) => {
  const code = field(payload, 'exit_code') ?? field(payload, 'exitCode');
  const reportedMs = spanOf(payload);
  const time = reportedMs !== undefined && { reportedMs };
  const said = bytes(payload, 'formatted_output') || bytes(payload, 'aggregated_output') || '';
  if (field(payload, 'status') === 'declined') return { outcome: 'declined', ...judgeText(said), ...time };
  if (typeof code !== 'number') return undefined;
  /** -1: the command did not run. */
  return { ...(code === -1 ? (judgeText(said) ?? byExitCode(code, said)) : byExitCode(code, said)), ...time };
};

export const judgeMcp: Judge = (payload) => {
  const reportedMs = spanOf(payload);
  const time = reportedMs !== undefined && { reportedMs };
  const result = object(payload, 'result');
  const failure = bytes(result, 'Err') ?? bytes(object(payload, 'error'), 'message');
  if (failure !== undefined) return { ...(judgeText(failure) ?? failedWith(failure)), ...time };
  const answer = object(result, 'Ok') ?? result;
  const isError = flag(answer, 'isError') || flag(answer, 'is_error');
  return { ...(isError ? failedWith(textOf(field(answer, 'content'))) : OK), ...time };
};

export const judgePatch: Judge = (payload) => {
  const status = field(payload, 'status');
  if (status === 'declined') return { outcome: 'declined' };
  if (field(payload, 'success') === false || status === 'failed') return failedWith(bytes(payload, 'stderr') ?? '');
  return field(payload, 'success') === true || status === 'completed' ? OK : undefined;
};

export const judgeDynamic: Judge = (payload) => {
  const success = field(payload, 'success');
  const reportedMs = spanOf(payload);
  if (typeof success !== 'boolean') return undefined;
  return { ...(success ? OK : failedWith(bytes(payload, 'error') ?? '')), ...(reportedMs !== undefined && { reportedMs }) };
};

function spanOf(payload: JsonObject): number | undefined {
  const span = object(payload, 'duration');
  const seconds = duration(span, 'secs', 1000);
  return seconds === undefined ? undefined : Math.round(seconds + (count(span, 'nanos') ?? 0) / 1e6);
}

/** A process may run on after this output; the call itself went well. */
type OutputVerdict = Verdict & { readonly isRunning?: true };

/**
 * Reads the output of a call where no event tells. Each generation of the shell tool has a form of its own:
 * JSON with `metadata` (`shell`), `Exit code:` (`shell_command`), `Chunk ID:` (`exec_command`), `Script …` (`exec`).
 */
export function judgeOutput(payload: JsonObject): OutputVerdict {
  const output = field(payload, 'output') ?? undefined;
  if (output === undefined) return field(payload, 'status') === 'completed' ? OK : { outcome: 'unknown' };
  const text = textOf(output);
  const structured = /^\{"(?:output|metadata)":/.test(text) ? judgeStructured(text) : undefined;
  if (structured !== undefined) return structured;
  const verdict = judgeLines(text);
  const isDenied = verdict.outcome === 'ok' && field(asObject(output), 'success') === false;
  return isDenied ? { ...verdict, ...failedWith(text) } : verdict;
}

function judgeStructured(text: string): Verdict | undefined {
  const fields = parseEmbedded(text);
  const metadata = object(fields, 'metadata');
  const code = field(metadata, 'exit_code');
  const reportedMs = duration(metadata, 'duration_seconds', 1000);
  if (typeof code !== 'number') return undefined;
  return { ...byExitCode(code, bytes(fields, 'output') ?? ''), ...(reportedMs !== undefined && { reportedMs }) };
}

const HEADER = new RegExp(
  [
    /^(?:Warning: truncated output[^\n]*\n)?(?:Total output lines: \d+\n+)?/,
    /(?:(?<script>Script \w+)[^\n]*\n|Exit code: (?<code>-?\d+)(?:\n|$)|Chunk ID: [^\n]*\n)?/,
    /(?:Wall time:? (?<seconds>\d+(?:\.\d+)?) seconds(?:\n|$))?/,
    /(?:Process exited with code (?<exited>-?\d+)\n?|(?<running>Process running with session ID)[^\n]*\n?)?/,
    /(?:(?:Original token count|Total output lines): \d+\n)*(?:Output:\n)?/,
  ]
    .map((part) => part.source)
    .join(''),
);

function judgeLines(whole: string): OutputVerdict {
  const text = withoutCommand(whole);
  const header = HEADER.exec(text);
  const { script, code, seconds, exited, running } = header?.groups ?? {};
  const body = text.slice(header?.[0].length ?? 0);
  const exitCode = code ?? exited;
  const time = seconds !== undefined && { reportedMs: Math.round(Number(seconds) * 1000) };
  if (exitCode !== undefined) return { ...byExitCode(Number(exitCode), body), ...time };
  if (running !== undefined) return { ...OK, ...time, isRunning: true };
  if (script !== undefined) return { ...(script === 'Script failed' ? failedWith(body) : OK), ...time };
  return { ...(judgeText(body) ?? OK), ...time };
}

/** Some versions begin with the command, which may hold any text. */
function withoutCommand(text: string): string {
  if (!text.startsWith('Command: ')) return text;
  const at = text.search(/\n(?:Chunk ID|Wall time): /);
  return at === -1 ? text : text.slice(at + 1);
}

/** An output is a string, or items with texts and images, or an object around one of them. */
function textOf(output: unknown): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output)) return output.map((item) => bytes(asObject(item), 'text') ?? '').join('\n');
  const fields = asObject(output);
  return bytes(fields, 'content') ?? bytes(fields, 'text') ?? array(fields, 'content').map(textOf).join('\n');
}

const OK: Verdict = { outcome: 'ok' };

/** Codex kills a command at its time limit with code 124, and says so in front of the output. */
function byExitCode(code: number, output: string): Verdict {
  if (code === 0) return OK;
  if (code === 124 && output.startsWith('command timed out')) return { outcome: 'timeout', errorClass: 'timeout' };
  const isPatch = /^(?:apply_patch verification failed|Failed to find )/.test(output);
  return { outcome: 'error', errorClass: isPatch ? 'edit_mismatch' : 'exit_code' };
}

const BLOCKED: Verdict = { outcome: 'blocked', errorClass: 'permission' };

/** What Codex says in place of an output, by its first words. */
const REFUSALS: readonly (readonly [RegExp, Verdict])[] = [
  [/^(?:(?:exec command|patch) rejected by user|user (?:rejected|cancelled) MCP tool call)/, { outcome: 'declined' }],
  [/^aborted by user/, { outcome: 'interrupted' }],
  [/^(?:Command blocked by PreToolUse hook|This action was rejected due to unacceptable risk)/, BLOCKED],
  [/^(?:approval (?:required by policy|policy is )|patch rejected: |`[^\n]*` rejected: )/, BLOCKED],
  [/^(?:exec_command|write_stdin) failed for [^]{0,4000}?Rejected\(/, BLOCKED],
  [/^command timed out|^tool call (?:error|failed)[^]{0,500}?timed out/, { outcome: 'timeout', errorClass: 'timeout' }],
  [/^failed in sandbox/, { outcome: 'error', errorClass: 'permission' }],
  [/^(?:unsupported call|[\w.-]+ is unavailable in )/, { outcome: 'error', errorClass: 'unknown_tool' }],
];

const FAILURE =
  /^(?:apply_patch verification failed|execution error|tool call (?:error|failed)|err(?:or)?:|failed to parse |(?:exec_command|write_stdin) failed)/i;

/** Undefined: the text is an ordinary output. */
function judgeText(text: string): Verdict | undefined {
  const refusal = REFUSALS.find(([words]) => words.test(text));
  if (refusal !== undefined) return refusal[1];
  return FAILURE.test(text) ? failedWith(text) : undefined;
}

const CAUSES: readonly (readonly [RegExp, ErrorClass])[] = [
  [/apply_patch verification failed|failed to find (?:expected lines|context)/i, 'edit_mismatch'],
  [/failed to parse|invalid (?:hunk|patch|argument|param|type)|missing field|unknown field/i, 'invalid_input'],
  [/permission denied|not permitted|sandbox|read-only file system|unauthorized|forbidden/i, 'permission'],
  [/no such file|not ?found|does not exist/i, 'not_found'],
  [/network|connect|dns|transport|socket/i, 'network'],
];

/** The cause stands in the first words; what follows may be anybody's text. */
function failedWith(text: string): Verdict {
  const words = text.slice(0, 300);
  return { outcome: 'error', errorClass: CAUSES.find(([cause]) => cause.test(words))?.[1] ?? 'unclassified' };
}
