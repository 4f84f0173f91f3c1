import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { importedAtOnce } from './at-once.ts';
import { writeSessions } from './sessions.ts';

const IMPORTER = new URL('./importer.ts', import.meta.url).pathname;
const MAKER = new URL('./slow-maker.ts', import.meta.url).pathname;
const PROGRAM = new URL('../../src/cli/entry.ts', import.meta.url).pathname;

/** Starts a TypeScript file as a process of its own, which does not outlive the test. */
function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout);
  return {
    pid: child.pid ?? 0,
    /** Waits until it has said so many lines. */
    said: async (count: number): Promise<void> => {
      let left = count;
      for await (const _ of lines) if ((left -= 1) === 0) return;
    },
    /** Kills it; true when it did not end by itself before. */
    kill: async (): Promise<boolean> => {
      child.kill('SIGKILL');
      const [, signal] = await ended;
      return signal === 'SIGKILL';
    },
    code: async (): Promise<unknown> => (await ended)[0],
  };
}

const importer = (mac: Machine, ...options: readonly string[]) => run(IMPORTER, [mac.home, mac.db, ...options]);

test('an import that is killed five times is completed by the next one', async () => {
  const mac = machine();
  const LOGS = 150;
  writeSessions(mac, LOGS);
  const expected = factsOf(await importedAtOnce(mac));
  let kills = 0;
  for (const after of [1, 17, 4, 29, 11]) {
    const running = importer(mac);
    await running.said(after);
    kills += Number(await running.kill());
    expect(mac.sql('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(await mac.json('report', '--days', 'all')).toMatchObject({ command: 'report' });
  }
  expect(kills).toBeGreaterThan(0);
  await mac.json('import');
  expect(factsOf(mac)).toBe(expected);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: LOGS });
});

test('a rebuild that is killed leaves the old store', async () => {
  const mac = machine();
  writeSessions(mac, 9);
  await mac.json('import');
  const before = factsOf(mac);
  const running = importer(mac, 'rebuild', 'hold');
  await running.said(1);
  expect(factsOf(mac)).toBe(before);
  expect(await running.kill()).toBe(true);
  expect(factsOf(mac)).toBe(before);
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(before);
});

describe('of two imports at once', () => {
  test.each([[], ['rebuild']])(
    'the second leaves the store alone and names the first; when that is killed the next one works (%s)',
    async (...options) => {
      const mac = machine();
      writeSessions(mac, 3);
      await mac.json('import');
      writeLog(mac, '0000-new.jsonl', [start('toolu_new', 1000)]);
      const holder = importer(mac, 'hold', ...options);
      await holder.said(1);
      const before = factsOf(mac);

      const asked = performance.now();
      const { code, stdout, stderr } = await mac.usage('import');
      expect(performance.now() - asked).toBeLessThan(5000);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^usage: Another import is running \\(process ${holder.pid} on .*\\)\\. .*\\n$`));
      expect(factsOf(mac)).toBe(before);
      expect(await mac.json('tools')).toMatchObject({ command: 'tools' });

      expect(await holder.kill()).toBe(true);
      await mac.json('import');
      expect(mac.sql('select 1 from tool_calls')).toHaveLength(4);
    },
  );

  test('of a store that is not there yet both end well or the second gives way', async () => {
    const mac = machine();
    writeSessions(mac, 3);
    const both = [0, 1].map(() => run(PROGRAM, ['import', '--quiet', '--db', mac.db], { HOME: mac.home }));
    const codes = await Promise.all(both.map((each) => each.code()));
    expect(codes).toContain(0);
    expect([0, 4]).toEqual(expect.arrayContaining(codes));
    expect(mac.sql('select (select count(*) from tool_calls) as calls, (select count(*) from machines) as machines')).toEqual([
      { calls: 3, machines: 1 },
    ]);
  });

  test('the second waits for the store that the first is making', async () => {
    const mac = machine();
    writeSessions(mac, 1);
    mkdirSync(dirname(mac.db), { recursive: true });
    const maker = run(MAKER, [mac.db]);
    await maker.said(1);
    await mac.json('import');
    expect(await maker.code()).toBe(0);
    expect(mac.sql('select 1 from tool_calls')).toHaveLength(1);
  });
});
