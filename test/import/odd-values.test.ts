import { expect, test } from 'vitest';
import { end, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

/* Values that no agent should write: what can be read of a line is, and nothing else becomes of it. */

async function imported(...lines: readonly string[]): Promise<Machine> {
  const mac = machine();
  writeLog(mac, 's.jsonl', [prompt(0, 'go'), ...lines]);
  expect(await mac.json('import')).toMatchObject({ issue_count: 0, files_unreadable: 0 });
  return mac;
}

const AT = new Date(T0 + 1000).toISOString();
/** A call whose line has another time, as JSON. */
const startAt = (n: number, time: string): string => start(`toolu_${n}`, 1000).replace(JSON.stringify(AT), time);

test('times that are none, or that no agent wrote, are no times: their calls are undated', async () => {
  const none = ['"foo 1"', '"1"', '1', '-1', '1e308', 'true', '[]', '{}', 'null', '"2026-13-01T00:00:00Z"', '"2026-02-30T00:00:00Z"'];
  const wrong = [
    '"2026-06-01T24:00:00.000Z"',
    '"2026-06-01T00:00:61.000Z"',
    '"2026-06-01T24:00:00Z"',
    '"2026-06-01T00:61:00Z"',
    '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59Z"',
    '253402300799000',
  ];
  const mac = await imported(...[...none, ...wrong, `"${' '.repeat(100)}"`].map((time, n) => startAt(n, time)));
  expect(mac.sql('select started_at, day, count(*) as calls from tool_calls group by 1, 2')).toEqual([
    { started_at: null, day: null, calls: none.length + wrong.length + 1 },
  ]);
});

test.each([
  ['without a zone is UTC', '"2026-06-01T00:00:01"', 1000],
  ['with an offset is counted back', '"2026-06-01T05:30:01+05:30"', 1000],
  ['with more digits than milliseconds is cut', '"2026-06-01T00:00:01.2345678Z"', 1234],
  ['may be a leap second', '"2026-06-01T23:59:60Z"', 86_400_000],
  ['may be a number of milliseconds', String(T0 + 1500), 1500],
  ['may be a number of seconds', String((T0 + 2000) / 1000), 2000],
])('a time %s', async (_, time, expected) => {
  const mac = await imported(startAt(0, time));
  expect(mac.sql('select started_at from tool_calls')).toEqual([{ started_at: T0 + expected }]);
});

test('of a key that stands twice in an object the last counts', async () => {
  const line = response(0, 'msg_a', { input: 10, output: 7 });
  const mac = await imported(line.replace('"output_tokens":7', '"output_tokens":7000,"output_tokens":7'));
  expect(mac.sql('select output_tokens from requests')).toEqual([{ output_tokens: 7 }]);
});

test('a value that is nested a million times is passed by', async () => {
  const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  const mac = await imported(
    start('toolu_a', 0, { input: { deep: 'here' } }).replace('"here"', nested),
    end('toolu_a', 5, 'ok', { text: 'here' }).replace('"here"', nested),
  );
  expect(mac.sql('select key, outcome from tool_calls')).toEqual([{ key: 'toolu_a', outcome: 'ok' }]);
});

const nameOf = async (tool: string): Promise<unknown> => {
  const mac = await imported(start('toolu_a', 0, { tool: 'Tool' }).replace('"Tool"', tool));
  return mac.sql('select t.name from tool_calls c join tools t on t.id = c.tool_id')[0]?.['name'];
};

test.each([
  ['half of a surrogate pair', '"a\\ud800b"', 'a\ufffdb'],
  ['a NUL', '"a\\u0000b"', 'a\ufffdb'],
  ['an escape sequence', '"a\\u001b[2Jb"', 'a\ufffd[2Jb'],
  ['a control character beyond ASCII', '"a\\u009bb"', 'a\ufffdb'],
  ['a mark that turns text round', '"a\\u202eb"', 'a\ufffdb'],
  ['a line separator', '"a\\u2028b"', 'a\ufffdb'],
  ['letters beyond ASCII', '"würfel"', 'würfel'],
  ['200 characters and more', `"${'x'.repeat(5000)}"`, 'x'.repeat(200)],
])('a name with %s is kept without it', async (_, tool, expected) => {
  expect(await nameOf(tool)).toBe(expected);
});

test.each(['7', 'true', '[]', '{}', 'null', '""'])('a name that is %s is no name', async (tool) => {
  expect(await nameOf(tool)).toBe('(unknown)');
});

test.each(['-1', '1e308', '1e400', '"125"', 'null', '[125]', '9223372036854775807'])('a duration of %s is none', async (value) => {
  const result = { durationMs: 125 };
  const mac = await imported(start('toolu_a', 0), end('toolu_a', 5, 'ok', { result }).replace('"durationMs":125', `"durationMs":${value}`));
  expect(mac.sql('select reported_ms, duration_ms from tool_calls')).toEqual([{ reported_ms: null, duration_ms: 5 }]);
});

test('whatever stands where an object or a list should, the rest of the line is read', async () => {
  const odd = ['null', 'true', '7', '"x"', '[]', '[null]', '{}', '[[{}]]', '{"toString":1,"__proto__":{"id":"x"}}'];
  const calls = odd.flatMap((value, n) => [
    start(`toolu_i${n}`, 0, { input: { a: 1 } }).replace('{"a":1}', value),
    start(`toolu_u${n}`, 0, { message: `msg_u${n}` }).replace(/"usage":\{[^}]*\}/, `"usage":${value}`),
    end(`toolu_i${n}`, 5, 'ok', { text: 'here' }).replace('"here"', value),
  ]);
  const contents = odd.flatMap((value) => [
    response(0, 'msg_none').replace(/"content":\[[^\]]*\]/, `"content":${value}`),
    response(0, 'msg_none').replace(/"message":.*,"requestId"/, `"message":${value},"requestId"`),
    prompt(0, 'go').replace('"go"', value),
    value,
  ]);
  const mac = await imported(...contents, ...calls);
  expect(mac.sql('select outcome, count(*) as calls from tool_calls group by 1 order by 1')).toEqual([
    { outcome: 'ok', calls: odd.length },
    { outcome: 'open', calls: odd.length },
  ]);
});
