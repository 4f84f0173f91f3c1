import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../src/model/event.ts';
import { source } from '../../src/sources/claude-code.ts';
import { end, prompt, response, start, T0 } from '../logs/claude.ts';
import { eachLine, readLog } from './read.ts';

const PATH = '/home/ada/.claude/projects/-home-ada-work-lathe/11111111-1111-4111-8111-111111111111.jsonl';
const read = (lines: readonly string[], path = PATH) => readLog(source, path, lines.map((line) => `${line}\n`).join(''));
const eventsOf = (...lines: readonly string[]) => read(lines).events;
const ofType = <Type extends LogEvent['type']>(events: readonly LogEvent[], type: Type) =>
  events.filter((event): event is Extract<LogEvent, { type: Type }> => event.type === type);

/** A line with fields that the usual ones do not have. */
const withFields = (line: string, fields: object): string => JSON.stringify({ ...JSON.parse(line), ...fields });

describe('roots', () => {
  const HOME = '/home/ada';
  test.each([
    ['without variables', {}, ['/home/ada/.config/claude/projects', '/home/ada/.claude/projects']],
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/cfg' }, ['/cfg/claude/projects', '/home/ada/.claude/projects']],
    ['an empty XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '' }, ['/home/ada/.config/claude/projects', '/home/ada/.claude/projects']],
    ['CLAUDE_CONFIG_DIR in place of all others', { CLAUDE_CONFIG_DIR: '/a', XDG_CONFIG_HOME: '/cfg' }, ['/a/projects']],
    ['a comma list', { CLAUDE_CONFIG_DIR: '/a, /b' }, ['/a/projects', '/b/projects']],
    ['empty entries', { CLAUDE_CONFIG_DIR: ' ,,/a,' }, ['/a/projects']],
    ['only empty entries', { CLAUDE_CONFIG_DIR: ' , ' }, ['/home/ada/.config/claude/projects', '/home/ada/.claude/projects']],
    ['a slash at the end', { CLAUDE_CONFIG_DIR: '/a/,/b//' }, ['/a/projects', '/b/projects']],
    ['an entry that is the folder itself', { CLAUDE_CONFIG_DIR: '/a/projects,/b/projects/' }, ['/a/projects', '/b/projects']],
    [
      '~',
      { CLAUDE_CONFIG_DIR: '~/mine,~,~bob/x,/a/~/b' },
      ['/home/ada/mine/projects', '/home/ada/projects', '~bob/x/projects', '/a/~/b/projects'],
    ],
  ])('%s', (_, env, expected) => expect(source.roots({ env, home: HOME })).toEqual(expected));
});

describe('files', () => {
  test.each([
    ['-work/5e55.jsonl', true],
    ['-work/agent-5d1be2a0.jsonl', true],
    ['-work/5e55/subagents/agent-a41c07e.jsonl', true],
    ['-work/5e55/subagents/workflows/wf_1/agent-a41c07e.jsonl', true],
    ['-work/5e55/subagents/workflows/wf_1/journal.jsonl', false],
    ['-work/5e55/tool-results/bash-1.jsonl', false],
    ['-work/5e55/subagents/agent-a41c07e.meta.json', false],
    ['-work/sessions-index.json', false],
  ])('isLog(%s) is %s', (path, expected) => expect(source.isLog(path)).toBe(expected));

  test.each([
    [prompt(0, 'x'), true],
    [response(0, 'msg_a'), true],
    ['{"type":"summary","summary":"x","leafUuid":"a"}', true],
    ['{"type":"file-history-snapshot","messageId":"a","snapshot":{}}', true],
    ['{"type":"mode","mode":"normal","sessionId":"a"}', true],
    ['{"type":"summary","summary":"x"}', false],
    ['{"type":"user","sessionId":"a","uuid":"b","message":{"role":"user","parts":[{"text":"x"}]}}', false],
    ['{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"a"}}', false],
    ['{"type":"session","version":3,"id":"a","timestamp":"2026-01-01T00:00:00Z","cwd":"/"}', false],
    ['[]', false],
  ])('recognises(%s) is %s', (line, expected) => eachLine(`${line}\n`, (l) => expect(source.recognises(l)).toBe(expected)));
});

describe('the end of a call', () => {
  const endingOf = (line: string): string => {
    const [call] = ofType(eventsOf(line), 'call');
    return [call?.outcome, call?.errorClass].filter((word) => word !== undefined).join(' ');
  };

  test.each([
    ['Exit code 1', 'error exit_code'],
    ['Exit code 143\nCommand timed out after 2m 0s', 'timeout timeout'],
    ['Command timed out after 10s', 'timeout timeout'],
    ['<tool_use_error>InputValidationError: Read failed due to the following issue', 'error invalid_input'],
    ['<tool_use_error>Error: No such tool available: bash</tool_use_error>', 'error unknown_tool'],
    ['<tool_use_error>File does not exist.</tool_use_error>', 'error not_found'],
    ["ENOENT: no such file or directory, open 'x'", 'error not_found'],
    ['<tool_use_error>String to replace not found in file.\nString: x</tool_use_error>', 'error edit_mismatch'],
    ['<tool_use_error>Found 2 matches of the string to replace', 'error edit_mismatch'],
    ['<tool_use_error>File has not been read yet. Read it first', 'error edit_mismatch'],
    ['<tool_use_error>File has been modified since read', 'error edit_mismatch'],
    ["EACCES: permission denied, open '/etc/x'", 'error permission'],
    ['Request failed with status code 404', 'error network'],
    ['getaddrinfo ENOTFOUND example.com', 'error network'],
    ['File content (31337 tokens) exceeds maximum allowed tokens (25000). Use offset', 'error invalid_input'],
    ['File content (2.5MB) exceeds maximum', 'error invalid_input'],
    ['MCP tool "forecast" response (31337 tokens) exceeds maximum allowed tokens (25000)', 'error invalid_input'],
    ['EISDIR: illegal operation on a directory, read', 'error invalid_input'],
    ['(eval):1: no such file or directory: x', 'error not_found'],
    ['Tool execution failed with error: Command not found', 'error not_found'],
    ['<tool_use_error>Unknown skill: whittling</tool_use_error>', 'error not_found'],
    ["Agent type 'beekeeper' not found. Available agents: general-purpose", 'error not_found'],
    ['Exit code 127\nbash: saw: command not found', 'error exit_code'],
    ['MCP error -32603: quota', 'error unclassified'],
    ['', 'error unclassified'],
    ["The user doesn't want to proceed with this tool use. The tool use was rejected", 'declined'],
    ['The user doesn’t want to take this action right now. STOP', 'declined'],
    ['Permission prompt was aborted.', 'declined'],
    ['[Request interrupted by user for tool use]', 'interrupted'],
    ['<tool_use_error>Sibling tool call errored</tool_use_error>', 'cancelled'],
    ['<tool_use_error>Cancelled: parallel tool call Bash(x) errored</tool_use_error>', 'cancelled'],
    ["Claude requested permissions to use Bash, but you haven't granted it yet.", 'blocked permission'],
    ['This command requires approval', 'blocked permission'],
    [`Permission to use Bash with command ${'rm a\n'.repeat(100)} has been denied.`, 'blocked permission'],
    ['Permission for this action was denied by the Claude Code auto mode classifier. Reason: x', 'blocked permission'],
    ['<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>', 'blocked permission'],
    ['PreToolUse:Bash hook error: [node x.mjs]: no', 'blocked permission'],
    ['Hook PreToolUse:Bash denied this tool', 'blocked permission'],
    ['Edit operation blocked by hook:\n- [x]: no', 'blocked permission'],
    ["cd in '/srv' was blocked. For security, Claude Code may only change directories", 'blocked permission'],
  ])('%j: %s', (text, expected) => {
    expect(endingOf(end('toolu_a', 0, 'err', { text }))).toBe(expected);
    expect(endingOf(end('toolu_a', 0, 'err', { text: `Error: ${text}` }))).toBe(expected);
  });

  test('what is not flagged is no error, whatever it says', () => {
    expect(endingOf(end('toolu_a', 0, 'ok', { text: 'Exit code 1' }))).toBe('ok');
    expect(endingOf(end('toolu_a', 0, 'ok', { text: 'Permission prompt was aborted.' }))).toBe('ok');
  });

  test('the text of a list of items counts like one that stands alone', () => {
    const content = [{ type: 'image' }, { type: 'text', text: 'Exit code 2' }, { type: 'text', text: 'x' }];
    const line = withFields(end('toolu_a', 0), {
      message: { content: [{ type: 'tool_result', tool_use_id: 'toolu_a', is_error: true, content }] },
    });
    expect(endingOf(line)).toBe('error exit_code');
  });

  test.each([
    ['user-rejected', 'declined'],
    ['permission-rule', 'blocked permission'],
    ['automode-unavailable', 'blocked permission'],
    ['interrupted', 'interrupted'],
    ['cancelled', 'cancelled'],
    ['of a later version', 'error unclassified'],
  ])('a text of a hook of one’s own with toolDenialKind %s: %s', (toolDenialKind, expected) => {
    expect(endingOf(withFields(end('toolu_a', 0, 'err', { text: 'not on a Friday' }), { toolDenialKind }))).toBe(expected);
  });
});

describe('what a user line is', () => {
  const kindOf = (line: string): string => {
    const [turn] = ofType(eventsOf(line), 'turn');
    return turn === undefined ? 'nothing' : [turn.trigger, turn.command].filter((word) => word !== undefined).join(' ');
  };

  test.each([
    ['plain text', 'human'],
    ['', 'human'],
    ['  leading space', 'human'],
    ['<div>markup</div>', 'human'],
    ['I typed <command-name>/x</command-name>', 'human'],
    ['<bash-input>ls</bash-input>', 'human'],
    [
      '<command-name>/review</command-name>\n<command-message>review</command-message>\n<command-args>all of it</command-args>',
      'command review',
    ],
    ['<command-message>review</command-message>\n<command-name>/tools:review</command-name>', 'command tools:review'],
    ['<command-message>init is analyzing your codebase…</command-message>\n<command-name>/init</command-name>', 'command init'],
    ['<command-name>review</command-name>', 'command review'],
    ['<command-message>no name</command-message>', 'nothing'],
    ['<local-command-stdout>ok</local-command-stdout>', 'nothing'],
    ['<local-command-caveat>x</local-command-caveat>', 'nothing'],
    ['<bash-stdout>ok</bash-stdout>', 'nothing'],
    ['<bash-stderr></bash-stderr>', 'nothing'],
    ['<task-notification>\n<task-id>b1</task-id>', 'nothing'],
    ['<system-reminder>x</system-reminder>', 'nothing'],
    ['Caveat: The messages below were generated by the user while running local commands.', 'nothing'],
    ['[Request interrupted by user]', 'nothing'],
  ])('%j: %s', (text, expected) => {
    expect(kindOf(prompt(0, text))).toBe(expected);
    expect(kindOf(withFields(prompt(0, ''), { message: { role: 'user', content: [{ type: 'text', text }] } }))).toBe(expected);
  });

  test.each([
    ['isMeta', { isMeta: true }, 'nothing'],
    ['isCompactSummary', { isCompactSummary: true }, 'nothing'],
    ['isVisibleInTranscriptOnly', { isVisibleInTranscriptOnly: true }, 'nothing'],
    ['of a sidechain', { isSidechain: true }, 'nothing'],
    ['from a person', { origin: { kind: 'human' } }, 'human'],
    ['from a task', { origin: { kind: 'task-notification' } }, 'nothing'],
    ['with pictures only', { message: { content: [{ type: 'image' }] } }, 'human'],
    ['without content', { message: { content: [] } }, 'nothing'],
    ['without a message', { message: null }, 'nothing'],
  ])('a prompt %s: %s', (_, fields, expected) => expect(kindOf(withFields(prompt(0, 'x'), fields))).toBe(expected));
});

describe('turns', () => {
  test('are known by promptId, which a resumed copy repeats, else by their line', () => {
    const keys = ofType(eventsOf(withFields(prompt(0, 'x'), { promptId: 'p-1' }), prompt(1, 'y', { uuid: 'line-2' })), 'turn').map(
      ({ key }) => key,
    );
    expect(keys).toEqual(['p-1', 'line-2']);
  });

  test('own the requests and calls of the main thread until the next one', () => {
    const side = { sidechain: true, agent: 'a1' };
    const events = eventsOf(
      start('toolu_a', 0),
      prompt(1, 'x', { uuid: 'one' }),
      start('toolu_b', 2),
      start('toolu_c', 3, side),
      prompt(4, 'y', { uuid: 'two' }),
      start('toolu_d', 5),
    );
    expect(ofType(events, 'call').map(({ key, turn }) => [key, turn])).toEqual([
      ['toolu_a', undefined],
      ['toolu_b', 'one'],
      ['toolu_c', undefined],
      ['toolu_d', 'two'],
    ]);
    expect(ofType(events, 'request').map(({ turn }) => turn)).toEqual([undefined, 'one', undefined, 'two']);
  });

  test('an interrupt ends the calls of the main thread that have no result', () => {
    const side = { sidechain: true, agent: 'a1' };
    const events = eventsOf(
      prompt(0, 'x'),
      start('toolu_a', 1),
      start('toolu_b', 2),
      start('toolu_c', 3, side),
      end('toolu_a', 4),
      prompt(5, '[Request interrupted by user]'),
    );
    const interrupted = ofType(events, 'call').filter(({ outcome }) => outcome === 'interrupted');
    expect(interrupted.map(({ key, endedAt }) => [key, endedAt])).toEqual([['toolu_b', undefined]]);
  });
});

describe('what a call is pointed at', () => {
  const itemOf = (tool: string, input: object): string | undefined =>
    ofType(eventsOf(start('toolu_a', 0, { tool, input })), 'call')[0]?.item;

  test.each([
    ['Bash', { command: 'cd web && KEY="a b" npm test' }, 'npm'],
    ['Bash', { command: 'cd /srv/voilà/Übung && npm test' }, 'npm'],
    ['Bash', { command: '$(x)' }, undefined],
    ['Bash', { command: ['npm'] }, undefined],
    ['Bash', {}, undefined],
    ['PowerShell', { command: '& "C:\\Program Files\\x.exe" y' }, 'x.exe'],
    ['BashOutput', { command: 'npm test' }, undefined],
    ['Skill', { skill: 'pdf' }, 'pdf'],
    ['Task', { subagent_type: 'Explore', command: 'npm' }, 'Explore'],
    ['Agent', {}, 'general-purpose'],
    ['SlashCommand', { command: '/review all' }, 'review'],
  ])('%s %j: %s', (tool, input, expected) => expect(itemOf(tool, input)).toBe(expected));

  test('is a name: of a command nothing but its program', () => {
    const home = new URL('../../fixtures/claude/shell-programs/home/', import.meta.url).pathname;
    const log = readdirSync(home, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('.jsonl')) ?? '';
    const { events, saved } = readLog(source, log, readFileSync(home + log));
    const items = ofType(events, 'call').flatMap(({ item }) => (item === undefined ? [] : [item]));
    expect(items).toEqual(['npm', 'cat', 'make', 'press.sh', 'mosten', 'sudo', 'press.exe']);
    expect(JSON.stringify([events, saved])).not.toMatch(/pears|plums|apples|pfel|Ada;/);
  });
});

describe('notes of the client', () => {
  const note = (subtype: string, fields: object = {}) =>
    withFields(prompt(1000, '', { uuid: 'line-1' }), { type: 'system', message: undefined, subtype, ...fields });

  test.each([
    [
      { trigger: 'auto', preTokens: 155_000 },
      { trigger: 'auto', preTokens: 155_000 },
    ],
    [
      { trigger: 'manual', preTokens: 0 },
      { trigger: 'manual', preTokens: 0 },
    ],
    [{ trigger: 'at sundown', preTokens: '155000' }, {}],
    [{ preTokens: -1 }, {}],
    ['none', {}],
    [undefined, {}],
  ])('a compaction with %j says %j', (compactMetadata, expected) => {
    const [compaction] = ofType(eventsOf(note('compact_boundary', { compactMetadata })), 'compaction');
    const where = { session: '11111111-1111-4111-8111-111111111111', agent: '', sidechain: false, copied: false };
    expect(compaction).toEqual({ type: 'compaction', where, key: 'line-1', at: T0 + 1000, ...expected });
  });

  test('only whole compactions count', () => {
    expect(ofType(eventsOf(note('microcompact_boundary')), 'compaction')).toEqual([]);
  });

  test.each([
    [{ status: 529, message: 'secret' }, 529],
    [{ status: '529' }, undefined],
    [{ message: 'Connection error.' }, undefined],
    ['secret', undefined],
  ])('an attempt that failed with %j is a retry without tokens', (error, httpStatus) => {
    const events = eventsOf(prompt(0, 'x', { uuid: 'turn-1' }), note('api_error', { error, retryAttempt: 1 }));
    const [request, ...others] = ofType(events, 'request');
    expect(others).toEqual([]);
    expect(request).toEqual({
      type: 'request',
      where: request?.where,
      key: 'line-1',
      at: T0 + 1000,
      turn: 'turn-1',
      status: 'retry',
      ...(httpStatus !== undefined && { httpStatus }),
    });
  });

  test('without an id are told apart, and found again in a copy', () => {
    const nameless = note('compact_boundary', { uuid: undefined });
    const keys = () => ofType(eventsOf(nameless, nameless), 'compaction').map(({ key }) => key);
    expect(new Set(keys()).size).toBe(2);
    expect(keys()).toEqual(keys());
  });
});

describe('the project', () => {
  const projectsOf = (path: string, ...lines: readonly string[]) =>
    ofType(read(lines, path).events, 'session').map(({ project }) => project);
  const inLathe = prompt(0, 'x', { cwd: '/home/ada/work/lathe' });
  const below = prompt(0, 'x', { cwd: '/home/ada/work/lathe/src' });
  const inWorktree = prompt(0, 'x', { cwd: '/tmp/tree', sidechain: true, agent: 'a1' });

  test('is the directory that the folder is named after', () => {
    expect(projectsOf(PATH, inLathe, below)).toEqual(['/home/ada/work/lathe', '/home/ada/work/lathe']);
    expect(projectsOf(PATH, below, inLathe, below).slice(1)).toEqual(['/home/ada/work/lathe', '/home/ada/work/lathe']);
  });

  test('is so below other folders called projects, and in a sub-agent’s log', () => {
    expect(projectsOf(`/srv/projects/x${PATH}`, inLathe)).toEqual(['/home/ada/work/lathe']);
    const subAgent = PATH.replace('.jsonl', '/subagents/agent-a1.jsonl');
    expect(projectsOf(subAgent, inWorktree, withFields(inWorktree, { cwd: '/home/ada/work/lathe' }))).toEqual([
      undefined,
      '/home/ada/work/lathe',
    ]);
  });

  test('of a log that was moved is the first of the main thread', () => {
    expect(projectsOf('/backup/x.jsonl', inWorktree, below, inLathe)).toEqual([
      undefined,
      '/home/ada/work/lathe/src',
      '/home/ada/work/lathe/src',
    ]);
    expect(projectsOf('/home/ada/projects/exports/x.jsonl', inLathe)).toEqual(['/home/ada/work/lathe']);
    expect(projectsOf(PATH.replace('lathe', 'mill'), inLathe, below)).toEqual(['/home/ada/work/lathe', '/home/ada/work/lathe']);
  });

  test('may be a directory of Windows', () => {
    const cwd = 'C:\\work\\lathe';
    expect(projectsOf('/x/projects/C--work-lathe/x.jsonl', prompt(0, 'x', { cwd }))).toEqual([cwd]);
  });
});

describe('lines of no interest', () => {
  const long = `{"type":"file-history-snapshot","messageId":"a","snapshot":no JSON ${'x'.repeat(2000)}}`;

  test('are not parsed', () => expect(read([long])).toMatchObject({ events: [], unknownTypes: [] }));

  test('are refused if they are seen to be cut', () => {
    expect(() => read(['{"type":"last-prompt","lastPrompt":"x'])).toThrow(SyntaxError);
    expect(() => read([`{"type":"last-prompt","lastPrompt":"${'x'.repeat(2000)}`])).toThrow(SyntaxError);
  });

  test('are told by their own type, not by one inside of them', () => {
    const line = `{"message":{"type":"summary","content":"x"},"type":"user","uuid":"a","sessionId":"s"}`;
    expect(ofType(read([line]).events, 'turn')).toHaveLength(1);
  });
});

test('a session keeps no more open calls than it can have', () => {
  const lines = Array.from({ length: 2000 }, (_, n) => start(`toolu_${n}`, n));
  expect(String(read(lines).saved).length).toBeLessThan(5000);
});
