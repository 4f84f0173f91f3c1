import { describe, expect, test } from 'vitest';
import { appendLog, end, interrupt, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { machine, type Machine, type MachineOptions } from '../world.ts';
import { figureBy, listOf, rowsOf, sum } from './rows.ts';

const OPUS = 'claude-opus-4-5-20251101';
const SONNET = 'claude-sonnet-4-20250514';
const HOUR = 3_600_000;

/** Logs say their times from midnight of 2026-06-01 on. */
const at = (time: string): number => Date.parse(time) - T0;

/** A request of one token at each of these times, in one session. */
async function withRequestsAt(times: readonly string[], options: MachineOptions = {}): Promise<Machine> {
  const mac = machine(options);
  writeLog(
    mac,
    's.jsonl',
    times.map((time, index) => response(at(time), `msg_${index}`, { input: 1 })),
  );
  await mac.json('import');
  return mac;
}

const tokensByDay = (mac: Machine, ...argv: readonly string[]) => figureBy(mac, 'total_tokens', 'day', '--days', 'all', ...argv);

test('B15: a session over midnight counts on its first day, its work on the days it was done; days, models and requests add up', async () => {
  const mac = machine({ now: '2026-02-01T12:00:00Z' });
  writeLog(mac, 's.jsonl', [
    prompt(at('2026-01-31T23:59:58Z'), 'turn it'),
    response(at('2026-01-31T23:59:58Z'), 'msg_1', { input: 1, output: 10 }, { model: SONNET }),
    response(at('2026-02-01T11:00:00Z'), 'msg_2', { input: 2, output: 20 }, { model: OPUS }),
    start('toolu_1', at('2026-02-01T11:00:05Z'), { message: 'msg_3', model: OPUS }),
  ]);
  await mac.json('import');
  const days = await rowsOf(mac, 'report', '--by', 'day');
  expect(days).toMatchObject([
    { group: '2026-02-01', sessions: 0, requests: 2, total_tokens: 22, tool_calls: 1 },
    { group: '2026-01-31', sessions: 1, requests: 1, total_tokens: 11, tool_calls: 0 },
  ]);
  expect(await rowsOf(mac, 'tools', '--since', '2026-01-31', '--until', '2026-01-31')).toEqual([]);
  expect(await rowsOf(mac, 'tools', '--since', '2026-02-01')).toMatchObject([{ open: 1, settled: 0 }]);
  expect(await figureBy(mac, 'total_tokens', 'model')).toEqual({ [SONNET]: 11, [OPUS]: 22 });
  expect(sum(days, 'total_tokens')).toBe(33);
  expect(mac.sql('select sum(input_tokens + output_tokens) as tokens from requests')).toEqual([{ tokens: 33 }]);
});

test('B16: work queued at 23:58 whose first line comes at 00:05 counts on the new day, which --days 1 includes whole', async () => {
  const mac = machine({ now: '2026-06-10T12:00:00Z' });
  writeLog(mac, 's.jsonl', [
    response(at('2026-06-09T05:00:00Z'), 'msg_early', { input: 4 }),
    prompt(at('2026-06-09T23:58:00Z'), 'turn it'),
    response(at('2026-06-10T00:05:00Z'), 'msg_late', { input: 1 }),
    response(at('2026-06-10T00:05:09Z'), 'msg_late', { input: 1, output: 2 }),
  ]);
  await mac.json('import');
  expect(await tokensByDay(mac)).toEqual({ '2026-06-10': 3, '2026-06-09': 4 });
  expect(await figureBy(mac, 'turns', 'day')).toEqual({ '2026-06-10': 0, '2026-06-09': 1 });
  expect(await figureBy(mac, 'total_tokens', 'day', '--days', '1')).toEqual({ '2026-06-10': 3 });
  expect(await figureBy(mac, 'total_tokens', 'day', '--days', '2')).toEqual({ '2026-06-10': 3, '2026-06-09': 4 });
});

test.each([[[]], [['--raw']], [['--timezone', 'Etc/GMT']]])(
  'B17: the last millisecond of the --until date is in, the next one is out %s',
  async (how) => {
    const mac = await withRequestsAt(['2026-06-03T23:59:59.999Z', '2026-06-04T00:00:00.000Z']);
    expect(await tokensByDay(mac)).toEqual({ '2026-06-03': 1, '2026-06-04': 1 });
    for (const by of ['day', 'model']) {
      const { summary, rows } = await mac.json('report', '--by', by, '--since', '2026-06-01', '--until', '2026-06-03', ...how);
      expect(summary).toMatchObject({ requests: 1 });
      expect(rows).toMatchObject([{ requests: 1 }]);
    }
    const next = await rowsOf(mac, 'report', '--since', '2026-06-04', '--until', '2026-06-04', ...how);
    expect(next).toMatchObject([{ group: '2026-06-04', requests: 1 }]);
  },
);

/** Each zone with the last second of a local 1 June (or 1 December) and the first of the next day. */
const midnights = [
  { timeZone: 'Asia/Kolkata', last: '2026-06-01T18:29:59Z', first: '2026-06-01T18:30:00Z', days: ['2026-06-01', '2026-06-02'] },
  { timeZone: 'Asia/Kathmandu', last: '2026-06-01T18:14:59Z', first: '2026-06-01T18:15:00Z', days: ['2026-06-01', '2026-06-02'] },
  { timeZone: 'America/St_Johns', last: '2026-06-02T02:29:59Z', first: '2026-06-02T02:30:00Z', days: ['2026-06-01', '2026-06-02'] },
  { timeZone: 'America/St_Johns', last: '2025-12-02T03:29:59Z', first: '2025-12-02T03:30:00Z', days: ['2025-12-01', '2025-12-02'] },
] as const;

describe.each(midnights)('B18: $timeZone, $last and $first are two days', ({ timeZone, last, first, days: [before, after] }) => {
  const bothDays = { [before]: 1, [after]: 2 };
  const times = [last, first, first];

  test('by --timezone', async () => {
    const mac = await withRequestsAt(times);
    expect(await tokensByDay(mac)).toEqual({ [first.slice(0, 10)]: 3 });
    expect(await tokensByDay(mac, '--timezone', timeZone)).toEqual(bothDays);
    const since = await mac.json('report', '--since', after, '--timezone', timeZone);
    expect(since['summary']).toMatchObject({ requests: 2 });
    const until = await mac.json('report', '--until', before, '--timezone', timeZone);
    expect(until['summary']).toMatchObject({ requests: 1 });
  });

  test('in the home zone, where the sums that are kept equal the facts', async () => {
    const mac = await withRequestsAt(times, { timeZone });
    expect(await tokensByDay(mac)).toEqual(bothDays);
    expect(mac.sql('select day, requests from rollup_requests order by day')).toEqual([
      { day: Date.parse(before) / (24 * HOUR), requests: 1 },
      { day: Date.parse(after) / (24 * HOUR), requests: 2 },
    ]);
    for (const by of ['day', 'week', 'month', 'model', 'session']) {
      const kept = await mac.json('report', '--days', 'all', '--by', by);
      expect(await mac.json('report', '--days', 'all', '--by', by, '--raw')).toEqual(kept);
    }
    expect(await tokensByDay(mac, '--timezone', 'UTC')).toEqual({ [first.slice(0, 10)]: 3 });
  });
});

test('B18: the weeks of a tool begin on the Monday of the zone that is asked for', async () => {
  const mac = machine();
  writeLog(
    mac,
    's.jsonl',
    ['2026-05-25T12:00:00Z', '2026-05-31T18:29:59Z', '2026-05-31T18:30:00Z', '2026-06-01T00:00:00Z'].map((time, index) =>
      start(`toolu_${index}`, at(time)),
    ),
  );
  await mac.json('import');
  const weeks = async (...argv: readonly string[]) =>
    listOf(await mac.json('tools', 'Bash', ...argv), 'weeks').map(({ week, calls }) => [week, calls]);
  expect(await weeks()).toEqual([
    ['2026-06-01', 1],
    ['2026-05-25', 3],
  ]);
  expect(await weeks('--timezone', 'Asia/Kolkata')).toEqual([
    ['2026-06-01', 2],
    ['2026-05-25', 2],
  ]);
});

test.each([
  { zone: 'Europe/Berlin', middle: '2026-10-25', hours: [24, 25, 24] },
  { zone: 'Europe/Berlin', middle: '2026-03-29', hours: [24, 23, 24] },
  { zone: 'Australia/Lord_Howe', middle: '2026-04-05', hours: [24, 24.5, 24] },
  // The clock goes from 24:00 to 01:00 here: the day begins at one.
  { zone: 'Africa/Cairo', middle: '2026-04-24', hours: [24, 23, 24] },
])('B19: in $zone the days around $middle have $hours hours, and each event is in one of them', async ({ zone, middle, hours }) => {
  const noon = Date.parse(middle) + 12 * HOUR;
  const halves = Array.from({ length: 4 * 24 * 2 }, (_, index) => new Date(noon + (index - 4 * 24) * (HOUR / 2)).toISOString());
  const day = (offset: number): string => new Date(noon + offset * 24 * HOUR).toISOString().slice(0, 10);
  const expected = { [day(-1)]: hours[0], [day(0)]: hours[1], [day(1)]: hours[2] };
  const inHours = async (mac: Machine, ...argv: readonly string[]): Promise<unknown> => {
    const tokens = await tokensByDay(mac, ...argv);
    expect(
      sum(
        Object.values(tokens).map((value) => ({ value })),
        'value',
      ),
    ).toBe(halves.length);
    return Object.fromEntries(Object.keys(expected).map((each) => [each, Number(tokens[each]) / 2]));
  };
  const abroad = await withRequestsAt(halves);
  expect(await inHours(abroad, '--timezone', zone)).toEqual(expected);
  const home = await withRequestsAt(halves, { timeZone: zone });
  expect(await inHours(home)).toEqual(expected);
  expect(await inHours(home, '--raw')).toEqual(expected);
  const { summary } = await home.json('report', '--since', middle, '--until', middle);
  expect(summary).toMatchObject({ requests: 2 * (hours[1] ?? 0) });
});

test('B20: a turn with two models has two requests, each with its own tokens, and their sum', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    prompt(0, 'turn it'),
    response(1000, 'msg_1', { input: 10, output: 1 }, { model: SONNET }),
    response(2000, 'msg_2', { input: 200, output: 2 }, { model: OPUS }),
  ]);
  await mac.json('import');
  expect(await figureBy(mac, 'total_tokens', 'model')).toEqual({ [SONNET]: 11, [OPUS]: 202 });
  const session = await mac.json('session', '1111');
  expect(session['turns']).toMatchObject([
    {
      trigger: 'human',
      requests: [
        { model: SONNET, total_tokens: 11 },
        { model: OPUS, total_tokens: 202 },
      ],
    },
  ]);
  expect(session).toMatchObject({ models: [OPUS, SONNET], requests: 2, total_tokens: 213 });
});

