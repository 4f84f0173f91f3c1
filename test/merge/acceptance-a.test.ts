import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { factsOf, machine, type Machine, type MachineOptions } from '../world.ts';
import { appendLog, end, progress, prompt, response, start, T0, writeLog } from '../logs/claude.ts';

const ORIGINAL = '11111111-1111-4111-8111-111111111111';
const RESUMED = '22222222-2222-4222-8222-222222222222';
const HOUR = 3_600_000;

/** Imports each log in a run of its own. */
async function importInTurn(mac: Machine, logs: readonly (readonly string[])[]): Promise<void> {
  for (const [index, lines] of logs.entries()) {
    writeLog(mac, `part-${index}.jsonl`, lines);
    await mac.json('import');
  }
}

async function imported(logs: readonly (readonly string[])[], options?: MachineOptions): Promise<Machine> {
  const mac = machine(options);
  await importInTurn(mac, logs);
  return mac;
}

/** The calls of a store, their times counted from T0. */
const callsOf = (mac: Machine) =>
  mac.sql(
    `select c.key, s.key as session, t.name as tool, c.started_at - ? as started, c.ended_at - ? as ended, c.duration_ms as duration, outcome, error_class
     from tool_calls c join sessions s on s.id = c.session_id join tools t on t.id = c.tool_id order by c.key`,
    T0,
    T0,
  );

const requestsOf = (mac: Machine) =>
  mac.sql('select key, agent, sidechain, input_tokens as input, output_tokens as output from requests order by key');

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

const CALL = {
  key: 'toolu_c',
  session: ORIGINAL,
  tool: 'Bash',
  started: 1000,
  ended: 1125,
  duration: 125,
  outcome: 'ok',
  error_class: null,
};

test('A1: a start and its end are one call of 125 ms, named by the start', async () => {
  const mac = await imported([[start('toolu_c', 1000), end('toolu_c', 1125)]]);
  expect(callsOf(mac)).toEqual([CALL]);
});

test('A2: an end that is imported in a run before its start gives the identical row', async () => {
  const [first, second] = [start('toolu_c', 1000), end('toolu_c', 1125)];
  const backwards = await imported([[second], [first]]);
  expect(callsOf(backwards)).toEqual([CALL]);
  expect(factsOf(backwards)).toBe(factsOf(await imported([[first], [second]])));
});

test('A3: all 24 orders of start, end, end again and a resumed copy give one row, with the times of the original', async () => {
  const copy = [start('toolu_c', 1000 + 2 * HOUR, { session: RESUMED }), end('toolu_c', 1125 + 2 * HOUR, 'ok', { session: RESUMED })];
  const logs = [[start('toolu_c', 1000)], [end('toolu_c', 1125)], [end('toolu_c', 1125)], copy];
  const stores = new Set<string>();
  for (const order of permutations(logs)) {
    const mac = await imported(order);
    expect(callsOf(mac)).toEqual([CALL]);
    stores.add(factsOf(mac));
  }
  expect(stores.size).toBe(1);
});

test('A4: a log that is replayed three times adds nothing; its lines with a key are duplicates', async () => {
  const keyed = [prompt(0, 'turn it'), response(500, 'msg_a', { output: 3 }), start('toolu_c', 1000), end('toolu_c', 1125)];
  const lines = [...keyed, JSON.stringify({ type: 'summary', summary: 'turned', leafUuid: 'x' })];
  const mac = await imported([lines]);
  const before = factsOf(mac);
  for (const copy of ['one', 'two', 'three']) {
    writeLog(mac, `${copy}.jsonl`, lines);
    expect(await mac.json('import')).toMatchObject({ files_read: 1, events_new: 0, events_duplicate: keyed.length });
    expect(factsOf(mac)).toBe(before);
  }
});

test.each([
  ['earlier', 500],
  ['later', 3000],
])('A5: a success stays one when a half without a result comes late with an %s time', async (_, at) => {
  const mac = await imported([[start('toolu_c', 1000), end('toolu_c', 1125)], [start('toolu_c', at)]]);
  expect(callsOf(mac)).toEqual([{ ...CALL, started: Math.min(at, 1000), duration: 1125 - Math.min(at, 1000) }]);
});

test('A6: of a failure and a success the later counts, without the class of the error', async () => {
  const logs = [[start('toolu_c', 10)], [end('toolu_c', 50, 'err')], [end('toolu_c', 60)]];
  for (const order of permutations(logs)) {
    expect(callsOf(await imported(order))).toEqual([{ ...CALL, started: 10, ended: 60, duration: 50 }]);
  }
});

test('A6: of a failure and a success at the same time the failure counts', async () => {
  const logs = [[start('toolu_c', 10)], [end('toolu_c', 60, 'err')], [end('toolu_c', 60)]];
  for (const order of permutations(logs)) {
    expect(callsOf(await imported(order))).toMatchObject([{ ended: 60, outcome: 'error', error_class: 'exit_code' }]);
  }
});

