import type { ToolKind } from './event.ts';

/** Name of the tool of a result whose call was never seen. */
export const UNKNOWN_TOOL = '(unknown)';

/** What a tool's name alone tells about it. */
export interface ToolIdentity {
  readonly kind: ToolKind;
  /** The MCP server, as it is spelled inside the tool's name. */
  readonly server: string | null;
}

const PREFIX = 'mcp__';

/** Tools that only hand over to a skill, a sub-agent or a slash command; what they handed over to is the call's item. */
const CARRIERS: ReadonlyMap<string, ToolKind> = new Map([
  ['Skill', 'skill'],
  ['Task', 'agent'],
  ['Agent', 'agent'],
  ['SlashCommand', 'command'],
  ['spawn_agent', 'agent'],
]);

/**
 * `mcp__<server>__<tool>` is a tool of a server; the server's name ends at the first `__`. A name with a prefix but no
 * tool (models invent those) is kept as it is.
 */
export function identify(tool: string): ToolIdentity {
  if (tool.startsWith(PREFIX)) {
    const end = tool.indexOf('__', PREFIX.length);
    const server = end === -1 ? tool.slice(PREFIX.length) : tool.slice(PREFIX.length, end);
    return { kind: 'mcp', server: server === '' ? null : server };
  }
  return { kind: CARRIERS.get(tool) ?? 'builtin', server: null };
}

/** A server's name as it stands in the names of its tools: `claude.ai Notion` is `claude_ai_Notion`, `plugin:a:b` is `plugin_a_b`. */
export const serverName = (display: string): string => display.replace(/[^A-Za-z0-9_-]/g, '_');

/** Tools whose time is a person's time: they have no duration figure. */
export const WAITS_FOR_PERSON: ReadonlySet<string> = new Set(['AskUserQuestion', 'ExitPlanMode', 'EnterPlanMode', 'request_user_input']);

/*
 * The beginning of a shell command, as far as it is certain without running it. Only what surely has ended is passed over:
 * behind a value or a quote that goes on, the next word would be a piece of somebody's text. A command may be a string of
 * bytes, so blanks are spelled out: `\s` has bytes that are halves of characters. `\x60` is the back quote.
 */
const BLANKS = String.raw`(?:[ \t](?:\\\n)*)+`;
const IN_DOUBLE_QUOTES = String.raw`(?:[^"\\\x60$]|\\[^]|\$(?![({])|\$\{\w+\})*`;
const WORD = String.raw`(?:[^ \t\n\\"'\x60$;&|<>()#]|\\[^\n]|'[^']*'|"${IN_DOUBLE_QUOTES}"|\$(?![({'"])|\$\{\w+\})+`;
const WORD_ENDS = String.raw`(?=[ \t\n;&|<>)])`;
const PASSED_OVER = [
  // What stands between commands, and remarks.
  String.raw`(?:[ \t\n;]|&&)(?:\\\n)*|#[^\n]*\n`,
  // Groups, `!`, and the `&` that calls a program in PowerShell.
  String.raw`\((?!\()|[{!](?=[ \t\n])|&(?=[ \t"'])`,
  // Variables.
  String.raw`[A-Za-z_]\w*\+?=(?:${WORD})?${WORD_ENDS}`,
  // Commands that prepare the next one.
  String.raw`(?:cd|pushd|export|set|source|\.)(?:${BLANKS}${WORD})*(?:${BLANKS})?(?=&&|[;\n])`,
  // Programs that run another. A word after an option may be the option's.
  String.raw`(?:sudo|env|time|nohup|nice|exec|command|timeout${BLANKS}[\d.]+[smhd]?)(?=${BLANKS}[\w./~"'$])`,
];
const COMMAND = new RegExp(`^(?:${PASSED_OVER.join('|')})*(${WORD})${WORD_ENDS}`);

/** A command is read this far: its program stands at its beginning. */
const MAX_READ = 1000;

/**
 * The program of a shell command, by its name only: of `cd web && FOO=1 /usr/bin/npm test` it is `npm`. Nothing else of a
 * command may be kept; undefined where it is not certain which word the program is.
 */
export function programOf(command: string): string | undefined {
  const beginning = command.length > MAX_READ ? command.slice(0, MAX_READ) : `${command}\n`;
  return programName(COMMAND.exec(beginning)?.[1] ?? '');
}

const PROGRAM = /^(?=.*[A-Za-z])\w[\w.+-]{0,39}$/;

/** The name of a program that is told by its name or its path; a path may stand in quotes, a name does not need them. */
export function programName(path: string): string | undefined {
  const name = path.replace(/^[^]*[\\/]/, '').replace(/["']$/, '');
  return PROGRAM.test(name) ? name : undefined;
}
