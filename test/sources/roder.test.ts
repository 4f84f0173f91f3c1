import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../src/model/event.ts';
import { source } from '../../src/sources/roder.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { readLog } from './read.ts';

const THREAD = '5d2c7f10-0000-4000-8000-000000000001';
const T0 = Date.parse('2026-06-01T08:00:00Z');

/** One event of a thread, `ms` after 08:00; the envelope was published at another time. */
function event(variant: string, ms: number, body: object = {}, turn = 'turn-1'): string {
  const timestamp = new Date(T0 + ms).toISOString();
  return JSON.stringify({
    event_id: `${variant}-${turn}-${ms}`,
    seq: 1,
    timestamp: '1970-01-01T00:00:00Z',
    source: 'Core',
    kind: variant,
    thread_id: THREAD,
    turn_id: turn,
    event: { [variant]: { thread_id: THREAD, turn_id: turn, ...body, timestamp } },
  });
}
const created = event('ThreadCreated', 0);
const begun = (turn?: string) => event('TurnStarted', 10, { runtime_profile: 'interactive' }, turn);
const inference = (model: object, turn?: string) => event('InferenceStarted', 20, { engine_id: 'e', model }, turn);
const requested = (id: string, ms: number) => event('ToolCallRequested', ms, { tool_id: id, tool_name: 'read_file' });
const started = (id: string, ms: number) => event('ToolCallStarted', ms, { tool_id: id, tool_name: 'read_file' });
const completed = (id: string, ms: number, isError = false, turn?: string) =>
  event('ToolCallCompleted', ms, { tool_id: id, tool_name: 'read_file', is_error: isError, output: 'text' }, turn);
const usage = (prompt: number, completion: number, more: object = {}) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...more },
});
const over = (ms: number, body: object = usage(100, 20, { cached_prompt_tokens: 80 })) => event('TurnCompleted', ms, body);

const FIVE = [created, begun(), started('call-1', 100), completed('call-1', 225), over(500)];

const read = (...lines: string[]) => readLog(source, `/x/${THREAD}/events.jsonl`, `${lines.join('\n')}\n`);
const of = <T extends LogEvent['type']>(events: readonly LogEvent[], type: T) =>
  events.filter((each): each is Extract<LogEvent, { type: T }> => each.type === type);

const logOf = ({ home }: Machine) => join(home, '.roder/threads', THREAD, 'events.jsonl');
function write(mac: Machine, ...lines: string[]): void {
  mkdirSync(dirname(logOf(mac)), { recursive: true });
  writeFileSync(logOf(mac), `${lines.join('\n')}\n`);
}
const append = (mac: Machine, ...lines: string[]) => appendFileSync(logOf(mac), `${lines.join('\n')}\n`);
const counts = ({ sql }: Machine) =>
  sql(`select (select count(*) from sessions) as sessions, (select count(*) from turns) as turns, (select count(*) from tool_calls) as calls,
         count(*) as requests, sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + output_tokens) as tokens from requests`)[0];
const calls = ({ sql }: Machine) => sql('select outcome, duration_ms from tool_calls order by key');

describe('files', () => {
  const home = '/home/ada';

  test('threads and archived threads of ~/.roder, or of the folders that variables name', () => {
    expect(source.roots({ env: {}, home })).toEqual(['/home/ada/.roder/threads', '/home/ada/.roder/archived_threads']);
    const env = { RODER_DATA_DIR: '/srv/roder/', RODER_CONFIG_DIR: '~/cfg' };
    const bases = ['/srv/roder', '/home/ada/cfg'];
    expect(source.roots({ env, home })).toEqual(bases.flatMap((base) => [`${base}/threads`, `${base}/archived_threads`]));
    expect(source.roots({ env: { RODER_DATA_DIR: '/a', RODER_CONFIG_DIR: '/a' }, home })).toHaveLength(2);
  });

  test('are the events of a thread, at any depth', () => {
    expect(['t/events.jsonl', 'events.jsonl', 'a/b/events.jsonl'].map(source.isLog)).toEqual([true, true, true]);
    expect(['t/item_events.jsonl', 't/metadata.json', 't/events.jsonl.bak'].map(source.isLog)).toEqual([false, false, false]);
  });
});

