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
    /** All that it says until it ends. */
    output: async (): Promise<readonly string[]> => {
      const said: string[] = [];
      for await (const line of lines) said.push(line);
      return said;
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

test('C40: an import that is killed five times is completed by the next one', async () => {
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

test.each([1, 4, 9])('C41: a rebuild that is killed at the %d. log leaves the old store, and readers see that meanwhile', async (logs) => {
  const mac = machine({ now: '2026-07-10T18:00:00Z' });
  writeSessions(mac, 9);
  writeLog(mac, 'pruned.jsonl', [start('toolu_pruned', -40 * 86_400_000)]);
  writeLog(mac, 'forgotten.jsonl', [start('toolu_forgotten', 0, { session: 'forgotten' })]);
  await mac.json('import');
  await mac.json('prune', '--days', '60', '--apply');
  await mac.json('forget', '--session', 'forgotten', '--yes');
  const before = factsOf(mac);
  const answer = await mac.json('report', '--days', 'all', '--by', 'tool');
  const running = importer(mac, 'rebuild', 'hold', String(logs));
  await running.said(logs);
  expect(factsOf(mac)).toBe(before);
  // A reader that is a process of its own.
  const reader = run(PROGRAM, ['report', '--days', 'all', '--by', 'tool', '--json', '--db', mac.db, '--now', '2026-07-10T18:00:00Z'], {
    HOME: mac.home,
  });
  expect(JSON.parse((await reader.output()).join('\n'))).toEqual(answer);
  expect(await running.kill()).toBe(true);
  expect(factsOf(mac)).toBe(before);
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(before);
});

describe('C43: of two imports at once', () => {
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
