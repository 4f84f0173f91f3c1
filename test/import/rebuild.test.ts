import { appendFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/model/source.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { end, logPath, logText, prompt, response, start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { importedAtOnce } from './at-once.ts';
import { failingAt, importDirectly } from './directly.ts';
import { keepingHistory, losingHistory, openHistory, type Step } from './history.ts';
import { writeSessions } from './sessions.ts';

const SEED = 20260601;
const rebuilt = (mac: Machine) => importDirectly(mac, { rebuild: true });

/** What no import and no rebuild may take away. */
function holdings(mac: Machine) {
  const keys = (table: string) => mac.sql(`select key from ${table} order by key`).map(({ key }) => String(key));
  const [tokens] = mac.sql(
    'select coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output, coalesce(sum(cost_nano_usd), 0) as cost from requests',
  );
  return { calls: keys('tool_calls'), requests: keys('requests'), turns: keys('turns'), sessions: keys('sessions'), tokens };
}

async function live(mac: Machine, steps: readonly Step[], afterImport: () => void): Promise<void> {
  const step = openHistory(mac, {
    import: async () => {
      await importDirectly(mac);
      afterImport();
    },
    report: () => mac.json('report', '--days', 'all'),
  });
  for (const each of steps) await step(each);
  await importDirectly(mac);
  afterImport();
}

test('C38: 50 random histories: an incremental store is the same as one import of the logs in the end, and as a rebuilt one', async () => {
  await fc.assert(
    fc.asyncProperty(keepingHistory, async (steps) => {
      const mac = machine();
      await live(mac, steps, () => {});
      const before = factsOf(mac);
      expect(before).toBe(factsOf(await importedAtOnce(mac)));
      await rebuilt(mac);
      expect(factsOf(mac)).toBe(before);
      await rebuilt(mac);
      expect(factsOf(mac)).toBe(before);
      expect(await mac.usage('status', '--verify')).toMatchObject({ code: 0, stderr: '' });
    }),
    { seed: SEED, numRuns: 50 },
  );
});

test('30 random histories with losses: no import and no rebuild takes a fact away', async () => {
  await fc.assert(
    fc.asyncProperty(losingHistory, async (steps) => {
      const mac = machine();
      let known = { calls: new Set<string>(), requests: new Set<string>(), turns: new Set<string>() };
      await live(mac, steps, () => {
        const now = holdings(mac);
        for (const table of ['calls', 'requests', 'turns'] as const) expect(now[table]).toEqual(expect.arrayContaining([...known[table]]));
        known = { calls: new Set(now.calls), requests: new Set(now.requests), turns: new Set(now.turns) };
      });
      const before = holdings(mac);
      await rebuilt(mac);
      expect(holdings(mac)).toEqual(before);
      await rebuilt(mac);
      expect(holdings(mac)).toEqual(before);
      expect(await mac.usage('status', '--verify')).toMatchObject({ code: 0, stderr: '' });
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test('a rebuild reads the logs in another order than they were imported in, and gives the same store', async () => {
  const mac = machine();
  for (const name of ['c', 'a', 'b']) {
    const session = { session: name };
    writeLog(mac, `${name}.jsonl`, [
      prompt(0, 'turn it', session),
      start(`toolu_${name}1`, 1000, session),
      prompt(2000, 'again', session),
      start(`toolu_${name}2`, 3000, session),
    ]);
    await importDirectly(mac);
  }
  const before = factsOf(mac);
  await rebuilt(mac);
  expect(factsOf(mac)).toBe(before);
});

test('a rebuild keeps what vanished logs told, linked to what is read again', async () => {
  const mac = machine();
  const beginning = [prompt(0, 'turn it'), response(1000, 'msg_a', { output: 5 }, { calls: [{ id: 'toolu_a', name: 'Bash' }] })];
  writeLog(mac, 'a.jsonl', [prompt(-9000, 'before'), ...beginning]);
  await importDirectly(mac);
  const whole = writeLog(mac, 'whole.jsonl', [...beginning, end('toolu_a', 1500), start('toolu_b', 2000)]);
  await importDirectly(mac);
  rmSync(whole);
  await importDirectly(mac);
  const before = factsOf(mac);
  expect(mac.sql('select t.key from tool_calls c join turns t on t.id = c.turn_id')).toHaveLength(2);
  await rebuilt(mac);
  expect(factsOf(mac)).toBe(before);
});

test('a rebuild keeps the shares of calls that two logs tell in the cost of a response that one of them tells', async () => {
  const mac = machine();
  const calls = [
    { id: 'toolu_a', name: 'Bash' },
    { id: 'toolu_b', name: 'Read' },
  ];
  const streamed = [response(1000, 'msg_a', { output: 1 }), response(1001, 'msg_a', { output: 900 }, { calls })];
  writeLog(mac, 'z.jsonl', [response(500, 'msg_z', { output: 5 }, { calls: [{ id: 'toolu_z', name: 'Bash' }] })]);
  await importDirectly(mac);
  writeLog(mac, 'a.jsonl', streamed);
  writeLog(mac, 'b.jsonl', [...streamed, end('toolu_a', 1500), end('toolu_b', 1600, 'err')]);
  await importDirectly(mac);
  const before = factsOf(mac);
  await rebuilt(mac);
  expect(factsOf(mac)).toBe(before);
});

test('C42: a rebuild of a log with broken lines keeps the rest, and no less than a store that read it piece by piece', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [prompt(0, 'turn it'), '{"type":', start('toolu_a', 1000)]);
  await importDirectly(mac);
  appendFileSync(path, logText(['\u0000\u0000', end('toolu_a', 1500), `{"type":"assistant"`, start('toolu_b', 2000)]));
  await importDirectly(mac);
  const before = [factsOf(mac), mac.sql('select line, reason from issues order by line')];
  expect(mac.sql('select key from tool_calls')).toHaveLength(2);
  await rebuilt(mac);
  expect([factsOf(mac), mac.sql('select line, reason from issues order by line')]).toEqual(before);
});

test('a rebuild tells the totals before and after, and which of them fell', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    prompt(0, 'turn it'),
    response(1000, 'msg_a', { input: 30, output: 5 }, { calls: [{ id: 'toolu_a', name: 'Bash' }] }),
  ]);
  await mac.json('import');
  const now = { sessions: 1, turns: 1, requests: 1, tool_calls: 1, total_tokens: 35 };
  const same = await mac.usage('import', '--rebuild');
  expect(same).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(
      /before {2}1 sessions, 1 requests, 1 tool calls, 35 tokens\n.*now {5}1 sessions, 1 requests, 1 tool calls, 35 tokens\n/,
    ),
  });
  // As a parser of another version would have read it.
  const larger = () => {
    const db = new Sqlite(mac.db);
    db.exec('update requests set input_tokens = 9000; update rollup_requests set input_tokens = 9000');
    db.close();
  };
  larger();
  expect((await mac.usage('import', '--rebuild', '-q')).stderr).toBe(
    'LOWER than before the rebuild: tokens 9,005 → 35. The same logs now say less: lines were changed where they stood, or are read in another way than before.\n',
  );
  larger();
  expect(await mac.json('import', '--rebuild')).toMatchObject({ totals_before: { ...now, total_tokens: 9005 }, totals: now });
});

