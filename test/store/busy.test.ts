import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { start, writeLog } from '../logs/claude.ts';
import { BUSY_MS } from '../../src/store/open.ts';
import { factsOf, machine } from '../world.ts';

test('a store that another program is writing to is waited for once, then told in one sentence', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_a', 0)]);
  await mac.json('import');
  writeLog(mac, 'new.jsonl', [start('toolu_b', 0)]);
  const writer = new Sqlite(mac.db);
  writer.exec('begin immediate');
  const before = factsOf(mac);
  const startedAt = performance.now();
  const { code, stdout, stderr } = await mac.usage('import');
  expect(performance.now() - startedAt).toBeLessThan(1.9 * BUSY_MS); // an upper bound of one wait and its import, not a speed
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(`usage: Another program is writing ${mac.db}. Run the command again when it has finished.\n`);
  writer.exec('rollback');
  writer.close();
  expect(factsOf(mac)).toBe(before);
  expect(await mac.json('import')).toMatchObject({ events_new: 1 });
});
