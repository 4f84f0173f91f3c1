import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { importedAtOnce } from '../import/at-once.ts';
import { importDirectly } from '../import/directly.ts';
import { appendLog, end, prompt, response, start, T0, writeLog, type LineOptions } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';

/* A fact that several sessions tell belongs to one of them, whichever is imported first. */

const [FIRST, SECOND] = ['aaaaaaaa-1111', 'bbbbbbbb-2222'];
const ownerOf = (mac: Machine, key = 'toolu_c') =>
  mac.sql(
    'select s.key as session, agent, duration_ms as duration from tool_calls c join sessions s on s.id = c.session_id where c.key = ?',
    key,
  )[0];

/** A call of 100 ms; where it is told makes its times. */
const told = (at: number, options: LineOptions): readonly string[] => [
  start('toolu_c', at, options),
  end('toolu_c', at + 100, 'ok', options),
];

/** Imports two logs in runs of their own, in both orders, and both at once. */
async function inAllOrders(logs: readonly (readonly string[])[], check: (mac: Machine) => void): Promise<void> {
  const stores = new Set<string>();
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const mac = machine();
    for (const index of order) {
      writeLog(mac, `${index}.jsonl`, logs[index] ?? []);
      await importDirectly(mac);
    }
    check(mac);
    stores.add(factsOf(mac)).add(factsOf(await importedAtOnce(mac)));
  }
  expect(stores.size).toBe(1);
}

describe('the owner of a fact is', () => {
  test('the session whose log ends first', () =>
    inAllOrders([told(9000, { session: FIRST }), told(1000, { session: SECOND })], (mac) =>
      expect(ownerOf(mac)).toMatchObject({ session: SECOND }),
    ));

  test('of two that end at once the one with the smaller id', () =>
    inAllOrders([told(1000, { session: SECOND }), told(1000, { session: FIRST })], (mac) =>
      expect(ownerOf(mac)).toMatchObject({ session: FIRST }),
    ));

  test('the one that does not say that it was forked, even if its log ends later', () =>
    inAllOrders([told(1000, { session: FIRST, forkedFrom: SECOND }), told(9000, { session: SECOND })], (mac) =>
      expect(ownerOf(mac)).toMatchObject({ session: SECOND }),
    ));

  test('a main thread before a sidechain, even if its log ends later', () =>
    inAllOrders([told(1000, { session: FIRST, sidechain: true, agent: 'acompact' }), told(9000, { session: SECOND })], (mac) =>
      expect(ownerOf(mac)).toMatchObject({ session: SECOND, agent: '' }),
    ));
});

describe('when logs grow and another session becomes the owner', () => {
  const usage = { input: 1000, output: 1000 };
  const call = (id: string) => ({ id, name: 'Bash' });

  /** One response under the ids of a gateway, which are each session's own: the first session has seen one call of it, the second both. */
  function begin(mac: Machine): { first: string; second: string } {
    return {
      first: writeLog(mac, 'first.jsonl', [response(1000, 'generation', usage, { session: FIRST, calls: [call('toolu_c')] })]),
      second: writeLog(mac, 'second.jsonl', [
        response(2000, 'generation', usage, { session: SECOND, calls: [call('toolu_c'), call('toolu_d')] }),
      ]),
    };
  }

  test.each([1, 1 << 25])('the store is the same as if all had been there at once (batches of %i bytes)', async (batchBytes) => {
    const mac = machine();
    const { first, second } = begin(mac);
    await importDirectly(mac, { batchBytes });
    expect(ownerOf(mac)).toMatchObject({ session: FIRST });
    for (const [path, at, session, owner] of [
      [first, 5000, FIRST, SECOND],
      [second, 9000, SECOND, FIRST],
    ] as const) {
      appendLog(path, [prompt(at, 'again', { session })]);
      await importDirectly(mac, { batchBytes });
      expect(ownerOf(mac)).toMatchObject({ session: owner });
      expect(factsOf(mac)).toBe(factsOf(await importedAtOnce(mac)));
    }
  });

  test('the cost of a response is always divided among its own calls', async () => {
    const mac = machine();
    const { first } = begin(mac);
    await importDirectly(mac);
    const costs = () =>
      mac.sql(
        `select s.key as session, r.cost_nano_usd - (select sum(c.cost_nano_usd) from tool_calls c where c.request_id = r.id) as undivided
         from requests r join sessions s on s.id = r.session_id where r.id in (select request_id from tool_calls) order by 1`,
      );
    expect(costs()).toEqual([
      { session: FIRST, undivided: 0 },
      { session: SECOND, undivided: 0 },
    ]);
    appendLog(first, [prompt(5000, 'again', { session: FIRST })]);
    await importDirectly(mac);
    expect(costs()).toEqual([{ session: SECOND, undivided: 0 }]);
  });

  test('batches of one run see the ends that earlier ones have moved', async () => {
    const mac = machine();
    writeLog(mac, '0.jsonl', [prompt(0, 'turn it', { session: FIRST }), ...told(1000, { session: SECOND })]);
    writeLog(mac, '1.jsonl', told(1000, { session: FIRST }));
    writeLog(mac, '2.jsonl', [prompt(9000, 'again', { session: FIRST }), start('toolu_e', 3000, { session: SECOND })]);
    writeLog(mac, '3.jsonl', [start('toolu_e', 3000, { session: FIRST })]);
    await importDirectly(mac, { batchBytes: 1 });
    expect(ownerOf(mac)).toMatchObject({ session: SECOND });
    expect(ownerOf(mac, 'toolu_e')).toMatchObject({ session: SECOND });
    expect(factsOf(mac)).toBe(factsOf(await importedAtOnce(mac)));
  });
});

