import { bytes, field, name, object, type JsonObject } from '../../model/json.ts';
import { programName, programOf } from '../../model/tool.ts';
import { recordOf } from '../common/records.ts';
import { parseEmbedded } from './embedded.ts';

/** The shell has had many names. */
const SHELL_TOOLS: ReadonlySet<string> = new Set(['shell', 'shell_command', 'exec_command', 'local_shell', 'container.exec']);

/** What a call is pointed at, by name only, and what it takes into the context. */
export interface Target {
  /** The program of a command, the kind of agent that is asked for. */
  readonly item?: string;
  readonly record?: string;
}

export function targetOf(tool: string | undefined, payload: JsonObject, folder: string | undefined): Target {
  if (tool === undefined || !(tool === 'spawn_agent' || SHELL_TOOLS.has(tool))) return {};
  const given = object(payload, 'action') ?? parseEmbedded(bytes(payload, 'arguments') ?? '');
  if (tool === 'spawn_agent') {
    const kind = agentType(given);
    return kind === undefined ? {} : { item: kind };
  }
  const command = field(given, 'command') ?? field(given, 'cmd');
  const program = programCalled(command);
  if (program === undefined) return {};
  const record = SHOWS_FILE.has(program) ? recordRead(command, folder) : undefined;
  return { item: program, ...(record !== undefined && { record }) };
}

/** Skills and memory are files that the model reads with the shell. */
const SHOWS_FILE: ReadonlySet<string> = new Set(['cat', 'sed', 'head', 'tail', 'nl', 'less', 'more', 'bat', 'awk', 'Get-Content', 'type']);
const RECORD_FILE = /[^\s"'`;|&<>()]*(?:SKILL|AGENTS|CLAUDE|MEMORY)\.md(?![\w.-])/;

function recordRead(command: unknown, folder: string | undefined): string | undefined {
  const written = typeof command === 'string' ? command : isWords(command) ? command.join(' ') : '';
  const path = RECORD_FILE.exec(written)?.[0];
  return path === undefined ? undefined : recordOf(path, folder);
}

function agentType(given: JsonObject | undefined): string | undefined {
  const kind = name(given, 'agent_type') ?? name(given, 'agent_role') ?? name(given, 'role');
  return kind !== undefined && /^[\w.:-]{1,60}$/.test(kind) ? kind : undefined;
}

/** A command is one text for a shell, or the words of a program's call. */
function programCalled(command: unknown): string | undefined {
  if (typeof command === 'string') return programOf(command);
  return isWords(command) ? programOfWords(command) : undefined;
}

const isWords = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((word) => typeof word === 'string');

const SHELL = /^(?:(?:ba|da|k|z)?sh|pwsh|powershell)(?:\.exe)?$/i;
const OPTION_BEFORE_SCRIPT = /^-(?:[a-z]*c|command)$/i;

/** Often a shell is called with a script: `["bash", "-lc", "npm test"]`. */
function programOfWords(words: readonly string[]): string | undefined {
  const program = programName(words[0] ?? '');
  if (program === undefined || !SHELL.test(program)) return program;
  const at = words.findIndex((word, i) => i > 0 && (OPTION_BEFORE_SCRIPT.test(word) || !word.startsWith('-')));
  const script = OPTION_BEFORE_SCRIPT.test(words[at] ?? '') ? words[at + 1] : undefined;
  return script === undefined ? program : programOf(script);
}
