import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { build } from '../built.ts';
import { end, logText, prompt, response, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

/*
 * Real imports are killed and made to fail while their logs grow, a short while here, for long with `npm run test:crash`.
 * In between the store must be sound and never hold more than the logs say; in the end it must hold exactly what they say.
 */

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 24);
const COUNTER = fileURLToPath(new URL('./count.mjs', import.meta.url));
const LOGS = 12;
const built = build();

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The bytes that each log will have in the end: streamed responses, results, failures, and lines with much text. */
const bytesOf = (log: number): Buffer =>
  Buffer.from(
    logText(
      Array.from({ length: 40 }, (_, n) => {
        const [id, at, place] = [`${log}_${n}`, n * 10_000, { session: `session-${log}` }];
        const call = { id: `toolu_${id}`, name: ['Bash', 'Read', 'mcp__lathe__turn'][n % 3] ?? '' };
        return [
          prompt(at, 'turn it '.repeat(n % 7 === 0 ? 20_000 : 1), place),
          response(at + 1, `msg_${id}`, { input: 10 + n, output: 1 }, place),
          response(at + 2, `msg_${id}`, { input: 10 + n, output: 50 + log }, { ...place, calls: [call] }),
          end(call.id, at + 500, n % 4 === 0 ? 'err' : 'ok', place),
        ];
      }).flat(),
    ),
  );

/** What the store holds, in the figures of the counter. */
function held(path: string) {
  const db = new Sqlite(path, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    if (db.pragma('user_version', { simple: true }) === 0) return { calls: 0, failed: 0, requests: 0, input: 0, output: 0 };
    return db
      .prepare<[], Record<string, number>>(
        `select (select count(*) from tool_calls) as calls, (select count(*) from tool_calls where outcome = 'error') as failed, count(*) as requests,
           coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output from requests`,
      )
      .get();
  } finally {
    db.close();
  }
}

const counted = (mac: Machine): Record<string, number> =>
  JSON.parse(execFileSync(process.execPath, [COUNTER, mac.home], { encoding: 'utf8', env: {} }));

const isWithin = (less: Record<string, number> | undefined, more: Record<string, number> | undefined): void => {
  for (const [figure, value] of Object.entries(less ?? {})) expect(value, figure).toBeLessThanOrEqual(more?.[figure] ?? 0);
};

/** The library that counts writes, where there is a compiler for it. */
function faultLibrary(): string | undefined {
  const library = join(built, 'fault.so');
  const source = fileURLToPath(new URL('./fault.c', import.meta.url));
  const { status } = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return status === 0 && process.platform === 'linux' ? library : undefined;
}

const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 8192;

/** How much of the log is surely on disk: what is copied into the store was synced before, and that its index tells, once it is made. */
function framesOnDisk(shm: string): number {
  const index = existsSync(shm) ? readFileSync(shm) : Buffer.alloc(0);
  const isMade = index.length > 132 && index.readUInt8(12) === 1;
  return isMade ? Math.max(index.readUInt32LE(96), index.readUInt32LE(128)) : Infinity;
}

/** A copy of the store as a loss of power may leave it: only a part of the log was on disk, and its end is noise. */
function powerLoss(mac: Machine, to: string, roll: (below: number) => number): boolean {
  const wal = `${mac.db}-wal`;
  if (!existsSync(wal) || statSync(wal).size <= HEADER_BYTES) return false;
  const bytes = readFileSync(wal);
  const frames = Math.floor((bytes.length - HEADER_BYTES) / FRAME_BYTES);
  const least = Math.min(frames, framesOnDisk(`${mac.db}-shm`));
  const onDisk = HEADER_BYTES + least * FRAME_BYTES;
  const kept = Buffer.from(bytes.subarray(0, onDisk + roll(frames - least + 1) * FRAME_BYTES + ([0, 12, 2000][roll(3)] ?? 0)));
  if (roll(2) === 0) kept.fill(0xaa, Math.min(kept.length, Math.max(onDisk, kept.length - 700)));
  copyFileSync(mac.db, to);
  writeFileSync(`${to}-wal`, kept);
  return true;
}