describe('a turn of five events', () => {
  test('is one session, turn, call and request, however often it is replayed', async () => {
    const mac = machine();
    write(mac, ...FIVE);
    await mac.json('import');
    expect(counts(mac)).toEqual({ sessions: 1, turns: 1, calls: 1, requests: 1, tokens: 120 });
    expect(calls(mac)).toEqual([{ outcome: 'ok', duration_ms: 125 }]);
    const facts = factsOf(mac);
    for (const _ of [1, 2]) {
      append(mac, ...FIVE);
      expect(await mac.json('import')).toMatchObject({ events_new: 0 });
      expect(factsOf(mac)).toBe(facts);
    }
    await mac.json('import', '--rebuild');
    expect(factsOf(mac)).toBe(facts);
  });

  test('keeps the rest when line 6 is no JSON', async () => {
    const mac = machine();
    write(mac, ...FIVE, '{not json}', completed('call-2', 900, true, 'turn-2'));
    const { code, stdout } = await mac.usage('import', '--strict', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ lines_read: 7, issues: [{ path: logOf(mac), line: 6 }] });
    expect(counts(mac)).toMatchObject({ calls: 2, requests: 1 });
  });

  test('is the same when it is read in two runs, wherever it is cut', async () => {
    const lines = [created, begun(), inference({ provider: 'anthropic', model: 'claude-sonnet-4-5' }), ...FIVE.slice(2)];
    const whole = machine();
    write(whole, ...lines);
    await whole.json('import');
    expect(whole.sql('select cost_nano_usd > 0 as has_cost from tool_calls')).toEqual([{ has_cost: 1 }]);
    for (const at of lines.keys()) {
      const mac = machine();
      write(mac, ...lines.slice(0, at + 1));
      await mac.json('import');
      if (at + 1 < lines.length) append(mac, ...lines.slice(at + 1));
      await mac.json('import');
      expect(factsOf(mac)).toBe(factsOf(whole));
    }
  });
});

describe('calls', () => {
  test.each([
    ['in order', [[started('c', 100)], [completed('c', 225)]]],
    ['the end first', [[completed('c', 225)], [started('c', 100)]]],
    ['a late start of one that is over', [[started('c', 100), completed('c', 225)], [started('c', 100)]]],
  ])('%s: the halves are one call of 125 ms', async (_, runs) => {
    const mac = machine();
    write(mac, begun());
    for (const lines of runs) {
      append(mac, ...lines);
      await mac.json('import');
    }
    expect(calls(mac)).toEqual([{ outcome: 'ok', duration_ms: 125 }]);
  });

  test('begin when they are asked for; the wait for an approval is not their time', async () => {
    const mac = machine();
    write(mac, begun(), requested('c', 1000), started('c', 61_000), completed('c', 61_125), requested('d', 1000), completed('d', 1050));
    await mac.json('import');
    expect(mac.sql(`select started_at - ${T0} as started, duration_ms from tool_calls order by key`)).toEqual([
      { started: 1000, duration_ms: 125 },
      { started: 1000, duration_ms: 50 },
    ]);
  });

  test.each([
    ['a person', event('ApprovalResolved', 50, { tool_id: 'c', approved: false }), { outcome: 'declined' }],
    ['a policy', event('PolicyDecisionRecorded', 50, { tool_id: 'c', decision: { decision: 'denied' } }), { outcome: 'blocked' }],
    ['nobody', event('ApprovalResolved', 50, { tool_id: 'c', approved: true }), { outcome: 'error', errorClass: 'unclassified' }],
    ['nobody known', event('ApprovalResolved', 50, { tool_id: 'other', approved: false }), { outcome: 'error' }],
  ])('that fail after %s said no', (_, decision, expected) => {
    expect(of(read(requested('c', 0), decision, completed('c', 100, true)).events, 'call').at(-1)).toMatchObject(expected);
  });

  test('that are denied on behalf of a person are blocked: the first word counts', () => {
    const policy = event('PolicyDecisionRecorded', 50, { tool_id: 'c', decision: { decision: 'denied', details: { reason: 'x' } } });
    const approval = event('ApprovalResolved', 51, { tool_id: 'c', approved: false });
    const { events } = read(requested('c', 0), policy, approval, completed('c', 100, true));
    expect(of(events, 'call').at(-1)).toMatchObject({ outcome: 'blocked', errorClass: 'permission' });
  });

  test('with one id in two turns are two', () => {
    const keys = of(read(completed('c', 1), completed('c', 2, false, 'turn-2')).events, 'call').map(({ key }) => key);
    expect(keys).toEqual([`roder:${THREAD}:turn-1:c`, `roder:${THREAD}:turn-2:c`]);
  });

  test.each([
    [100, { p95_ms: 95, p99_ms: 99, duration_n: 100 }],
    [20, { p95_ms: 19, duration_n: 20 }],
  ])('of 1 to %i ms have the nearest ranks', async (n, expected) => {
    const mac = machine();
    const pairs = Array.from({ length: n }, (_, i) => [started(`c${i}`, 100), completed(`c${i}`, 101 + i)]);
    write(mac, begun(), ...pairs.flat());
    await mac.json('import');
    expect(await mac.json('tools')).toMatchObject({ rows: [{ tool: 'read_file', calls: n, ...expected }] });
  });
});

