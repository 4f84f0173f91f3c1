import { expect, test } from 'vitest';
import { factsOf, machine, type Machine } from '../world.ts';
import { importedAtOnce } from './at-once.ts';
import { failingAt, importDirectly } from './directly.ts';
import { writeSessions } from './sessions.ts';

const pending = (mac: Machine): number => mac.sql('select * from pending_indexes').length;
const schema = (mac: Machine): unknown => mac.sql('select lower(sql) as sql from sqlite_schema where sql is not null order by 1');

test('a first import of much makes most indexes in the end; cut off, it leaves that to the next one, and reports work meanwhile', async () => {
  const mac = machine();
  writeSessions(mac, 30);
  await expect(importDirectly(mac, { sources: [failingAt(60)], batchBytes: 1 })).rejects.toThrow('the end of this run');
  expect(pending(mac)).toBeGreaterThan(0);
  expect(await mac.json('tools', '--days', '20000')).toMatchObject({ rows: [{ tool: 'Bash' }] });
  await importDirectly(mac, { batchBytes: 1 });
  const once = await importedAtOnce(mac);
  expect(pending(mac)).toBe(0);
  expect(schema(mac)).toEqual(schema(once));
  expect(factsOf(mac)).toBe(factsOf(once));
});

test('a store that holds facts keeps its indexes', async () => {
  const mac = machine();
  writeSessions(mac, 2);
  await mac.json('import');
  writeSessions(mac, 30);
  await expect(importDirectly(mac, { sources: [failingAt(10)], batchBytes: 1 })).rejects.toThrow('the end of this run');
  expect(pending(mac)).toBe(0);
});
