import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FactEvent, LogEvent } from '../../src/model/event.ts';
import { callRule } from '../../src/model/facts/call.ts';
import { requestRule } from '../../src/model/facts/request.ts';
import { turnRule } from '../../src/model/facts/turn.ts';
import { source } from '../../src/sources/codex.ts';
import { eachLine, readLog } from './read.ts';

const FIXTURES = new URL('../../fixtures/codex/', import.meta.url).pathname;
const logsOf = (name: string) =>
  readdirSync(FIXTURES + name, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jsonl'))
    .sort()
    .map((path) => `${FIXTURES}${name}/${path}`);
const eventsOf = (path: string) => readLog(source, path, readFileSync(path)).events;
const readFixture = (name: string) => logsOf(name).flatMap(eventsOf);

/** The facts of a log as the store puts them together, by key. */
function joined<Event extends FactEvent, Fact>(events: readonly Event[], read: (event: Event) => Fact, join: (a: Fact, b: Fact) => Fact) {
  const facts: Record<string, Fact> = {};
  for (const event of events) {
    const known = facts[event.key];
    facts[event.key] = known === undefined ? read(event) : join(known, read(event));
  }
  return facts;
}
const callsOf = (events: readonly LogEvent[]) =>
  joined(
    events.filter((event) => event.type === 'call'),
    callRule.read,
    callRule.join,
  );
const requestsOf = (events: readonly LogEvent[]) =>
  joined(
    events.filter((event) => event.type === 'request'),
    requestRule.read,
    requestRule.join,
  );
const turnsOf = (events: readonly LogEvent[]) =>
  joined(
    events.filter((event) => event.type === 'turn'),
    turnRule.read,
    turnRule.join,
  );

/** `outcome errorClass reportedMs` of each call by its `call_id`. */
function verdicts(events: readonly LogEvent[]) {
  const rows = Object.entries(callsOf(events)).map(([key, call]) => [
    key.replace('codex:', ''),
    [call.outcome, call.errorClass, call.reportedMs].filter((part) => part !== null).join(' '),
  ]);
  return Object.fromEntries(rows);
}

const SESSION = '5b6c7d8e-0000-4abc-8def-000000000001';
const TURN = '5b6c7d8e-0000-7abc-8def-00000000000a';
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const line = (type: string, payload: unknown, second = 0) => JSON.stringify({ timestamp: at(second), type, payload });
const meta = (id = SESSION, more: object = {}) => line('session_meta', { id, cwd: '/work', ...more });
const call = (id: string, name = 'exec_command') => line('response_item', { type: 'function_call', name, arguments: '{}', call_id: id });
const output = (id: string, text: unknown) => line('response_item', { type: 'function_call_output', call_id: id, output: text }, 9);
const prompt = (message: string, second = 0) => line('event_msg', { type: 'user_message', message }, second);
const total = (input: number, output: number, second = 0) =>
  line('event_msg', { type: 'token_count', info: { total_token_usage: { input_tokens: input, output_tokens: output } } }, second);
const read = (...lines: string[]) => readLog(source, 'rollout-x.jsonl', `${lines.join('\n')}\n`);

describe('files', () => {
  test('sessions and archived sessions of CODEX_HOME, else of ~/.codex', () => {
    expect(source.roots({ env: {}, home: '/home/ada' })).toEqual(['/home/ada/.codex/sessions', '/home/ada/.codex/archived_sessions']);
    expect(source.roots({ env: { CODEX_HOME: '/srv/codex/' }, home: '/home/ada' })[0]).toBe('/srv/codex/sessions');
  });

  test.each([
    ['2026/01/02/rollout-2026-01-02T03-04-05-x.jsonl', true],
    ['rollout-2026-01-02T03-04-05-x.jsonl.zst', true],
    ['2026/01/02/notes.jsonl', false],
    ['rollout-x.json', false],
    ['rollout-old/index.jsonl', false],
  ])('isLog(%s) is %s', (path, expected) => expect(source.isLog(path)).toBe(expected));

  test.each([
    [meta(), true],
    [line('event_msg', { type: 'task_started' }), true],
    ['{"id":"a","timestamp":"2025-06-01T00:00:00Z","instructions":null}', true],
    ['{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}', true],
    ['{"type":"session","version":3,"id":"a","timestamp":"2026-01-01T00:00:00Z","cwd":"/"}', false],
    ['{"type":"message","id":"a","message":{"role":"user","content":"x"}}', false],
    ['{"type":"user","sessionId":"a","uuid":"b","message":{"role":"user","content":"x"}}', false],
    ['{"type":"compaction","id":"a","summary":"x"}', false],
    ['[]', false],
  ])('recognises(%s) is %s', (text, expected) => eachLine(`${text}\n`, (l) => expect(source.recognises(l)).toBe(expected)));
});

describe('session', () => {
  test('is named by its first meta, and resumed by a later one', () => {
    const sessions = readFixture('archived').filter((event) => event.type === 'session');
    expect(new Set(sessions.map((event) => event.where.session))).toEqual(new Set(['019d0200-8888-7123-9abc-5d0000000010']));
    expect(sessions.filter((event) => event.clientVersion !== undefined).map((event) => [event.clientVersion, event.project])).toEqual([
      ['0.101.0', '/home/ada/bakery'],
      ['0.118.0', '/home/ada/bakery/annex'],
    ]);
  });

  test('keeps its name and its counter when another meta comes late', () => {
    const { events } = read(meta(), total(1, 1), meta('5b6c7d8e-0000-4abc-8def-000000000002'), total(2, 2));
    expect(new Set(events.map((event) => JSON.stringify(event.where)))).toEqual(
      new Set([JSON.stringify({ session: SESSION, agent: '', sidechain: false, copied: false })]),
    );
    expect(Object.keys(requestsOf(events))).toEqual([`codex:${SESSION}:0:1:0:1:0`, `codex:${SESSION}:0:2:0:2:0`]);
  });

  test('without a meta is named by its file', () => {
    const path = `sessions/2026/01/01/rollout-2026-01-01T00-00-00-${SESSION}.jsonl`;
    expect(readLog(source, path, `${call('a')}\n`).events[0]?.where.session).toBe(SESSION);
    expect(read(call('a')).events[0]?.where.session).toBe('rollout-x');
  });

  test('of a sub-agent has a parent, an agent and no turns', () => {
    const [, child] = logsOf('sub-agent')
      .map(eventsOf)
      .sort((a, b) => a.length - b.length)
      .reverse();
    expect(child?.find((event) => event.type === 'session')).toMatchObject({
      parent: '019e4400-6666-7123-9abc-5d000000000d',
      where: { session: '019e4401-6666-7123-9abc-5d000000000e', agent: 'Poppy', sidechain: true, copied: true },
    });
    expect(Object.keys(turnsOf(child ?? []))).toEqual([]);
    expect(callsOf(readFixture('sub-agent'))['codex:call_spawn']).toMatchObject({ tool: 'spawn_agent', item: 'explorer' });
  });

  test('is alive at each line that is read', () => {
    const times = read(meta(), prompt('x', 1), total(1, 1, 2), total(1, 1, 3)).events.flatMap((e) => (e.type === 'session' ? [e.at] : []));
    expect(times).toEqual([0, 1, 2, 3].map((second) => Date.parse(at(second))));
  });
});

describe('calls', () => {
  test('shell: the JSON of the output tells', () => {
    expect(verdicts(readFixture('shell'))).toEqual({
      call_ls: 'ok 0',
      call_test: 'error exit_code 2300',
      call_sleep: 'timeout timeout 10000',
      call_curl: 'error permission',
      call_plan: 'ok',
      call_none: 'error unknown_tool',
    });
  });

  test('shell_command: an event goes before the text, also with its duration', () => {
    expect(verdicts(readFixture('shell-command'))).toEqual({
      call_make: 'ok 151',
      call_lint: 'error exit_code 1500',
      call_rm: 'declined',
      call_push: 'declined 0',
    });
  });

  test('exec_command: what runs on is fine until its process ends', () => {
    const events = readFixture('unified-exec');
    expect(verdicts(events)).toEqual({
      call_rg: 'error exit_code 52',
      call_serve: 'error exit_code 12500',
      call_poll: 'ok 5000',
      call_bad: 'blocked permission',
    });
    const endings = events.flatMap((e) =>
      e.type === 'call' && e.key === 'codex:call_serve' && e.outcome ? [[e.outcome, e.reportedMs]] : [],
    );
    expect(endings).toEqual([
      ['ok', 1001],
      ['error', 12500],
    ]);
  });

  test('exec: a script is one call; only the MCP tools that it used are more', () => {
    const calls = callsOf(readFixture('code-mode'));
    expect(Object.values(calls).map((c) => [c.tool, c.outcome, c.errorClass, c.reportedMs, c.request !== null])).toEqual([
      ['web_search', 'ok', null, null, false],
      ['exec', 'ok', null, 100, true],
      ['mcp__pantry__find_flour', 'ok', null, 40, false],
      ['exec', 'error', 'edit_mismatch', 0, true],
      ['exec', 'ok', null, 10000, true],
      ['wait', 'ok', null, 0, true],
    ]);
    const nested = calls['codex:exec-7b1e3c5a-0002-4abc-8def-000000000002'];
    expect(Number(nested?.endedAt) - Number(nested?.startedAt)).toBe(40);
  });

  test('MCP: the result of the event, else the first words of the output', () => {
    const events = readFixture('mcp');
    expect(verdicts(events)).toEqual({
      call_ok: 'ok 640',
      call_space: 'ok 0',
      call_flag: 'error not_found 90',
      call_err: 'error network 70',
      call_slow: 'timeout timeout 60000',
      call_no: 'declined 0',
      call_text: 'error unclassified',
      call_wall: 'error unclassified 250',
    });
    expect(callsOf(events)['codex:call_space']).toMatchObject({ tool: 'mcp__pantry__find_salt' });
  });

  test('apply_patch: the event tells how it went, the output how long it took', () => {
    expect(verdicts(readFixture('apply-patch'))).toEqual({
      call_done: 'ok 0',
      call_full: 'error permission 100',
      call_stale: 'error edit_mismatch 0',
      call_text: 'error edit_mismatch',
      call_deny: 'declined',
    });
  });

  test('completed items say the same as the older events', () => {
    const calls = callsOf(readFixture('completed-items'));
    expect(Object.values(calls).map((c) => [c.tool, c.outcome, c.reportedMs])).toEqual([
      ['tool_search', 'ok', null],
      ['mcp__tongue__taste', 'error', 33],
      ['exec_command', 'error', 120],
      ['mcp__tongue__smell', 'ok', 20],
    ]);
    expect(Object.keys(turnsOf(readFixture('completed-items')))).toEqual(['codex:019fe000-9999-7abc-8def-000000000001']);
  });

  test('end with the line of their output, whatever was said before', () => {
    const end = { type: 'exec_command_end', call_id: 'a', exit_code: 1, duration: { secs: 2, nanos: 0 } };
    const { events } = read(meta(), call('a'), line('event_msg', end, 3), output('a', 'Exit code: 0\nWall time: 9 seconds\nOutput:\n'));
    expect(callsOf(events)['codex:a']).toMatchObject({ outcome: 'error', reportedMs: 2000, endedAt: Date.parse(at(9)) });
  });

  test.each([
    ['ordinary text with the words exec command rejected by user', 'ok'],
    ['Total output lines: 400\n\nExit code: 1\nWall time: 0.5 seconds\nOutput:\n', 'error exit_code 500'],
    ['Exit code: 1\nWall time: 0.5 seconds\nOutput:\ncommand timed out in my own log', 'error exit_code 500'],
    ['Exit code: 124\nWall time: 0.5 seconds\nOutput:\nquiet', 'error exit_code 500'],
    [
      'Exit code: 124\nWall time: 1 seconds\nTotal output lines: 9\nOutput:\ncommand timed out after 1000 milliseconds',
      'timeout timeout 1000',
    ],
    ['Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\nerror: printed', 'ok 100'],
    ['{"output":"cut', 'ok'],
    ['failed to parse function arguments: missing field `cmd`', 'error invalid_input'],
    ['execution error: Io(Os { code: 2, kind: NotFound })', 'error not_found'],
    ['write_stdin failed: Unknown process id 3', 'error unclassified'],
    ['`rm -rf /` rejected: policy forbids commands starting with `rm`', 'blocked permission'],
    ['Command blocked by PreToolUse hook: no. Command: ls', 'blocked permission'],
    [{ content: 'no such file', success: false }, 'error not_found'],
    [[{ type: 'input_image', image_url: 'data:' }], 'ok'],
    [{ type: 'input_text', text: 'plain' }, 'ok'],
    [null, 'unknown'],
    [7, 'ok'],
  ])('output %j is %s', (text, expected) => expect(verdicts(read(meta(), call('a'), output('a', text)).events)).toEqual({ a: expected }));

  test.each([
    [{ status: 'failed', exit_code: -1, aggregated_output: 'execution error: Io(Os { code: 2, kind: NotFound })' }, 'error not_found'],
    [{ status: 'failed', exit_code: -1, aggregated_output: 'aborted by user' }, 'interrupted'],
    [{ status: 'failed', exit_code: 1, aggregated_output: 'aborted by user' }, 'error exit_code'],
    [{ status: 'failed', exit_code: 124, formatted_output: 'command timed out after 10 milliseconds\n' }, 'timeout timeout'],
    [{ status: 'declined', exit_code: -1, aggregated_output: 'not today' }, 'declined'],
    [{ status: 'declined', exit_code: -1, aggregated_output: 'approval required by policy' }, 'blocked permission'],
    [{ status: 'completed', exit_code: 0, duration: { secs: 1, nanos: 500_000_000 } }, 'ok 1500'],
    [{ exit_code: '[cut]' }, 'open'],
  ])('exec_command_end %j is %s', (end, expected) => {
    const { events } = read(meta(), call('a'), line('event_msg', { type: 'exec_command_end', call_id: 'a', ...end }));
    expect(verdicts(events)).toEqual({ a: expected });
  });

  test('without an id are told apart, and found again in a copy', () => {
    const nameless = line('response_item', { type: 'function_call', name: 'shell', arguments: '{}' });
    const keys = Object.keys(callsOf(read(meta(), nameless, nameless).events));
    expect(keys).toHaveLength(2);
    expect(Object.keys(callsOf(read(meta(), nameless, nameless).events))).toEqual(keys);
  });

  test('belong to the next rise of the counter', () => {
    const { events } = read(meta(), call('a'), call('b'), total(10, 1), total(10, 1), call('c'), output('a', 'x'), total(20, 2));
    const [first, second] = Object.keys(requestsOf(events));
    const calls = callsOf(events);
    expect(['a', 'b', 'c'].map((id) => calls[`codex:${id}`]?.request)).toEqual([first, first, second]);
  });
});

describe('what a call is pointed at', () => {
  const itemOf = (payload: object): string | null | undefined =>
    callsOf(read(meta(), line('response_item', { type: 'function_call', call_id: 'a', ...payload })).events)['codex:a']?.item;
  const ofShell = (name: string, given: unknown) => itemOf({ name, arguments: JSON.stringify(given) });

  test.each([
    ['shell', { command: ['bash', '-lc', 'cd web && npm test'] }, 'npm'],
    ['shell', { command: ['/bin/zsh', '-ic', 'npm test'] }, 'npm'],
    ['shell', { command: ['bash', '-l', '-c', 'npm test'] }, 'npm'],
    ['shell', { command: ['powershell.exe', '-NoProfile', '-Command', 'Get-Content x'] }, 'Get-Content'],
    ['shell', { command: ['/usr/bin/git', '-c', 'user.name=Ada', 'commit'] }, 'git'],
    ['shell', { command: ['C:\\Program Files\\nodejs\\node.exe', 'x'] }, 'node.exe'],
    ['shell', { command: ['bash', 'x.sh', '-c', 'npm'] }, 'bash'],
    ['shell', { command: ['bash', '-lc'] }, 'bash'],
    ['shell', { command: ['bash', '-lc', '$(x)'] }, null],
    ['shell', { command: ['bash', '-lc', 7] }, null],
    ['shell', { command: [] }, null],
    ['shell', { command: 'npm test' }, 'npm'],
    ['shell', ['npm'], null],
    ['container.exec', { cmd: ['bash', '-lc', 'npm test'] }, 'npm'],
    ['shell_command', { command: 'npm test' }, 'npm'],
    ['exec_command', { cmd: 'npm test' }, 'npm'],
    ['exec_command', { cmd: 'cd /srv/voilà/Übung && npm test' }, 'npm'],
    ['exec_command', { cmd: null }, null],
    ['write_stdin', { cmd: 'npm test' }, null],
    ['spawn_agent', { agent_type: 'explorer', cmd: 'npm test' }, 'explorer'],
  ])('%s %j: %s', (name, given, expected) => expect(ofShell(name, given)).toBe(expected));

  test('is unknown where the arguments are no JSON', () => {
    expect(itemOf({ name: 'exec_command', arguments: '{"cmd":"npm' })).toBeNull();
    expect(itemOf({ name: 'exec_command' })).toBeNull();
  });

  test('is a name: of a command nothing but its program', () => {
    const [log = ''] = logsOf('shell-programs');
    const { events, saved } = readLog(source, log, readFileSync(log));
    const items = Object.values(callsOf(events)).map(({ item }) => item);
    const programs = ['bake', 'git', 'bash', 'Get-ChildItem', 'apply_patch', 'npm', 'mahlen', null, null, null, null, 'sift'];
    expect(items).toEqual(programs);
    expect(JSON.stringify([events, saved])).not.toMatch(/rye|spelt|roggen/i);
  });
});

describe('compactions', () => {
  const compacted = (more: object = {}, second = 0) => line('compacted', { message: 'secret', replacement_history: [], ...more }, second);
  const note = (second = 0) => line('event_msg', { type: 'context_compacted' }, second);
  const compactionsOf = (events: readonly LogEvent[]) => events.filter((event) => event.type === 'compaction');

  test.each([
    ['both lines', [compacted(), note()], 1],
    ['both, the other way round', [note(), compacted()], 1],
    ['both, with others between', [compacted(), total(1, 1), prompt('x'), note()], 1],
    ['both, twice', [compacted(), note(), compacted(), note()], 2],
    ['both, twice, the other way round', [note(), compacted(), note(), compacted()], 2],
    ['of a client that writes one', [compacted(), compacted()], 2],
    ['of a client that writes the other', [note(), note()], 2],
    ['of a client that was replaced', [compacted(), compacted(), compacted(), note(), compacted(), note()], 4],
  ])('%s', (_, lines, expected) => {
    const { events } = read(meta(), ...lines);
    expect(new Set(compactionsOf(events).map(({ key }) => key)).size).toBe(expected);
    expect(compactionsOf(events)).toHaveLength(expected);
  });

  test('are at the time of their line, and hold nothing of what was said', () => {
    const { events } = read(meta(), compacted({}, 5), note(6));
    const [compaction] = compactionsOf(events);
    expect(compaction).toEqual({ type: 'compaction', where: compaction?.where, key: compaction?.key, at: Date.parse(at(5)) });
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('are known by the window that they open', () => {
    const { events } = read(meta(), compacted({ window_number: 1, window_id: TURN }), compacted({ window_id: 'w-2' }));
    const keys = compactionsOf(events).map(({ key }) => key);
    expect(keys[0]).toBe(`codex:${TURN}`);
    expect(keys[1]).not.toContain('w-2');
  });

  test('do not open the first window', () => {
    expect(compactionsOf(read(meta(), compacted({ window_number: 0, window_id: TURN })).events)).toEqual([]);
  });

  test('of a fork are those of its parent, and its own', () => {
    const [parent = [], subAgent = [], fork = []] = logsOf('compactions').map((path) => compactionsOf(eventsOf(path)));
    expect(parent).toHaveLength(4);
    expect(fork.map(({ key }) => key).slice(0, 3)).toEqual(parent.map(({ key }) => key).slice(0, 3));
    expect(new Set([...parent, ...fork].map(({ key }) => key)).size).toBe(5);
    expect(subAgent).toHaveLength(1);
  });
});

describe('requests', () => {
  test('are the rises of a counter that repeats itself and begins again', () => {
    const requests = Object.values(requestsOf(readFixture('cumulative-counter')));
    const rows = requests.map((r) => [r.inputTokens, r.cacheReadTokens, r.outputTokens, r.reasoningTokens, r.model]);
    expect(rows).toEqual([
      [80, 20, 10, 4, 'gpt-5'],
      [50, 100, 20, 6, 'gpt-5'],
      [20, 100, 30, 5, 'gpt-5-codex'],
      [30, 0, 5, 0, 'gpt-5-codex'],
      [50, 20, 5, 4, 'gpt-5-codex'],
    ]);
    expect(requests[2]).toMatchObject({ cacheWrite5mTokens: 30, provider: 'openai' });
  });

  test('input 100, 250, 250, 400, then 30 are 100, 150, 150 and 30', () => {
    const { events } = read(meta(), total(100, 1), total(250, 2), total(250, 2), total(400, 3), total(30, 1));
    expect(Object.values(requestsOf(events)).map((request) => request.inputTokens)).toEqual([100, 150, 150, 30]);
  });

  test('need tokens: a counter that is at 0 has begun again', () => {
    const { events } = read(meta(), total(0, 0), total(5, 1), total(0, 0), total(5, 1));
    expect(Object.values(requestsOf(events)).map((request) => request.inputTokens)).toEqual([5, 5]);
  });

  test('have the provider of the session', () => {
    expect(new Set(Object.values(requestsOf(readFixture('archived'))).map((r) => `${r.provider} ${r.model}`))).toEqual(
      new Set(['azure gpt-5.2', 'azure gpt-5.4']),
    );
  });
});

describe('forks', () => {
  const inputOf = (events: readonly LogEvent[]) =>
    Object.values(requestsOf(events)).reduce((sum, r) => sum + r.inputTokens + r.cacheReadTokens, 0);

  test('repeat the calls, requests and turns of their parents under the same keys', () => {
    const [parent = [], child = []] = logsOf('fork').map(eventsOf);
    expect(Object.keys(requestsOf(parent))).toHaveLength(3);
    expect(Object.keys(requestsOf(child))).toHaveLength(3);
    const both = [...parent, ...child];
    expect(Object.keys(requestsOf(both))).toHaveLength(4);
    expect(inputOf(both)).toBe(3300 + 1150);
    expect(Object.keys(callsOf(both))).toEqual(['codex:call_knead', 'codex:call_freeze']);
    expect(Object.keys(turnsOf(both))).toHaveLength(3);
    expect(parent.every((event) => !event.where.copied)).toBe(true);
    expect(child.every((event) => event.where.copied && event.where.session === '019e1001-5555-7123-9abc-5d0000000009')).toBe(true);
    expect(child[0]).toMatchObject({ parent: '019e1000-5555-7123-9abc-5d0000000008' });
  });

  test('do so without turn ids, and down to the grandchild', () => {
    const [parent = [], child = [], grandchild = []] = logsOf('fork-without-turn-ids').map(eventsOf);
    const all = [...parent, ...child, ...grandchild];
    expect(inputOf(all)).toBe(1800);
    expect(Object.keys(requestsOf(all))).toHaveLength(3);
    expect(Object.keys(callsOf(all))).toEqual(['codex:call_mix', 'codex:call_child', 'codex:call_grandchild']);
    expect(Object.keys(turnsOf(all))).toHaveLength(3);
    const parents = [parent, child, grandchild].map((events) => events.find((e) => e.type === 'session' && e.parent)?.where.copied);
    expect(parents).toEqual([undefined, true, true]);
  });

  test('that hold only the last turns of their parent meet them, too', () => {
    const turn = (id: string) => line('turn_context', { turn_id: id, model: 'm' });
    const OTHER = TURN.replace('a', 'b');
    const usage = (sum: number) =>
      line('event_msg', {
        type: 'token_count',
        info: { total_token_usage: { input_tokens: sum }, last_token_usage: { input_tokens: 5 } },
      });
    const whole = read(meta(), turn(TURN), usage(90), turn(OTHER), usage(5), usage(10)).events;
    const part = read(meta('5b6c7d8e-0000-4abc-8def-000000000002', { forked_from_id: SESSION }), turn(OTHER), usage(5), usage(10)).events;
    expect(Object.keys(requestsOf(whole))).toHaveLength(3);
    expect(Object.keys(requestsOf([...whole, ...part]))).toHaveLength(3);
  });
});

describe('turns', () => {
  test('end by an interrupt; a prompt inside of one steers it; a task without a prompt is none', () => {
    const turns = turnsOf(readFixture('interrupted-turn'));
    expect(Object.keys(turns)).toEqual(['codex:019ed100-7777-7abc-8def-000000000001']);
    expect(Object.values(turns)[0]).toMatchObject({ outcome: 'interrupted', reportedMs: 9500, trigger: 'human' });
    expect(verdicts(readFixture('interrupted-turn'))).toEqual({
      call_bake: 'interrupted 7500',
      call_wait: 'interrupted',
      call_lost: 'open',
    });
  });

  test('take the id that was announced before the prompt', () => {
    const started = line('event_msg', { type: 'task_started', turn_id: TURN });
    const { events } = read(meta(), started, prompt('x'), line('turn_context', { turn_id: TURN }), call('a'), total(1, 1));
    expect(Object.keys(turnsOf(events))).toEqual([`codex:${TURN}`]);
    expect(callsOf(events)['codex:a']?.turn).toBe(`codex:${TURN}`);
    expect(Object.values(requestsOf(events))[0]?.turn).toBe(`codex:${TURN}`);
  });

  test('with an id after the prompt, or none, are as many as the prompts', () => {
    const context = (id: string) => line('turn_context', { turn_id: id, model: 'm' });
    const ids = read(meta(), prompt('one'), context(TURN), prompt('two'), context(TURN.replace('a', 'b')), call('a')).events;
    expect(Object.keys(turnsOf(ids))).toHaveLength(2);
    expect(callsOf(ids)['codex:a']?.turn).toBe(Object.keys(turnsOf(ids))[1]);
    expect(Object.keys(turnsOf(read(meta(), prompt('one'), prompt('two'), prompt('two')).events))).toHaveLength(3);
  });

  test('begin with what a person typed, not with what an early client put before it', () => {
    expect(Object.keys(turnsOf(readFixture('shell')))).toHaveLength(1);
  });

  test('that are over do not take the lines of a later task', () => {
    const started = line('event_msg', { type: 'task_started', turn_id: TURN });
    const { events } = read(meta(), prompt('one'), line('event_msg', { type: 'turn_aborted' }), started, call('a'));
    expect(callsOf(events)['codex:a']?.turn).toBeNull();
  });

  test('do not end with another', () => {
    const started = line('event_msg', { type: 'task_started', turn_id: TURN });
    const other = line('event_msg', { type: 'task_complete', turn_id: TURN.replace('a', 'b') });
    expect(Object.values(turnsOf(read(meta(), started, prompt('one'), other).events))[0]?.endedAt).toBeNull();
  });

  test('that are over do not take the next prompt', () => {
    const over = line('event_msg', { type: 'task_complete', turn_id: TURN });
    const { events } = read(meta(), line('event_msg', { type: 'task_started', turn_id: TURN }), prompt('one'), over, prompt('two'));
    expect(Object.keys(turnsOf(events))).toHaveLength(2);
  });
});

describe('lines', () => {
  test('of the first clients stand bare and have no times', () => {
    const calls = Object.values(callsOf(readFixture('legacy-flat')));
    expect(calls.map((c) => [c.tool, c.outcome, c.reportedMs, c.startedAt])).toEqual([
      ['shell', 'ok', 700, null],
      ['local_shell', 'ok', null, null],
      ['shell', 'open', null, null],
    ]);
  });

  test('of types that nothing claims are told by their type alone', () => {
    const { unknownTypes, events } = read(
      line('event_msg', { type: 'moon_phase' }),
      line('comet', { type: 'x' }),
      '{"type":"tail"}',
      '7',
      '{}',
    );
    expect(unknownTypes).toEqual(['event_msg/moon_phase', 'comet', 'tail', '(none)', '(none)']);
    expect(events).toEqual([]);
  });

  test('that are cut are refused, also where their type is of no interest', () => {
    const cut = line('response_item', { type: 'reasoning', summary: [], encrypted_content: 'abcdef' }).slice(0, -9);
    expect(() => read(cut)).toThrow(SyntaxError);
  });

  test('of no interest are not parsed', () => {
    const long = `{"timestamp":"${at(0)}","type":"response_item","payload":{"type":"message","role":"assistant","content":no JSON ${'x'.repeat(2000)}}}`;
    expect(read(long).events).toEqual([]);
  });

  test('never give away what was said or done', () => {
    const item = (payload: object) =>
      line('response_item', { ...payload, call_id: 'a', arguments: '{"agent_type":"a secret","message":"secret"}' });
    const ends = ['exec_command_end', 'mcp_tool_call_end', 'patch_apply_end', 'dynamic_tool_call_response'].flatMap((type) => [
      item({ type: 'function_call', name: 'spawn_agent', input: 'secret' }),
      line('event_msg', {
        type,
        call_id: 'a',
        success: false,
        exit_code: -1,
        stderr: 'error: secret',
        error: 'secret',
        result: { Err: 'error: secret' },
      }),
      output('a', [{ type: 'input_text', text: 'error: secret' }]),
    ]);
    const { events, saved } = read(
      meta(SESSION, { base_instructions: 'secret', instructions: 'secret' }),
      prompt('secret'),
      ...ends,
      item({ type: 'custom_tool_call', name: 'exec', input: 'secret' }),
      output('a', 'Script failed\nWall time 0.1 seconds\nOutput:\nsecret'),
      item({ type: 'local_shell_call', action: { command: ['echo', 'secret'] } }),
      line('response_item', { type: 'function_call', call_id: 'b', name: 'shell', arguments: '{"command":["bash","-lc","A=secret x"]}' }),
      output('a', '{"output":"secret","metadata":{"exit_code":1}}'),
      line('response_item', { type: 'web_search_call', action: { query: 'secret' } }),
      line('event_msg', { type: 'task_complete', last_agent_message: 'secret', error: { message: 'secret' } }),
    );
    expect(events.length).toBeGreaterThan(20);
    expect(JSON.stringify([events, saved])).not.toContain('secret');
  });

  test('of any shape never throw', () => {
    const types = fc.constantFrom('session_meta', 'turn_context', 'event_msg', 'response_item', 'compacted', 'x');
    const inner = fc.constantFrom(
      'token_count',
      'user_message',
      'task_started',
      'task_complete',
      'exec_command_end',
      'mcp_tool_call_end',
      'patch_apply_end',
      'item_completed',
      'thread_settings_applied',
      'function_call',
      'function_call_output',
      'custom_tool_call',
      'web_search_call',
    );
    const field = fc.constantFrom(
      'call_id',
      'id',
      'name',
      'output',
      'info',
      'item',
      'result',
      'invocation',
      'duration',
      'source',
      'turn_id',
      'arguments',
    );
    const payload = fc.tuple(inner, fc.dictionary(field, fc.jsonValue())).map(([type, fields]) => ({ type, ...fields }));
    const entry = fc.record({ timestamp: fc.jsonValue(), type: types, payload: fc.oneof(payload, fc.jsonValue()) });
    fc.assert(fc.property(fc.array(fc.oneof(entry, fc.jsonValue())), (lines) => void read(...lines.map((l) => JSON.stringify(l)))));
  });
});

describe('resuming', () => {
  test.each(logsOf('').map((path) => [path.slice(FIXTURES.length).replace(/\/*(.*)\/home.*-(\w+)\.jsonl/, '$1 $2'), path]))(
    '%s: cut anywhere, the events are the same',
    (_, path) => {
      const whole: LogEvent[] = [];
      let saved: string | null = null;
      eachLine(readFileSync(path), (l) => {
        const reader = source.open(path, saved);
        const reading = reader.read(l);
        if (!('unknownType' in reading)) whole.push(...reading);
        saved = reader.save();
      });
      expect(whole).toEqual(eventsOf(path));
      expect(String(saved).length).toBeLessThan(1000);
    },
  );

  test('keeps a bounded state', () => {
    const lines = Array.from({ length: 3000 }, (_, n) => call(`call_${n}`));
    expect(String(read(meta(), ...lines).saved).length).toBeLessThan(40_000);
  });
});