describe('requests', () => {
  const requestsOf = (...lines: string[]) => of(read(...lines).events, 'request');

  test('have disjoint parts of tokens, and the last model of their turn', () => {
    const first = inference({ provider: 'anthropic', model: 'claude-haiku-4-5' });
    const second = inference({ provider: 'openai', model: 'gpt-5' });
    const other = inference({ provider: 'x', model: 'y' }, 'turn-2');
    const end = over(500, usage(1000, 50, { cached_prompt_tokens: 800, cache_creation_prompt_tokens: 150 }));
    const tokens = { inputTokens: 50, cacheReadTokens: 800, cacheWrite5mTokens: 150, outputTokens: 50 };
    const key = `roder:${THREAD}:turn-1`;
    expect(requestsOf(first, second, other, end)).toEqual([
      expect.objectContaining({ key, turn: key, at: T0 + 500, provider: 'openai', model: 'gpt-5', status: 'ok', ...tokens }),
    ]);
  });

  test('are none without usage or with zeros; but a turn that failed tried one', () => {
    expect(requestsOf(over(1, {}), over(2, usage(0, 0)), over(3, { usage: null }))).toEqual([]);
    const failed = (body: object) => requestsOf(event('TurnFailed', 1, { error: 'text', ...body }));
    expect(failed({})).toMatchObject([{ status: 'error' }]);
    expect(failed(usage(50, 0))).toMatchObject([{ status: 'error', inputTokens: 50, outputTokens: 0 }]);
  });

  test('more cached than there was: no part is below zero', () => {
    expect(requestsOf(over(1, usage(10, 1, { cached_prompt_tokens: 30 })))).toMatchObject([{ inputTokens: 0, cacheReadTokens: 30 }]);
  });

  test('that are corrected are updated in place', async () => {
    const mac = machine();
    write(mac, begun(), over(500, usage(100, 20)));
    await mac.json('import');
    append(mac, over(500, usage(130, 20)));
    await mac.json('import');
    expect(counts(mac)).toMatchObject({ requests: 1, tokens: 150 });
  });
});

