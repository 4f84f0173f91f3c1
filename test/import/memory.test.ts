import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build } from '../built.ts';
import { end, start, writeLog } from '../logs/claude.ts';
import * as codex from '../logs/codex.ts';
import { zstdOfRuns } from '../logs/zstd.ts';
import { machine, type Machine } from '../world.ts';

/* The program as it is installed never takes much more memory than a batch does, whatever its logs are. */

const MB = 1e6;
/** What the program says at its end: the most memory that it had. */
const TELLING = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs'; import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => writeSync(2, 'peak ' + process.resourceUsage().maxRSS + ' kB'));`,
)}`;
const built = build();
let usualMb: number | undefined;

function imported(mac: Machine): { readonly issues: readonly unknown[]; readonly calls: unknown; readonly peakMb: number } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=512', '--import', TELLING, join(built, 'dist/cli/entry.cjs'), 'import', '--json', '--db', mac.db],
    { env: { PATH: process.env['PATH'], HOME: mac.home, TZ: 'UTC' }, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^peak \d+ kB$/) });
  const { issues } = JSON.parse(stdout);
  const calls = mac.sql('select key, outcome from tool_calls order by key').map(({ key, outcome }) => `${String(key)} ${String(outcome)}`);
  return { issues, calls, peakMb: (Number(/\d+/.exec(stderr)?.[0]) * 1024) / MB };
}

/** Writes a line piece by piece: what tests it must not hold it either. */
function writeLine(path: string, [before, after]: readonly string[], piece: string, times: number): void {
  const fd = openSync(path, 'a');
  writeSync(fd, before ?? '');
  for (let n = 0; n < times; n++) writeSync(fd, piece);
  writeSync(fd, `${after ?? ''}\n`);
  closeSync(fd);
}

const TEXT = '#'.repeat(3);
const [FIRST, LAST] = [start('toolu_a', 0), start('toolu_b', 9)];
const resultAround = (): readonly string[] => end('toolu_a', 5, 'ok', { text: TEXT }).split(TEXT);
const tooLong = [{ line: 2, reason: 'line_too_long' }];

/** What the program takes for next to nothing. */
function usual(): number {
  const mac = machine();
  writeLog(mac, 's.jsonl', [FIRST, LAST]);
  return (usualMb ??= imported(mac).peakMb);
}

test('a result of 200 MB is passed over in less memory than a tenth of it', () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [FIRST]);
  writeLine(path, resultAround(), 'x'.repeat(MB), 200);
  appendFileSync(path, `${LAST}\n`);
  const { peakMb, ...read } = imported(mac);
  expect(read).toMatchObject({ issues: tooLong, calls: ['toolu_a open', 'toolu_b open'] });
  expect(peakMb - usual()).toBeLessThan(20);
});

test('so is a hole of 3 GiB, and a line of 200 MB whose end is not written yet', () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [FIRST]);
  truncateSync(path, 3 * 2 ** 30);
  appendFileSync(path, `\n${LAST}\n`);
  const open = writeLog(mac, 'open.jsonl', [start('toolu_c', 0)]);
  appendFileSync(open, '{"type":"user"');
  truncateSync(open, 200 * MB);
  const { peakMb, ...read } = imported(mac);
  expect(read).toMatchObject({ issues: tooLong, calls: ['toolu_a open', 'toolu_b open', 'toolu_c open'] });
  expect(peakMb - usual()).toBeLessThan(20);
});

test('a result of 60 MB, no longer than what is read, takes its size three times', () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [FIRST]);
  writeLine(path, resultAround(), 'x'.repeat(MB), 60);
  const { peakMb, ...read } = imported(mac);
  expect(read).toMatchObject({ issues: [], calls: ['toolu_a ok'] });
  expect(peakMb - usual()).toBeLessThan(3.5 * 60);
});

test.each([
  ['empty objects', '{},'],
  ['lists in lists', '[[[],[]]],'],
  ['names', '{"a":{"b":0}},'],
])('a line of 60 MB that would become a gigabyte of %s is not parsed', (_, value) => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [FIRST]);
  const [before = '', after = ''] = resultAround();
  writeLine(path, [`${before.slice(0, -1)}[`, `0]${after.slice(1)}`], value.repeat(MB / value.length), 60);
  appendFileSync(path, `${LAST}\n`);
  const { peakMb, ...read } = imported(mac);
  expect(read).toMatchObject({ issues: tooLong, calls: ['toolu_a open', 'toolu_b open'] });
  expect(peakMb - usual()).toBeLessThan(100);
});

test('a compressed line is passed over in the same way, and one that is no longer than what is read is read', () => {
  const message = (text: string) => JSON.stringify({ type: 'compacted', payload: { message: text } }).split(TEXT);
  const [before = '', after = ''] = message(TEXT);
  const lines = (...all: readonly string[]) => all.map((each) => `${each}\n`).join('');
  const file = (blocks: number) =>
    zstdOfRuns(`${lines(...codex.head(0))}${before}`, 'x', blocks, `${after}\n${lines(codex.start('call_a', 9))}`);
  const [long, short] = [machine(), machine()];
  codex.writeBytes(codex.logPath(long, '.jsonl.zst'), file(8000)); // 1 GB
  codex.writeBytes(codex.logPath(short, '.jsonl.zst'), file(240)); // 31 MB
  const passed = imported(long);
  expect(passed).toMatchObject({ issues: [{ line: 4, reason: 'line_too_long' }], calls: ['codex:call_a open'] });
  expect(passed.peakMb - usual()).toBeLessThan(250);
  expect(imported(short)).toMatchObject({ issues: [], calls: ['codex:call_a open'] });
});

test('logs of 100 MB in all take the memory of a batch', () => {
  const mac = machine();
  for (let log = 0; log < 100; log++) {
    const ids = Array.from({ length: 400 }, (_, n) => `toolu_${log}_${n}`);
    writeLog(
      mac,
      `${log}.jsonl`,
      ids.flatMap((id, n) => [start(id, n * 1000), end(id, n * 1000 + 5, 'ok', { text: TEXT.repeat(500) })]),
    );
  }
  const { peakMb, issues } = imported(mac);
  expect(issues).toEqual([]);
  expect(mac.sql('select count(*) as calls from tool_calls')).toEqual([{ calls: 40_000 }]);
  expect(peakMb - usual()).toBeLessThan(50);
});
