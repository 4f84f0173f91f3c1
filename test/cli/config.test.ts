import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { end, response, start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const configOf = (mac: Machine): string => join(mac.home, '.config/usage/config.toml');

function writeConfig(mac: Machine, text: string): void {
  mkdirSync(dirname(configOf(mac)), { recursive: true });
  writeFileSync(configOf(mac), text);
}

const listed = async (mac: Machine, ...argv: readonly string[]) => {
  const { rows } = await mac.json('config', 'list', ...argv);
  return Object.fromEntries(Array.isArray(rows) ? rows.map((row) => [row.key, [row.value, row.from]]) : []);
};

describe('settings', () => {
  test('come from flag, environment, config file and default, in this order, and the list says which', async () => {
    const mac = machine({ env: { USAGE_DAYS: '7' } });
    writeConfig(mac, 'days = 90\nkeep_days = 365\ndb = "~/set.sqlite3"\n');
    expect(await listed(mac)).toEqual({
      db: ['~/set.sqlite3', 'config'],
      timezone: ['UTC', 'default'],
      labels: ['full_path', 'default'],
      keep_days: ['365', 'config'],
      days: ['7', 'environment'],
      format: ['table', 'default'],
      color: ['auto', 'default'],
    });
    expect((await listed(mac, '--db', 'x.db'))['db']).toEqual([join(mac.home, 'x.db'), 'flag']);
    expect((await mac.usage('config', 'get', 'days')).stdout).toBe('7\n');
    expect((await mac.usage('config', 'path')).stdout).toBe(`${configOf(mac)}\n`);
    for (const format of ['csv', 'ndjson', 'table']) expect((await mac.usage('config', '--format', format)).stdout).toContain('USAGE_DAYS');
  });

  test('are what commands do when nothing is said', async () => {
    const mac = machine();
    writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 5)]);
    await mac.json('import');
    writeConfig(mac, 'days = 3\nformat = "csv"\ncolor = "always"\n');
    expect((await mac.usage('tools')).stdout).toMatch(/^tool,/);
    expect(await mac.json('report')).toMatchObject({ query: { from: '2026-06-08T00:00:00.000Z' } });
    expect(await mac.json('report', '--days', '2')).toMatchObject({ query: { from: '2026-06-09T00:00:00.000Z' } });
    expect(await mac.json('report', '--since', '2026-06-01')).toMatchObject({ query: { from: '2026-06-01T00:00:00.000Z' } });
    expect((await mac.usage('tools', '--format', 'table')).stdout).toContain('\u001b');
  });

  test('are written in place, for the owner alone, and comments stay', async () => {
    const mac = machine();
    writeConfig(mac, '# mine\ndays = 90 # a quarter\n');
    expect(await mac.usage('config', 'set', 'days', '14')).toMatchObject({ code: 0, stdout: 'days is 14.\n', stderr: '' });
    await mac.usage('config', 'set', 'format', 'json');
    expect(readFileSync(configOf(mac), 'utf8')).toBe('# mine\ndays = 14 # a quarter\nformat = "json"\n');
    expect(statSync(configOf(mac)).mode & 0o777).toBe(0o600);
    await mac.usage('config', 'unset', 'format');
    expect(readFileSync(configOf(mac), 'utf8')).toBe('# mine\ndays = 14 # a quarter\n');
  });

  test.each([
    ['colour = "red"\n', ':1: colour is no setting. There are db, timezone,'],
    ['days = 3\nlabels = "short"\n', ':2: labels = "short" is not allowed. Use full_path, basename, hashed'],
    ['[days]\nx = 1\n', ':1: days = a table or list is not allowed.'],
    ['days = 3\nformat = = 1\n', ':2 is no TOML.'],
  ])('that are not understood are named with their line by every command: %j', async (text, sentence) => {
    const mac = machine();
    writeConfig(mac, text);
    for (const command of ['tools', 'import', 'status', 'config']) {
      const { code, stdout, stderr } = await mac.usage(command);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`${configOf(mac)}${sentence}`);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  test('are mended one by one in a file that is broken', async () => {
    const mac = machine();
    writeConfig(mac, 'days = = 3\nformat = csv"\n');
    expect(await mac.usage('config', 'set', 'days', '3')).toMatchObject({ code: 0, stderr: expect.stringContaining(':2 is no TOML') });
    expect(await mac.usage('config', 'unset', 'format')).toMatchObject({ code: 0, stderr: '' });
    expect((await mac.usage('tools')).code).toBe(0);
    writeConfig(mac, 'colour = 1\n');
    expect((await mac.usage('config', 'unset', 'colour')).code).toBe(0);
    expect((await mac.usage('tools')).code).toBe(0);
  });

  test.each([
    [['set', 'colour', 'red'], 'colour is no setting.'],
    [['set', 'days', '0'], 'days 0 is not allowed.'],
    [['set', 'timezone', 'Europe/Atlantis'], 'timezone Europe/Atlantis is not allowed.'],
    [['get', 'colour'], 'colour is no setting.'],
    [['unset', 'colour'], 'colour is no setting.'],
  ])('that are not allowed are refused: config %j', async (argv, sentence) => {
    const { code, stderr } = await machine().usage('config', ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });

  test('of the environment are refused by name', async () => {
    const { code, stderr } = await machine({ env: { USAGE_KEEP_DAYS: 'many' } }).usage('tools');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'usage: USAGE_KEEP_DAYS=many is not allowed. Use a whole number; 0 keeps everything.\n',
    });
  });
});

test('another home zone gives the store that would have been made in it', async () => {
  const [moved, born] = [machine({ timeZone: 'UTC' }), machine({ timeZone: 'Pacific/Auckland' })];
  for (const mac of [moved, born]) {
    const lines = Array.from({ length: 60 }, (_, n) => [
      response(n * 5_400_000, `msg_${n}`, { input: n }),
      start(`toolu_${n}`, n * 5_400_000 + 9),
      end(`toolu_${n}`, n * 5_400_000 + 50),
    ]);
    writeLog(mac, 's.jsonl', lines.flat());
    await mac.json('import');
  }
  expect(factsOf(moved)).not.toBe(factsOf(born));
  expect((await moved.usage('config', 'set', 'timezone', 'Pacific/Auckland')).code).toBe(0);
  expect(factsOf(moved)).toBe(factsOf(born));
  expect((await moved.json('report', '--days', 'all'))['rows']).toEqual((await born.json('report', '--days', 'all'))['rows']);
  expect((await moved.usage('status', '--verify')).code).toBe(0);
});

test('where days were pruned the home zone stays, and nothing is set; every score is still that of its calls', async () => {
  const mac = machine();
  const day = 86_400_000;
  writeLog(
    mac,
    's.jsonl',
    [0, 4 * day].flatMap((at) => [start(`toolu_${at}`, at), end(`toolu_${at}`, at + 70)]),
  );
  await mac.json('import');
  await mac.json('prune', '--days', '7', '--apply');
  const { code, stderr } = await mac.usage('config', 'set', 'timezone', 'Pacific/Auckland');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('were pruned; their sums stay cut in UTC') });
  expect(existsSync(configOf(mac))).toBe(false);
  expect(mac.sql('select calls from tool_scores')).toEqual([{ calls: 2 }]);
  expect(mac.sql('select 1 from tool_calls')).toHaveLength(1);
  expect((await mac.usage('status', '--verify')).code).toBe(0);
});
