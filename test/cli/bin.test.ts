import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

/* The program as it is installed: built, started as a process of its own, its output through real pipes. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let built = '';

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'usage-built-'));
  execFileSync(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(ROOT, 'tsconfig.build.json'),
    '--outDir',
    join(built, 'dist'),
  ]);
  for (const name of ['bin', 'package.json']) cpSync(join(ROOT, name), join(built, name), { recursive: true });
  mkdirSync(join(built, 'fixtures'));
  symlinkSync(join(ROOT, 'fixtures/sample'), join(built, 'fixtures/sample'));
  symlinkSync(join(ROOT, 'node_modules'), join(built, 'node_modules'));
  return () => rmSync(built, { recursive: true, force: true });
}, 120_000);

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
