import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendLog, response, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

test('what the price table said is kept while costs are of that table, and not a run longer', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [response(0, 'msg_a', { input: 1000 })]);
  await mac.json('import');
  const usd = 3000 * 1000; // nano-dollars for a thousand tokens of Claude Sonnet 4
  const costs = () => mac.sql('select cost_nano_usd as cost from requests order by key').map(({ cost }) => cost);
  expect(costs()).toEqual([usd]);

  const db = new Sqlite(mac.db);
  db.exec(`update kept_prices set price = '{"input_mtok":4}'`);
  appendLog(path, [response(1000, 'msg_b', { input: 1000 })]);
  await mac.json('import');
  expect(costs()).toEqual([usd, (usd * 4) / 3]);

  // Another version of the table, as after an upgrade.
  db.exec(`update meta set value = 'another' where key = 'price_revision'`);
  appendLog(path, [response(2000, 'msg_c', { input: 1000 })]);
  await mac.json('import');
  expect(costs()).toEqual([usd, usd, usd]);
  expect(JSON.parse(String(db.prepare('select price from kept_prices').pluck().get()))).toMatchObject({ input_mtok: 3, output_mtok: 15 });
  db.close();
});