test('A7: the duration follows a start that is found to be earlier', async () => {
  const mac = await imported([[start('toolu_c', 2000), end('toolu_c', 2500)]]);
  expect(callsOf(mac)).toMatchObject([{ started: 2000, duration: 500 }]);
  await importInTurn(mac, [[start('toolu_c', 2000), end('toolu_c', 2500)], [start('toolu_c', 1000)]]);
  expect(callsOf(mac)).toMatchObject([{ started: 1000, ended: 2500, duration: 1500 }]);
});

test('A8: an end that is corrected from 1100 to 1500 makes a duration of 500', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [start('toolu_c', 1000), end('toolu_c', 1100)]);
  await mac.json('import');
  expect(callsOf(mac)).toMatchObject([{ ended: 1100, duration: 100 }]);
  appendLog(path, [end('toolu_c', 1500)]);
  await mac.json('import');
  expect(callsOf(mac)).toMatchObject([{ ended: 1500, duration: 500 }]);
});

test('A9: an end before its start is a duration of 0', async () => {
  const mac = await imported([[start('toolu_c', 1000), end('toolu_c', 900)]]);
  expect(callsOf(mac)).toMatchObject([{ started: 1000, ended: 900, duration: 0, outcome: 'ok' }]);
});

test('A10: a result without its call is a call without a name and a duration, counted with its error', async () => {
  const mac = await imported([[end('toolu_c', 1125, 'err')]]);
  expect(callsOf(mac)).toMatchObject([{ tool: '(unknown)', started: null, ended: 1125, duration: null, outcome: 'error' }]);
  expect((await mac.json('tools'))['rows']).toMatchObject([{ tool: '(unknown)', calls: 1, errors: 1, settled: 1, duration_n: 0 }]);
});

/** A session that was active 5 minutes before noon, its last call without a result. */
const NOON = Date.parse('2026-06-01T12:00:00Z') - T0;
const unanswered = () => [start('toolu_a', NOON - 400_000), end('toolu_a', NOON - 399_000), start('toolu_c', NOON - 300_000)];
const OPEN = { calls: 2, settled: 1, ok: 1, success_rate: 1, open: 1 };

test('A11: a call without a result is open and outside of the rate, now and 26 minutes later; a report writes nothing', async () => {
  const mac = await imported([unanswered()], { now: '2026-06-01T12:00:00Z' });
  const before = readFileSync(mac.db);
  expect((await mac.json('tools'))['rows']).toMatchObject([OPEN]);
  expect((await mac.json('tools', '--now', '2026-06-01T12:26:00Z'))['rows']).toMatchObject([OPEN]);
  expect(readFileSync(mac.db).equals(before)).toBe(true);
  expect(mac.sql('select outcome, ended_at from tool_calls where key = ?', 'toolu_c')).toEqual([{ outcome: 'open', ended_at: null }]);
});

test('A12: when its result arrives the call is a success', async () => {
  const mac = await imported([unanswered(), [end('toolu_c', NOON + 60_000)]], { now: '2026-06-01T12:26:00Z' });
  expect((await mac.json('tools'))['rows']).toMatchObject([{ calls: 2, settled: 2, ok: 2, success_rate: 1, open: 0 }]);
});

test('A13: three streamed lines of one message are one request with its largest counters, in any order', async () => {
  const logs = [1, 40, 40].map((output, index) => [response(1000 + index, 'msg_m', { input: 10, output })]);
  const stores = new Set<string>();
  for (const order of permutations(logs)) {
    const mac = await imported(order);
    expect(requestsOf(mac)).toEqual([{ key: 'msg_m', agent: '', sidechain: 0, input: 10, output: 40 }]);
    stores.add(factsOf(mac));
  }
  expect(stores.size).toBe(1);
});

test("A14: a sub-agent's message that the parent's log repeats is one request of the sidechain, its tokens counted once", async () => {
  const inner = response(2000, 'msg_inner', { input: 7, output: 70 }, { sidechain: true, agent: 'a1' });
  const parent = [prompt(0, 'send someone'), start('toolu_t', 1000, { tool: 'Task', message: 'msg_outer' }), progress(2001, inner)];
  const rows = [
    { key: 'msg_inner', agent: 'a1', sidechain: 1, input: 7, output: 70 },
    { key: 'msg_outer', agent: '', sidechain: 0, input: 0, output: 0 },
  ];
  for (const order of permutations([[inner], parent])) {
    const mac = machine();
    for (const lines of order) {
      writeLog(mac, lines === parent ? `${ORIGINAL}.jsonl` : `${ORIGINAL}/subagents/agent-a1.jsonl`, lines);
      await mac.json('import');
    }
    expect(requestsOf(mac)).toEqual(rows);
  }
});

test("A14: a compaction agent's replay of a message of its parent is one request, the parent's", async () => {
  const own = response(2000, 'msg_m', { input: 7, output: 70 });
  const replay = response(2000, 'msg_m', { input: 7, output: 70 }, { sidechain: true, agent: 'acompact-1' });
  for (const order of permutations([[own], [replay]])) {
    expect(requestsOf(await imported(order))).toEqual([{ key: 'msg_m', agent: '', sidechain: 0, input: 7, output: 70 }]);
  }
});
