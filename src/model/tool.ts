import type { ToolKind } from './event.ts';

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

/** Tools whose time is a person's time: they have no duration figure. */
export const WAITS_FOR_PERSON: ReadonlySet<string> = new Set([
  'AskUserQuestion',
  'ExitPlanMode',
  'EnterPlanMode',
  'request_user_input',
]);

const ASSIGNMENT = /^[A-Za-z_]\w*=\S*$/;
const PROGRAM = /^[A-Za-z0-9._+-]{1,40}$/;
/** Only said on the way to the program. */
const PREFIXES: ReadonlySet<string> = new Set(['sudo', 'env', 'time', 'nohup', 'exec', 'command', 'then', 'do']);

/**
 * The program of a shell command, by its name only: of `cd web && FOO=1 /usr/bin/npm test` it is `npm`. Nothing else of a
 * command may be kept; what does not look like the name of a program is left out.
 */
export function programOf(command: string): string | undefined {
  const parts = command.slice(0, 1000).split(/&&|\|\||[;|\n]/);
  const part = parts.find((each) => !/^\s*(?:cd\s|$)/.test(each)) ?? parts[0] ?? '';
  const word = part.trim().split(/\s+/).find((each) => !ASSIGNMENT.test(each) && !PREFIXES.has(each));
  const program = word?.replace(/^["'(]+|["')]+$/g, '').replace(/^.*\//, '');
  return program !== undefined && PROGRAM.test(program) ? program : undefined;
}