test('B21: an interrupted turn is cancelled and keeps the tokens of both of its requests', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    prompt(0, 'turn it'),
    response(1000, 'msg_1', { input: 10 }),
    response(2000, 'msg_2', { input: 20 }),
    interrupt(3000),
  ]);
  await mac.json('import');
  const { turns, state } = await mac.json('session', '1111');
  expect(state).toBe('cancelled');
  expect(turns).toMatchObject([{ state: 'cancelled', duration_ms: 3000, requests: [{ total_tokens: 10 }, { total_tokens: 20 }] }]);
  expect((await mac.json('report'))['summary']).toMatchObject({ turns: 1, requests: 2, total_tokens: 30 });
});

const failed = (line: string): string => JSON.stringify({ ...JSON.parse(line), isApiErrorMessage: true });

test('B22: the state of a session is that of the last thing that happened in it; the counts add up', async () => {
  const mac = machine({ now: new Date(T0 + 24 * HOUR).toISOString() });
  const late = 24 * HOUR - 5 * 60_000;
  const histories = {
    asks: [prompt(0, 'turn it'), start('toolu_asks', 1000, { tool: 'AskUserQuestion' })],
    answered: [
      prompt(0, 'turn it'),
      start('toolu_answered', 1000, { tool: 'AskUserQuestion' }),
      end('toolu_answered', 2000),
      response(3000, 'msg_answered'),
    ],
    stopped: [prompt(0, 'turn it'), response(1000, 'msg_stopped'), interrupt(2000)],
    resumed: [prompt(0, 'turn it'), response(1000, 'msg_resumed'), interrupt(2000), prompt(3000, 'again'), response(4000, 'msg_resumed2')],
    broken: [prompt(0, 'turn it'), response(1000, 'msg_broken'), failed(response(2000, 'msg_broken2'))],
    mended: [prompt(0, 'turn it'), failed(response(1000, 'msg_mended')), response(2000, 'msg_mended2')],
    done: [prompt(0, 'turn it'), response(1000, 'msg_done')],
    going: [prompt(late, 'turn it'), response(late + 1000, 'msg_going')],
  };
  for (const [session, lines] of Object.entries(histories)) {
    writeLog(
      mac,
      `${session}.jsonl`,
      lines.map((line) => JSON.stringify({ ...JSON.parse(line), sessionId: session })),
    );
  }
  await mac.json('import');
  const sessions = await rowsOf(mac, 'sessions');
  expect(Object.fromEntries(sessions.map(({ session, state }) => [session, state]))).toEqual({
    asks: 'awaiting_response',
    answered: 'completed',
    stopped: 'cancelled',
    resumed: 'completed',
    broken: 'error',
    mended: 'completed',
    done: 'completed',
    going: 'running',
  });
  expect((await mac.json('report'))['summary']).toMatchObject({ sessions: sessions.length });
});

test('B23: the first line of a finished session read again: it stays finished and its end does not move', async () => {
  const mac = machine();
  const lines = [prompt(0, 'turn it'), start('toolu_1', 1000), end('toolu_1', 2000), response(3000, 'msg_2', { input: 5 })];
  const log = writeLog(mac, 's.jsonl', lines);
  await mac.json('import');
  const before = [await mac.json('session', '1111'), await rowsOf(mac, 'sessions'), await rowsOf(mac, 'tools')];
  expect(before[0]).toMatchObject({ state: 'completed', last_at: '2026-06-01T00:00:03.000Z' });
  appendLog(log, lines.slice(0, 2));
  await mac.json('import');
  writeLog(mac, 'copy.jsonl', lines.slice(0, 2));
  await mac.json('import');
  expect([await mac.json('session', '1111'), await rowsOf(mac, 'sessions'), await rowsOf(mac, 'tools')]).toEqual(before);
});
