import type { Reads } from '../../model/event.ts';
import { bytes, field, name, object, type JsonObject } from '../../model/json.ts';
import { programName, programOf } from '../../model/tool.ts';
import { readsOf } from '../common/reads.ts';
import { parseEmbedded } from './embedded.ts';

/** The shell has had many names. */
const SHELL_TOOLS: ReadonlySet<string> = new Set(['shell', 'shell_command', 'exec_command', 'local_shell', 'container.exec']);

/** What a call is pointed at, by name only, and what it takes into the context. */
export interface Target {
  /** The program of a command, the kind of agent that is asked for. */
  readonly item?: string | undefined;
  readonly reads?: Reads;
}

export function targetOf(tool: string | undefined, payload: JsonObject, folder: string | undefined): Target {
  // A script that calls the shell by itself.
  if (tool === 'exec') return readBy(bytes(payload, 'input') ?? '', folder);
  if (tool === undefined || !(tool === 'spawn_agent' || SHELL_TOOLS.has(tool))) return {};
  const given = object(payload, 'action') ?? parseEmbedded(bytes(payload, 'arguments') ?? '');
  if (tool === 'spawn_agent') {
    const kind = agentType(given);
    return kind === undefined ? {} : { item: kind };
  }
  const command = field(given, 'command') ?? field(given, 'cmd');
  const program = programCalled(command);
  const written = typeof command === 'string' ? command : isWords(command) ? command.join(' ') : '';
  return { item: program, ...readBy(written, folder) };
}

/** Skills and memory are files, and shown with the shell: a program that shows a file, its options, the file. */
const FILE_SHOWN =
  /(?:^|[\s;&|("'`])(?:cat|sed|head|tail|nl|less|more|bat|awk|type|Get-Content)\s(?:[^\n;&|<>]{0,200}?[\s"'])??([^\s"'`;&|<>()\\]*(?:SKILL|AGENTS|CLAUDE|MEMORY)\.md)(?![\w.-])/g;

function readBy(command: string, folder: string | undefined): Target {
  if (!command.includes('.md')) return {};
  const reads = readsOf(
    [...command.matchAll(FILE_SHOWN)].map(([, path = '']) => path),
    folder,
  );
  return reads === undefined ? {} : { reads };
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