test(
  `${ROUNDS} imports that are killed or fail: nothing is lost, nothing is twice`,
  async () => {
    const roll = dice(20260601);
    const mac = machine();
    const library = faultLibrary();
    const env = { PATH: process.env['PATH'], HOME: mac.home, TZ: 'UTC', USAGE_NOW: '2026-06-10T18:00:00Z' };
    const program = (db: string, words: readonly string[], faults: Record<string, string> = {}) =>
      spawn(process.execPath, [join(built, 'dist/cli/entry.cjs'), ...words, '--db', db], { env: { ...env, ...faults } });
    const usage = (db: string, ...words: readonly string[]) =>
      spawnSync(process.execPath, [join(built, 'dist/cli/entry.cjs'), ...words, '--db', db], { env, encoding: 'utf8', maxBuffer: 1 << 28 });

    const logs = Array.from({ length: LOGS }, (_, n) => ({ path: writeLog(mac, `${n}.jsonl`, []), bytes: bytesOf(n), written: 0 }));
    const grow = (part: number): void => {
      const log = logs[roll(LOGS)];
      if (log === undefined) return;
      const size = part === 1 ? log.bytes.length : roll(Math.ceil((log.bytes.length * LOGS * 2) / ROUNDS / part));
      appendFileSync(log.path, log.bytes.subarray(log.written, log.written + size));
      log.written = Math.min(log.bytes.length, log.written + size);
    };

    const figures = { killed: 0, killedAtWrite: 0, failed: 0, points: new Set<string>(), powerLosses: 0, ended: 0 };
    let before: Record<string, number> | undefined;
    const copies: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      grow(2);
      const how = library === undefined ? 'moment' : (['moment', 'kill', 'kill', 'full', 'once'][round % 5] ?? '');
      const at = how === 'moment' ? 60 + roll(400) : 1 + roll([8, 40, 120][roll(3)] ?? 8);
      const words = ['import', '-q', ...(roll(5) === 0 ? ['--rebuild'] : [])];
      const run = program(mac.db, words, how === 'moment' ? {} : { LD_PRELOAD: library ?? '', FAULT_AT: String(at), FAULT_HOW: how });
      let said = '';
      run.stderr.on('data', (data: Buffer) => (said += data.toString()));
      const ended = once(run, 'close');
      grow(4);
      if (how === 'moment') {
        await Promise.race([wait(at), ended]);
        run.kill('SIGKILL');
      }
      const [code, signal] = await ended;
      if (signal === 'SIGKILL') figures[how === 'moment' ? 'killed' : 'killedAtWrite'] += 1;
      else if (code === 1) figures.failed += 1;
      else figures.ended += 1;
      figures.points.add(`${how} ${at}`);
      if (code === 1) expect(said, `${how} at ${at}`).toMatch(/^usage: (?!This is a bug).*\n$/);
      else expect(said, `${how} at ${at}`).toBe('');
      const copy = join(built, `power-${round}.sqlite3`);
      if (signal === 'SIGKILL' && powerLoss(mac, copy, roll)) copies.push(copy);
      if (!existsSync(mac.db) || statSync(mac.db).size === 0) continue;
      const now = held(mac.db);
      isWithin(before, now);
      isWithin(now, counted(mac));
      before = now;
    }

    for (const log of logs) appendFileSync(log.path, log.bytes.subarray(log.written));
    expect(usage(mac.db, 'import', '-q')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(held(mac.db)).toEqual(counted(mac));
    const whole = usage(mac.db, 'export').stdout;
    expect(usage(mac.db, 'import', '--json').stdout).toContain('"files_opened": 0');
    expect(usage(mac.db, 'status', '--verify').status).toBe(0);
    const fresh = join(built, 'fresh.sqlite3');
    for (const store of [fresh, ...copies]) {
      expect(usage(store, 'import', '-q'), store).toMatchObject({ status: 0, stderr: '' });
      expect(usage(store, 'export').stdout === whole, store).toBe(true);
    }
    figures.powerLosses = copies.length;
    expect(figures.killed + figures.killedAtWrite).toBeGreaterThan(ROUNDS / 4);
    if (process.env['CRASH_ROUNDS'] !== undefined) {
      const { points, ...rest } = figures;
      process.stdout.write(`${JSON.stringify({ rounds: ROUNDS, ...rest, points: points.size, held: counted(mac), lost: 0, twice: 0 })}\n`);
    }
  },
  60_000 + ROUNDS * 5000,
);
