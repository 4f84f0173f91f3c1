import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { response, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const DAY = 86_400_000;

const checkOf = ({ checks }: Record<string, unknown>, name: string): unknown =>
  Array.isArray(checks) ? checks.find((check) => check.name === name) : undefined;

test('status counts the days without any event, and each source', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 9 }), response(4 * DAY, 'msg_2', { input: 1 }, { model: 'house-model' })]);
  await mac.json('import');
  const status = await mac.json('status');
  expect(status).toMatchObject({
    first_day: '2026-06-01',
    last_day: '2026-06-05',
    coverage_days: 5,
    gap_days: 3,
    priced_share: 0.9,
    labels: 'full_path',
    sources: [{ source: 'claude', files: 1, files_gone: 0, sessions: 1, last_at: '2026-06-05T00:00:00.000Z' }],
  });
  expect(checkOf(status, 'prices')).toEqual({
    name: 'prices',
    ok: false,
    detail: '90.0 % of all tokens have a price',
    fix: 'See: usage prices missing',
  });
});

test.each([
  [20, undefined, true],
  [31, undefined, false],
  [31, 60, true],
  [20, 10, false],
])('logs that were not read for %i days are in danger when Claude Code keeps them for %s', async (days, period, ok) => {
  let at = Date.parse('2026-06-01T00:00:00Z');
  const mac = machine({ clock: () => at });
  writeLog(mac, 's.jsonl', [response(0, 'msg_1')]);
  if (period !== undefined)
    writeFileSync(join(mac.home, '.claude/settings.json'), JSON.stringify({ cleanupPeriodDays: period, env: { KEY: 'secret' } }));
  await mac.json('import');
  at += days * DAY;
  await mac.json('import');
  const { stdout, code } = await mac.usage('status');
  expect(code).toBe(0);
  expect(checkOf(await mac.json('status'), 'logs')).toMatchObject({ ok });
  expect(stdout.includes('usage cron install')).toBe(!ok);
});

test('status is read at 80 columns without losing what to do', async () => {
  const mac = machine({ columns: 80 });
  mkdirSync(join(mac.home, '.config/usage'), { recursive: true });
  writeFileSync(join(mac.home, '.config/usage/config.toml'), 'labels = "hashed"\n');
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 1 }, { model: 'house-model' })]);
  const { stdout } = await mac.usage('status');
  expect(stdout).toContain('never ran');
  expect(stdout).not.toMatch(/^(?!store).*…/m);
});
