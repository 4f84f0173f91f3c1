import type { ErrorClass, Outcome } from '../../model/event.ts';
import { array, asObject, bytes, flag, field, type JsonObject } from '../../model/json.ts';

interface Ending {
  readonly outcome: Outcome;
  readonly errorClass?: ErrorClass;
}

/** An error says what it is in its first words. */
const LOOK_AT = 300;

/**
 * How a call ended, by its `tool_result` block: `is_error` is the flag of a failure, absent means success. What a person,
 * a rule or a parallel call stopped is flagged in the same way and told apart by the text that Claude Code writes; a hook
 * may write a text of its own, so late versions name the kind beside it (`toolDenialKind`, here `denial`).
 */
export function classify(block: JsonObject | undefined, denial?: string): Ending {
  if (!flag(block, 'is_error')) return { outcome: 'ok' };
  const said = firstText(block).replace(/^(?:Error: )?(?:<tool_use_error>)?(?:Error: )?/, '');
  for (const [pattern, ending] of ENDINGS) if (pattern.test(said)) return ending;
  return DENIALS.get(denial ?? '') ?? failed('unclassified');
}

const failed = (errorClass: ErrorClass): Ending => ({ outcome: 'error', errorClass });

const BLOCKED: Ending = { outcome: 'blocked', errorClass: 'permission' };

/** In order: the first that fits decides. Apostrophes may be typographic, so they are not spelled out. */
const ENDINGS: readonly (readonly [RegExp, Ending])[] = [
  [/^The user doesn.{1,3}t want to (?:proceed with this tool use|take this action)/, { outcome: 'declined' }],
  [/^Permission prompt was aborted/, { outcome: 'declined' }],
  [/^\[Request interrupted by user/, { outcome: 'interrupted' }],
  [/^(?:Sibling tool call errored|Cancelled: parallel tool call|Streaming fallback - tool execution discarded)/, { outcome: 'cancelled' }],
  [/^Claude requested permissions to |^This command requires approval|^This .{1,20} command contains multiple operations/, BLOCKED],
  // What follows may be a command of many lines, so the rest of the sentence is not waited for.
  [/^Permission (?:to (?:use|read|edit) |for this (?:action|command) )/, BLOCKED],
  [/^File is in a directory that is denied by your permission settings/, BLOCKED],
  [/^(?:Hook )?PreToolUse:|^Execution stopped by PreToolUse hook/, BLOCKED],
  [/^.{0,100}\b[Hh]ook\b.{0,200}\bblocked\b|^.{0,200}\bblocked by hook\b|^.{0,200}\bwas blocked\b/, BLOCKED],
  [/Command timed out after/, { outcome: 'timeout', errorClass: 'timeout' }],
  [/^Exit code \d/, failed('exit_code')],
  [/^InputValidationError|^File content \(.{1,40}\) exceeds maximum|\bexceeds maximum allowed\b|\bEISDIR\b/, failed('invalid_input')],
  [/^No such tool available/, failed('unknown_tool')],
  [/^(?:File|Path|Directory) does not exist|^Unknown skill|^Agent type .{1,100} not found/, failed('not_found')],
  [/[Nn]o such file or directory|\bENOENT\b|^.{0,80}\b[Cc]ommand not found/, failed('not_found')],
  [/^(?:String to replace not found|Found \d+ matches)/, failed('edit_mismatch')],
  [/^File has (?:not been read|been modified|been unexpectedly modified)/, failed('edit_mismatch')],
  [/\bE(?:ACCES|PERM)\b|[Pp]ermission denied/, failed('permission')],
  [/\bE(?:CONNREFUSED|NOTFOUND|TIMEDOUT|CONNRESET|AI_AGAIN)\b/, failed('network')],
  [/^(?:Request failed|fetch failed)|status code \d{3}/, failed('network')],
];

const DENIALS: ReadonlyMap<string, Ending> = new Map([
  ['user-rejected', { outcome: 'declined' }],
  ['permission-rule', BLOCKED],
  ['automode-blocked', BLOCKED],
  ['automode-unavailable', BLOCKED],
  ['interrupted', { outcome: 'interrupted' }],
  ['cancelled', { outcome: 'cancelled' }],
]);

function firstText(block: JsonObject | undefined): string {
  const whole = bytes(block, 'content');
  if (whole !== undefined) return whole.slice(0, LOOK_AT);
  for (const entry of array(block, 'content')) {
    const item = asObject(entry);
    const said = field(item, 'text');
    if (typeof said === 'string') return said.slice(0, LOOK_AT);
  }
  return '';
}