describe('what a place says', () => {
  const saidOf = (mac: Machine) =>
    mac
      .sql(`select s.key as session, g.said ->> 'startedAt' as at from sightings g join sessions s on s.id = g.session_id
         where g.fact = 'call' order by 1`)
      .map(({ session, at }) => [session, at === null ? 'as the row' : Number(at) - T0]);

  test('is kept where it is not what the row says', () =>
    inAllOrders([told(1000, { session: FIRST }), told(9000, { session: SECOND })], (mac) =>
      expect(saidOf(mac)).toEqual([
        [FIRST, 'as the row'],
        [SECOND, 9000],
      ]),
    ));

  test('is kept of all when it is what none says that the row says', () =>
    inAllOrders([[start('toolu_c', 1000, { session: FIRST })], [end('toolu_c', 1100, 'ok', { session: SECOND })]], (mac) =>
      expect(saidOf(mac)).toEqual([
        [FIRST, 1000],
        [SECOND, 'as the row'],
      ]),
    ));

  test('stays what it was when the row becomes another, and when the place that made it so is forgotten', async () => {
    const mac = machine();
    const third = 'cccccccc-3333';
    writeLog(mac, 'first.jsonl', told(5000, { session: FIRST }));
    writeLog(mac, 'second.jsonl', told(5000, { session: SECOND }));
    await importDirectly(mac);
    const before = factsOf(mac);
    expect(saidOf(mac)).toEqual([
      [FIRST, 'as the row'],
      [SECOND, 'as the row'],
    ]);
    writeLog(mac, 'third.jsonl', told(1000, { session: third }));
    await importDirectly(mac);
    expect(saidOf(mac)).toEqual([
      [FIRST, 5000],
      [SECOND, 5000],
      [third, 'as the row'],
    ]);
    expect(factsOf(mac)).toBe(factsOf(await importedAtOnce(mac)));
    await mac.usage('forget', '--session', third, '--yes');
    expect(factsOf(mac)).toBe(before);
  });

  test('is kept while the row cannot say it, which refers to what is not known yet', async () => {
    const mac = machine();
    const calls = join(mac.home, 'calls.jsonl');
    const line = (session: string, fact: object) =>
      `${JSON.stringify({ schema_version: 1, ...fact, source: 'claude', session, agent: '', sidechain: false, copied: false })}\n`;
    const call = { type: 'call', key: 'toolu_c', startedAt: T0, tool: 'Bash', outcome: 'ok', request: 'msg_1' };
    writeFileSync(calls, line(FIRST, call) + line(SECOND, call));
    await mac.json('import', calls);
    expect(mac.sql(`select request_id as row, said ->> 'request' as said from tool_calls join sightings on fact_id = id`)).toEqual([
      { row: null, said: 'msg_1' },
      { row: null, said: 'msg_1' },
    ]);
  });
});

test('what the owner does not know comes from the others, with the duration of their own clock', async () => {
  const mac = machine();
  writeLog(mac, 'first.jsonl', [start('toolu_c', 1000, { session: FIRST, tool: 'Edit' })]);
  writeLog(mac, 'second.jsonl', told(90_000, { session: SECOND }));
  await importDirectly(mac);
  expect(mac.sql('select t.name as tool, outcome, duration_ms as duration from tool_calls c join tools t on t.id = c.tool_id')).toEqual([
    { tool: 'Edit', outcome: 'ok', duration: 100 },
  ]);
});

test('a copy that adds nothing writes nothing of the call or the request; one that takes them over does', async () => {
  const mac = machine();
  const lines = (at: number, session: string) => [
    response(at, 'msg_1', { input: 9, output: 3 }, { session, calls: [{ id: 'toolu_c', name: 'Bash' }] }),
    end('toolu_c', at + 100, 'ok', { session }),
  ];
  writeLog(mac, 'original.jsonl', lines(5000, FIRST));
  await importDirectly(mac);
  const db = new Sqlite(mac.db);
  db.exec(`create table written (what text);
    create trigger call_written after update on tool_calls begin insert into written values ('call'); end;
    create trigger request_written after update on requests begin insert into written values ('request'); end;
    create trigger call_scored after insert on score_queue begin insert into written values ('score'); end;`);
  db.close();
  const written = () => new Set(mac.sql('select what from written').map(({ what }) => what));
  writeLog(mac, 'copy.jsonl', lines(9000, SECOND));
  await importDirectly(mac);
  expect(written()).toEqual(new Set());
  expect(mac.sql('select count(*) as n from sightings')).toEqual([{ n: 4 }]);
  writeLog(mac, 'earlier.jsonl', lines(1000, 'cccccccc-3333'));
  await importDirectly(mac);
  expect(written()).toEqual(new Set(['call', 'request', 'score']));
  expect(ownerOf(mac)).toMatchObject({ session: 'cccccccc-3333' });
});
