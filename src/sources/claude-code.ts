import type { LogEvent } from '../model/event.ts';
import { asObject, bytes, field, object, text } from '../model/json.ts';
import type { Line, LogReader, Reading, RootContext, Source } from '../model/source.ts';
import { instant } from '../model/time.ts';
import { readAssistant } from './claude/assistant.ts';
import { isListing, readAttachment } from './claude/attachment.ts';
import { placeOf, signOfLife } from './claude/session.ts';
import { openState, saveState, type EntryReader } from './claude/state.ts';
import { readSystem } from './claude/system.ts';
import { readUser } from './claude/user.ts';
import { foldersOf } from '../model/folders.ts';

/*
 * Claude Code: `<root>/projects/<slug of cwd>/<session>.jsonl`, its sub-agents in `agent-*.jsonl` beside it (2.0) or in
 * `<session>/subagents/` (2.1); before 2.0 their lines stand inside the session's file with `isSidechain`.
 *
 * Tokens: `usage.input_tokens` is uncached input; cache reads and writes are beside it; `output_tokens` includes
 * thinking. One response is written as one line per content block with the same `message.id`, and each line repeats
 * `usage` with counters that only grow: the store takes the maximum. `cache_creation_input_tokens` is the sum of the
 * 5-minute and 1-hour parts; without the split it is all 5-minute.
 *
 * Times: every line that matters has a UTC `timestamp`. The time of a call is the time of its line, its end that of the
 * line with the result; a few tools state a duration of their own.
 */
export const source: Source = {
  id: 'claude',
  title: 'Claude Code',
  parserVersion: 3,
  roots,
  isLog: (path) => path.endsWith('.jsonl') && !path.endsWith('journal.jsonl') && !path.includes('/tool-results/'),
  recognises,
  open,
};

/** `CLAUDE_CONFIG_DIR`, a comma list, replaces the defaults; an entry may be the `projects` folder itself. */
function roots({ env, home }: RootContext): readonly string[] {
  const configured = foldersOf(env['CLAUDE_CONFIG_DIR'], home);
  const bases = configured.length > 0 ? configured : [`${env['XDG_CONFIG_HOME'] || `${home}/.config`}/claude`, `${home}/.claude`];
  return bases.map((base) => (base.endsWith('/projects') ? base : `${base}/projects`));
}

const READERS: ReadonlyMap<string, EntryReader> = new Map([
  ['user', readUser],
  ['assistant', readAssistant],
  ['system', readSystem],
]);

/** Types that carry nothing that is counted. */
const EMPTY_TYPES: ReadonlySet<string> = new Set([
  'progress', // repeats messages that a sub-agent's own file holds
  'queue-operation',
  'file-history-snapshot',
  'summary',
  'ai-title',
  'custom-title',
  'agent-name',
  'agent-setting',
  'last-prompt',
  'mode',
  'permission-mode',
  'pr-link',
  'bridge-session',
  'worktree-state',
  'saved_hook_context',
  'tag',
]);

/** Formats that are derived from this one share its types; its messages have `content`, theirs do not. */
function recognises(line: Line): boolean {
  const fields = asObject(line.json());
  const type = bytes(fields, 'type');
  if (type === 'user' || type === 'assistant') return field(object(fields, 'message'), 'content') !== undefined;
  if (type === undefined || !(EMPTY_TYPES.has(type) || type === 'attachment')) return false;
  return ['sessionId', 'leafUuid', 'messageId'].some((key) => bytes(fields, key) !== undefined);
}

const NOTHING: readonly LogEvent[] = [];

/** A prompt, a command and an error say in fewer characters what they are. */
const KEPT = 1024;

function open(path: string, saved: string | null): LogReader {
  const state = openState(path, saved);
  const read = (line: Line): Reading => {
    if (isEmptyAtHead(line)) return NOTHING;
    const fields = asObject(line.view(KEPT));
    const type = bytes(fields, 'type');
    if (fields === undefined || type === undefined) return { unknownType: '(none)' };
    if (EMPTY_TYPES.has(type)) return NOTHING;
    const reader = READERS.get(type);
    if (reader === undefined && type !== 'attachment') return { unknownType: text(type) ?? '(none)' };
    const entry = { fields, where: placeOf(state, fields), at: instant(field(fields, 'timestamp')), line };
    // The sizes of its texts count.
    if (reader === undefined) return readAttachment(state, { ...entry, fields: asObject(line.json()) ?? fields });
    const events: LogEvent[] = [signOfLife(state, entry)];
    reader(state, entry, events);
    return events;
  };
  return { read, save: () => saveState(state) };
}

const TYPE = '"type":"';
const ATTACHMENT = '"attachment":{"type":"';

/** The type of an attachment stands first in it. */
function isNoListing(head: string): boolean {
  const at = head.indexOf(ATTACHMENT);
  if (at === -1 || head.lastIndexOf('{', at) > 0) return false;
  const end = head.indexOf('"', at + ATTACHMENT.length);
  return end !== -1 && !isListing(head.slice(at + ATTACHMENT.length, end));
}

/** So does every record begin that tells of a message. Inside of a text its quotes are escaped. */
const MESSAGE = '{"parentUuid":';

/**
 * Without parsing the line: its type stands in its first bytes, and no object opens before it, so that it is the line's
 * own. A line that was cut off, or has another record behind it, is left to the parser to refuse.
 */
function isEmptyAtHead(line: Line): boolean {
  const [own] = line.headTypes();
  if (own === undefined || !(EMPTY_TYPES.has(own) || own === 'attachment')) return false;
  const head = line.head();
  const at = head.indexOf(TYPE);
  if (at === -1 || head.lastIndexOf('{', at) > 0) return false;
  const type = head.slice(at + TYPE.length, head.indexOf('"', at + TYPE.length));
  if (!EMPTY_TYPES.has(type) && !(type === 'attachment' && isNoListing(head))) return false;
  return line.isOneRecord(MESSAGE);
}
