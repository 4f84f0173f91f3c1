import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

async function wrong(mac: Machine): Promise<{ code: number; wrong: Record<string, unknown> }> {
  const { code, stdout } = await mac.usage('doctor', '--json');
  const rows: readonly { name: string; ok: boolean; fix: string | null }[] = JSON.parse(stdout).rows;
  for (const { ok, fix } of rows) expect(fix === null).toBe(ok);
  return { code, wrong: Object.fromEntries(rows.filter(({ ok }) => !ok).map(({ name, fix }) => [name, fix])) };
}

test('without logs and store it says what to do first, and exits 1', async () => {
  const { code, wrong: found } = await wrong(machine());
  expect(code).toBe(1);
  expect(found).toMatchObject({ store: 'Run: usage import', logs: expect.any(String) });
});

test('a store that is fed is well', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', 0, { tool: 'Read' }), end('toolu_1', 5)]);
  await mac.usage('import');
  expect(await wrong(mac)).toEqual({ code: 0, wrong: {} });
});

test('a file that is no store is named with what to do', async () => {
  const mac = machine();
  mkdirSync(dirname(mac.db), { recursive: true });
  writeFileSync(mac.db, 'no database at all, only words of some length');
  const { code, wrong: found } = await wrong(mac);
  expect(code).toBe(1);
  expect(found).toHaveProperty('store');
});