/** A source that has learnt to see nothing in its logs. */
const SILENT: Source = { ...claude, open: (...args) => ({ ...claude.open(...args), read: () => [] }) };

test('a rebuild that takes back a call divides the cost of its response among the rest', async () => {
  const mac = machine();
  const streamed = (id: string) => [response(1000, 'msg_a', { output: 900 }, { calls: [{ id, name: 'Bash' }] })];
  writeLog(mac, 'present.jsonl', streamed('toolu_b'));
  await importDirectly(mac);
  const path = writeLog(mac, 'vanished.jsonl', streamed('toolu_a'));
  await importDirectly(mac);
  rmSync(path);
  await importDirectly(mac, { sources: [SILENT], rebuild: true });
  expect(
    mac.sql('select c.key, c.cost_nano_usd = r.cost_nano_usd as whole from tool_calls c join requests r on r.id = c.request_id'),
  ).toEqual([{ key: 'toolu_a', whole: 1 }]);
});

test('a rebuild takes back what the logs at hand no longer tell, and leaves what vanished ones told', async () => {
  const [mac, alone] = [machine(), machine()];
  const vanished = [
    prompt(0, 'turn it', { session: 'b' }),
    start('toolu_a', 1000, { session: 'b', tool: 'Edit' }),
    end('toolu_a', 9000, 'ok', { session: 'b' }),
  ];
  const present = [
    start('toolu_a', 500, { session: 'a', tool: 'Bash' }),
    end('toolu_a', 600, 'err', { session: 'a' }),
    start('toolu_b', 700, { session: 'a' }),
  ];
  for (const each of [mac, alone]) writeLog(each, 'vanished.jsonl', vanished);
  writeLog(mac, 'present.jsonl', present);
  for (const each of [mac, alone]) {
    await importDirectly(each);
    rmSync(logPath(each, 'vanished.jsonl'));
    await importDirectly(each);
  }
  expect(mac.sql('select s.key from tool_calls c join sessions s on s.id = c.session_id')).toEqual([{ key: 'a' }, { key: 'a' }]);
  await importDirectly(mac, { sources: [SILENT], rebuild: true });
  expect(factsOf(mac)).toBe(factsOf(alone));
});

describe('a rebuild that fails leaves the store as it was and can be repeated:', () => {
  async function filled(): Promise<{ mac: Machine; before: string }> {
    const mac = machine();
    writeSessions(mac, 6);
    await importDirectly(mac);
    return { mac, before: factsOf(mac) };
  }

  test('the program ends in the middle, at any line', async () => {
    const { mac, before } = await filled();
    for (let line = 0; line < 6 * 3 + 20; line += 4) {
      await expect(importDirectly(mac, { sources: [failingAt(line)], rebuild: true, batchBytes: 1 })).rejects.toThrow(
        'the end of this run',
      );
      expect(factsOf(mac), `ended at line ${line}`).toBe(before);
    }
    await rebuilt(mac);
    expect(factsOf(mac)).toBe(before);
  });

  test.each<[string, (path: string) => void]>([
    ['vanishes', (path) => rmSync(path)],
    ['is cut off', (path) => truncateSync(path, 10)],
    ['is replaced', (path) => writeFileSync(path, logText([start('toolu_new', 1000)]))],
  ])('a log %s while it runs', async (_, change) => {
    const { mac, before } = await filled();
    const show = ({ files }: { files: number }) => {
      if (files === 1) change(logPath(mac, '0005.jsonl'));
    };
    await expect(importDirectly(mac, { rebuild: true, progress: { start: async () => {}, show } })).rejects.toThrow('nothing was changed');
    expect(factsOf(mac)).toBe(before);
    await rebuilt(mac);
    expect(factsOf(mac)).toContain('toolu_5');
  });
});
