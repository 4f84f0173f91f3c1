import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { machine } from '../world.ts';
import { played } from './played.ts';
import { writeTourLogs } from './tour-logs.ts';

const TOUR = new URL('../../docs/tour.md', import.meta.url);

test('the tour is what the program prints, on 80 columns', async () => {
  const mac = machine({ now: '2026-05-22T18:00:00Z', timeZone: 'Europe/Berlin', env: { COLUMNS: '80' } });
  writeTourLogs(mac.home);
  const text = readFileSync(TOUR, 'utf8');
  const real = await played(text, ([, ...argv]) => mac.usage(...argv));
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(TOUR, real);
  else expect(text).toBe(real);
  expect(real.match(/^\$ usage /gm)?.length).toBeGreaterThan(15);
});
