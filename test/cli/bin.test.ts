import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { build } from '../built.ts';
import { lockImports } from '../../src/store/lock.ts';
import { appendLog, end, start, T0, writeLog } from '../logs/claude.ts';
import { factsOf, machine } from '../world.ts';

/* The program as it is installed: built, started as a process of its own, its output through real pipes. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const built = build();

const env = (home: string) => ({ PATH: process.env['PATH'], HOME: home, TZ: 'UTC' });
const usage = (home: string, ...argv: readonly string[]) =>
  spawnSync(process.execPath, [join(built, 'bin/usage.js'), ...argv], { env: env(home), encoding: 'utf8', maxBuffer: 1 << 28 });

test('bin/usage.js prints its version and answers', () => {
  const { home } = machine();
  expect(usage(home, '--version')).toMatchObject({ status: 0, stderr: '' });
  expect(usage(home, 'tools', '--sort', 'x')).toMatchObject({ status: 2, stdout: '' });
  const first = usage(home, 'start');
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain('sample logs');
});

test.runIf(existsSync('/dev/full'))('an answer that finds no room gets one sentence', () => {
  const { home } = machine();
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [join(built, 'bin/usage.js'), 'start'], {
    env: env(home),
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'usage: The answer could not be written (ENOSPC).\n' });
});

test('a Node that is too old gets one sentence, before anything else is loaded', () => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); import(${JSON.stringify(join(built, 'bin/usage.js'))})`;
  const { stderr } = spawnSync(process.execPath, ['-e', old], { encoding: 'utf8' });
  expect(stderr).toBe('usage needs Node 20.19 or later of 20, or 22.14 or later; this is 18.20.0.\n');
});

test('a missing database binding gets one sentence with what to do', () => {
  const place = mkdtempSync(join(tmpdir(), 'usage-unbuilt-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(built, name), join(place, name), { recursive: true });
  mkdirSync(join(place, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== 'better-sqlite3') symlinkSync(join(ROOT, 'node_modules', name), join(place, 'node_modules', name));
  }
  const without = /[/\\](?:build|prebuilds|deps|src)$/;
  cpSync(join(ROOT, 'node_modules/better-sqlite3'), join(place, 'node_modules/better-sqlite3'), {
    recursive: true,
    filter: (path) => !without.test(path),
  });
  const { home } = machine();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, 'bin/usage.js'), 'tools'], {
    env: env(home),
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^usage: The database binding is missing .*npm rebuild better-sqlite3.*\n$/);
});

test('large answers pass through a pipe whole, and a reader that has seen enough is no error', async () => {
  const mac = machine();
  const lines = Array.from({ length: 4000 }, (_, n) => [
    start(`toolu_${n}`, n * 1000, { tool: `tool_${n}` }),
    end(`toolu_${n}`, n * 1000 + 5),
  ]).flat();
  writeLog(mac, 's.jsonl', lines);
  expect(usage(mac.home, 'import', '-q')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  const { stdout } = usage(mac.home, 'tools', '--json');
  expect(stdout.length).toBeGreaterThan(2_000_000);
  expect(JSON.parse(stdout).rows).toHaveLength(4000);

  const child = spawn(process.execPath, [join(built, 'bin/usage.js'), 'tools', '--json'], { env: env(mac.home) });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.on('close', done));
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
});

test('runs with an empty environment, and leaves nothing but the store behind', () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 5)]);
  writeFileSync(join(mac.home, 'note'), '');
  const db = join(mac.home, 'data/usage.sqlite3');
  const { status, stderr } = spawnSync(process.execPath, [join(built, 'bin/usage.js'), 'import', '-q', '--db', db, log], {
    env: {},
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(existsSync(db)).toBe(true);
  expect(readdirSync(join(mac.home, 'data')).sort()).toEqual(['usage.sqlite3', 'usage.sqlite3-lock']);
});

describe('91: by the clock', () => {
  test('of two ticks that overlap, with an empty environment, the second exits 4, names the first and changes nothing', () => {
    const mac = machine();
    const log = writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 5)]);
    const tick = () =>
      spawnSync('/usr/bin/env', ['-i', process.execPath, join(built, 'bin/usage.js'), 'import', '-q', '--db', mac.db, log], {
        encoding: 'utf8',
      });
    expect(tick()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    appendLog(log, [start('toolu_2', 10)]);
    const before = readFileSync(mac.db);
    const unlock = lockImports(mac.db, T0);
    const { status, stdout, stderr } = tick();
    unlock();
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toContain(`process ${process.pid} on `);
    expect(readFileSync(mac.db)).toEqual(before);
    expect(tick()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(mac.sql('select 1 from tool_calls')).toHaveLength(2);
  });

  test('a user that the system does not know, without HOME, gets one sentence', () => {
    if (process.getuid?.() !== 0) return;
    chmodSync(built, 0o755);
    const { status, stderr } = spawnSync(process.execPath, [join(built, 'bin/usage.js'), 'tools'], {
      env: {},
      uid: 54_321,
      cwd: '/',
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'usage: The home folder is not known: HOME is not set, and this user has none. Set HOME.\n',
    });
  });
});

test('92: when no more can be written an import ends with one sentence, and the store is as it was or as it was committed', () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 5)]);
  expect(usage(mac.home, 'import', '-q').status).toBe(0);
  const before = factsOf(mac);
  const lines = Array.from({ length: 4000 }, (_, n) => [start(`toolu_more_${n}`, n * 1000), end(`toolu_more_${n}`, n * 1000 + 5)]);
  writeLog(mac, 'more.jsonl', lines.flat());
  const program = [process.execPath, join(built, 'bin/usage.js'), 'import', '-q'];
  // No file may grow beyond this many blocks: what the system says is that the disk is full.
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `ulimit -f 600; exec "$@"`, 'sh', ...program], {
    env: env(mac.home),
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^usage: .*nothing that it held is lost\. .*\n$/);
  expect(factsOf(mac)).toBe(before);
  expect(mac.sql('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(usage(mac.home, 'import', '-q').status).toBe(0);
  expect(mac.sql('select 1 from tool_calls')).toHaveLength(4001);
});