describe('turns', () => {
  test('that failed are seen, and so is the end of a call without its start', async () => {
    const mac = machine();
    const end = event('TurnFailed', 900, { error: 'text', error_kind: 'provider', ...usage(30, 20) });
    write(mac, begun(), inference({ provider: 'openai', model: 'gpt-5' }), completed('c', 500, true), end);
    await mac.json('import');
    expect(mac.sql('select outcome from turns')).toEqual([{ outcome: 'error' }]);
    expect(mac.sql('select status, input_tokens as input from requests')).toEqual([{ status: 'error', input: 30 }]);
    expect(calls(mac)).toEqual([{ outcome: 'error', duration_ms: null }]);
  });

  test('that are interrupted take their open calls along, until a result tells better', async () => {
    const mac = machine();
    write(mac, begun(), started('c', 100), started('d', 100), completed('d', 150), event('TurnInterrupted', 800));
    await mac.json('import');
    expect(mac.sql('select outcome from turns')).toEqual([{ outcome: 'interrupted' }]);
    expect(calls(mac).map(({ outcome }) => outcome)).toEqual(['interrupted', 'ok']);
    append(mac, completed('c', 810));
    await mac.json('import');
    expect(calls(mac).map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });
});

describe('lines', () => {
  const whole = completed('c', 225);

  test('can hold several events, whatever stands in their texts', () => {
    const tricky = event('ToolCallCompleted', 225, { tool_id: 'c', is_error: true, output: '} {"event": \\" {{ \\' });
    const { events } = read(begun() + tricky + over(500), ` ${begun('turn-2')}  ${begun('turn-3')} `);
    expect(of(events, 'call').map(({ outcome }) => outcome)).toEqual(['error', undefined]);
    expect(new Set(of(events, 'turn').map(({ key }) => key))).toHaveLength(3);
  });

  test.each([
    ['after', whole + whole.slice(0, -3)],
    ['before', `null"${whole}`],
    ['between', `${whole}}]${whole}`],
  ])('give their whole events, with a rest %s them', (_, line) => {
    expect(new Set(of(read(line).events, 'call').map(({ key }) => key))).toHaveLength(1);
  });

  test.each([whole.slice(0, -1), '{not json}', '"', '{"a":"{}', `${whole.slice(0, 90)}${whole}`])(
    'without a whole one are refused: %s',
    (line) => expect(() => read(line)).toThrow(SyntaxError),
  );

  test('that are no events are told by their kind; events that carry nothing are not', () => {
    const { events, unknownTypes } = read('{"kind":"orbit"}', '7', '{}', event('MemoryQueried', 1, { query: 'text' }), event('Novelty', 2));
    expect(unknownTypes).toEqual(['orbit', '(none)', '(none)']);
    expect(events).toEqual([]);
  });

  test('without ids in the envelope belong to the ids of the event, else to the folder', () => {
    const bare = (body: object) => JSON.stringify({ event_id: 'e', kind: 'turn.started', event: { TurnStarted: body } });
    expect(of(read(bare({ thread_id: 't', turn_id: 'u' })).events, 'turn')).toMatchObject([{ key: 'roder:t:u', where: { session: 't' } }]);
    expect(of(read(bare({ threadId: 't', turnId: 'u' })).events, 'turn')).toMatchObject([{ key: 'roder:t:u' }]);
    expect(of(read(bare({})).events, 'session')).toMatchObject([{ where: { session: THREAD } }]);
  });

  test('keep a bounded state, and none of a turn that is over', () => {
    const many = Array.from({ length: 3000 }, (_, i) => started(`call_${i}`, i));
    expect(String(read(begun(), ...many).saved).length).toBeLessThan(150_000);
    expect(read(begun(), inference({ provider: 'p', model: 'm' }), ...many, over(9000)).saved).toBe(read().saved);
  });
});

describe('context', () => {
  test('skills that are invoked are used, by their name or by what asked for them', () => {
    const skills = of(
      read(
        event('SkillInvoked', 1, { selector: { name: { name: 'alias' } }, descriptor: { name: 'commit', description: 'text' } }),
        event('SkillInvoked', 2, { selector: { name: { name: 'alias' } } }),
        event('SkillInvoked', 3, { selector: { path: { path: '/home/ada/x/SKILL.md' } } }),
      ).events,
      'context',
    );
    expect(skills.map(({ slug, kind, role }) => [slug, kind, role])).toEqual([
      ['commit', 'skill', 'use'],
      ['alias', 'skill', 'use'],
    ]);
  });

  test('the index of skills is resident; a compaction is one, replayed or not', async () => {
    const mac = machine();
    const lines = [
      begun(),
      event('SkillIndexRendered', 1, { renderedCount: 3, hiddenCount: 0, estimatedTokens: 210 }),
      event('ContextCompactionRecorded', 2, { original_estimated_tokens: 150_000 }),
    ];
    write(mac, ...lines, ...lines);
    await mac.json('import');
    expect(mac.sql('select kind, slug, role, tokens from contexts')).toEqual([
      { kind: 'skill_index', slug: 'skills', role: 'exposure', tokens: 210 },
    ]);
    expect(mac.sql('select pre_tokens from compactions')).toEqual([{ pre_tokens: 150_000 }]);
  });

  test('a fork knows the thread that it was forked from', () => {
    const [session] = of(read(event('ThreadForked', 1, { parent_thread_id: 'p', child_thread_id: THREAD })).events, 'session');
    expect(session).toMatchObject({ parent: 'p', where: { session: THREAD } });
  });
});
