import { expect, test } from 'vitest';
import { factsOf, machine } from '../world.ts';
import { end, start, writeLog } from '../logs/claude.ts';

test('a call and its result in one log are one call', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_c', 1000), end('toolu_c', 1125)]);
  const answer = await mac.json('import');
  expect(answer).toMatchObject({ files_read: 1, events_new: 2 });
  expect(mac.sql('select outcome, duration_ms from tool_calls')).toEqual([{ outcome: 'ok', duration_ms: 125 }]);
  expect(factsOf(mac)).toContain('toolu_c');
});
