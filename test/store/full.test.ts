import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { appendLog, end, start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';

/* A store whose writes fail because there is no room: the run ends with one sentence, the old state stays, the next one completes it. */

const ENTRY = fileURLToPath(new URL('../../src/cli/entry.ts', import.meta.url));
const TSX = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));

const callsFrom = (first: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => [start(`toolu_${first + n}`, n * 1000), end(`toolu_${first + n}`, n * 1000 + 5)]).flat();

/** An import in a process of its own that may write files of so many KiB. */
const limited = (mac: Machine, db: string, kib: number) =>
  spawnSync('sh', ['-c', `ulimit -f ${kib * 2}; exec "$0" --import "$1" "$2" import -q --db "$3"`, process.execPath, TSX, ENTRY, db], {
    env: { PATH: process.env['PATH'], HOME: mac.home, TZ: 'UTC', TSX_DISABLE_CACHE: '1' },
    encoding: 'utf8',
  });

test('beyond the size that files may have', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', callsFrom(0, 20));
  await mac.json('import');
  const before = factsOf(mac);
  appendLog(path, callsFrom(1000, 3000));
  const { status, stdout, stderr } = limited(mac, mac.db, 300);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^usage: (?!This is a bug)\S*usage\.sqlite3\S* could not be read or written.*\n$/);
  expect(factsOf(mac)).toBe(before);
  expect(await mac.json('import')).toMatchObject({ calls_total: 3020 });
});

const small = join('/tmp', `usage-full-${process.pid}`);
mkdirSync(small, { recursive: true });
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]).status === 0;
if (!isMounted) rmSync(small, { recursive: true });

test.skipIf(!isMounted)('on a disk that is full (needs the right to mount one)', async () => {
  onTestFinished(() => {
    spawnSync('umount', ['-l', small]);
    rmSync(small, { recursive: true, force: true });
  });
  const mac = machine();
  mkdirSync(join(mac.home, '.local/share'), { recursive: true });
  symlinkSync(small, dirname(mac.db));
  const path = writeLog(mac, 's.jsonl', callsFrom(0, 5));
  await mac.json('import');
  const before = factsOf(mac);
  appendLog(path, callsFrom(1000, 10_000));
  const { code, stdout, stderr } = await mac.usage('import');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^usage: No space is left for \S+; nothing that it held is lost\. .*\n$/);
  expect(factsOf(mac)).toBe(before);
  writeFileSync(path, '');
  spawnSync('mount', ['-o', 'remount,size=64m', small]);
  appendLog(path, callsFrom(1000, 10_000));
  expect(await mac.json('import')).toMatchObject({ calls_total: 10_005 });
});
