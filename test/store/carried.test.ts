import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/model/time.ts';
import { importDirectly } from '../import/directly.ts';
import { attached, openHistory } from '../import/history.ts';
import { appendLog, response, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';
import { expectCarried } from './carried.ts';

test('a store from before the sums of what requests carried gives the same answers, and gets the same sums by an import', async () => {
  const mac = machine({ now: '2026-06-20T12:00:00Z' });
  const step = openHistory(mac, { import: async () => {}, report: async () => {} });
  for (const log of [0, 1]) await step({ do: 'append', log, lines: 20 });
  await importDirectly(mac);
  const sums = () => ['carried', 'carried_sessions', 'used'].map((table) => mac.sql(`select * from ${table}`));
  const made = sums();
  for (const rows of made) expect(rows).not.toEqual([]);
  const answer = async () => (await mac.json('dead-weight', '--all', '--days', 'all'))['rows'];
  const told = await answer();

  const db = new Sqlite(mac.db);
  const triggers = db
    .prepare<[], string>(`select name from sqlite_schema where type = 'trigger' and sql like '%carried_queue%'`)
    .pluck()
    .all();
  for (const name of triggers) db.exec(`drop trigger ${name}`);
  db.exec('drop table carried; drop table carried_sessions; drop table used; drop table carried_queue');
  db.pragma('user_version = 7');
  db.close();
  expect(triggers).toHaveLength(5);
  expect(await answer()).toEqual(told);
  await importDirectly(mac);
  expect(sums()).toEqual(made);
  expectCarried(mac.sql);
  expect(await answer()).toEqual(told);
});

test('a request of a day between two others tells the later one that its session carried things before', async () => {
  const mac = machine();
  const on = (day: number) => response(day * DAY_MS, `msg_${day}`, { input: 10 });
  const path = writeLog(mac, 's.jsonl', [attached(0, 'list', { type: 'skill_listing', content: '- pdf: x', skillCount: 1 }), on(1), on(5)]);
  await mac.json('import');
  const before = () =>
    mac.sql('select day - (select min(day) from carried_sessions) as day, before - day as before from carried_sessions order by 1');
  expect(before().map((row) => row['day'])).toEqual([0, 4]);
  expect(before()[1]).toEqual({ day: 4, before: -4 });
  appendLog(path, [on(3)]);
  await mac.json('import');
  expect(before().slice(1)).toEqual([
    { day: 2, before: -2 },
    { day: 4, before: -2 },
  ]);
  expectCarried(mac.sql);
});

test('a sum of what requests carried, or a time of a use, that is not what the facts give is found', async () => {
  const mac = machine({ now: '2026-06-20T12:00:00Z' });
  const step = openHistory(mac, { import: async () => {}, report: async () => {} });
  await step({ do: 'append', log: 0, lines: 20 });
  await importDirectly(mac);
  const weights = async () => {
    const { stdout } = await mac.usage('status', '--verify', '--json');
    const { checks }: { checks: readonly { name: string; ok: boolean }[] } = JSON.parse(stdout);
    return checks.find(({ name }) => name === 'weights')?.ok;
  };
  expect(await weights()).toBe(true);
  const db = new Sqlite(mac.db);
  for (const [wrong, right] of [
    ['update carried set exposed_tokens = exposed_tokens + 1', 'update carried set exposed_tokens = exposed_tokens - 1'],
    ['update carried_sessions set sessions = sessions + 1', 'update carried_sessions set sessions = sessions - 1'],
    ['update used set last_at = last_at + 1', 'update used set last_at = last_at - 1'],
  ] as const) {
    db.exec(wrong);
    expect(await weights(), wrong).toBe(false);
    db.exec(right);
    expect(await weights(), right).toBe(true);
  }
  db.exec('update carried set exposed_tokens = 1; update carried_sessions set sessions = 9; update used set last_at = 1');
  db.close();
  expect((await mac.usage('import', '--rebuild')).code).toBe(0);
  expect(await weights()).toBe(true);
});
