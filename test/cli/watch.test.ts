import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { lockImports } from '../../src/store/lock.ts';
import { importedAtOnce } from '../import/at-once.ts';
import { appendLog, end, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { until } from './until.ts';

const ESCAPE = '\u001b';
const MINUTE = 60_000;
const OTHER = '22222222-2222-4222-8222-222222222222';

/** `usage watch` in this process, two minutes after midnight, until it is stopped. */
function watching(mac: Machine, argv: readonly string[] = [], terminal?: { columns: number; rows: number }) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const written: string[] = [];
  const clock = { now: T0 + 2 * MINUTE };
  const output = {
    write: (text: string) => void written.push(text),
    isTty: terminal !== undefined,
    columns: terminal?.columns,
    rows: terminal?.rows,
  };
  const ended = run(['watch', '--interval', '1', ...argv], {
    env: {},
    home: mac.home,
    cwd: mac.home,
    platform: process.platform,
    now: () => clock.now,
    timeZone: 'UTC',
    stdout: output,
    stderr: output,
    interruption: () => stop.signal,
  });
  return {
    clock,
    written,
    said: () => written.join(''),
    /** Ctrl-C. */
    end: async (): Promise<number> => {
      stop.abort();
      return ended;
    },
  };
}

const call = (id: string, at: number, outcome: 'ok' | 'err' = 'ok', session?: string) => [
  start(id, at, session === undefined ? {} : { session }),
  end(id, at + 5, outcome, session === undefined ? {} : { session }),
];

test('what is appended is told as it comes, whole lines only, also of logs and folders that appear later', async () => {
  const mac = machine();
  const watch = watching(mac); // before there is a folder to look in
  const log = writeLog(mac, 's.jsonl', [prompt(0, 'a secret'), ...call('toolu_1', 1000)]);
  await until(watch.said, 'calls 1  errors 0');
  const [first = '', second = ''] = call('toolu_2', MINUTE, 'err');
  appendFileSync(log, `${first}\n${second.slice(0, 40)}`);
  await until(watch.said, 'calls 2  errors 0');
  appendFileSync(log, `${second.slice(40)}\n`);
  await until(watch.said, 'calls 2  errors 1');
  writeLog(mac, 'sub/other.jsonl', call('toolu_3', MINUTE + 1, 'ok', OTHER), '-home-ada-work-other');
  await until(watch.said, '22222222');
  expect(await watch.end()).toBe(0);
  const lines = watch.said().trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe(
    '2026-06-01 00:01  22222222  claude  /home/ada/work/lathe  running  calls 1  errors 0  tokens 0  cost $0.00  last call Bash',
  );
  expect(watch.said()).not.toContain('secret');
  expect(watch.said()).not.toContain(ESCAPE);
  expect(factsOf(mac)).toBe(factsOf(await importedAtOnce(mac)));
});

test('--json: a line for each change, and one when a session was silent for so long that it ended', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 1000, output: 10 }), ...call('toolu_1', 1000)]);
  const watch = watching(mac, ['--json']);
  await until(watch.said, '"tool_calls":1');
  watch.clock.now += 40 * MINUTE;
  await until(watch.said, 'completed');
  appendLog(log, call('toolu_2', 41 * MINUTE));
  await until(watch.said, '"tool_calls":2');
  expect(await watch.end()).toBe(0);
  const rows = watch
    .said()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ state, tool_calls }) => [state, tool_calls])).toEqual([
    ['running', 1],
    ['completed', 1],
    ['running', 2],
  ]);
  expect(rows[0]).toMatchObject({ source: 'claude', last_call: 'Bash', total_tokens: 1010, cost_usd: 0.00315 });
});

test('while nothing changes it still tells that it runs, as `status --max-lag` asks', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', call('toolu_1', 0));
  const watch = watching(mac);
  await until(watch.said, 'calls 1');
  const runs = () => mac.sql('select finished_at as at from import_runs').map(({ at }) => Number(at) - T0);
  watch.clock.now += 6 * MINUTE;
  await until(() => runs().join(), String(8 * MINUTE));
  expect(await watch.end()).toBe(0);
  expect(runs()).toEqual([2 * MINUTE, 8 * MINUTE]);
});

test('another import is waited for', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', call('toolu_1', 0));
  mkdirSync(dirname(mac.db), { recursive: true });
  const unlock = lockImports(mac.db, T0);
  const watch = watching(mac, [], { columns: 80, rows: 24 });
  await until(watch.said, 'Another import is running');
  expect(mac.sql('select 1 from tool_calls')).toHaveLength(0);
  unlock();
  await until(watch.said, 'Bash');
  expect(await watch.end()).toBe(0);
});

test('on a terminal the newest sight takes the place of the one before, in its width and height', async () => {
  const mac = machine();
  const sessions = Array.from({ length: 20 }, (_, n) => `${String(n).padStart(8, '0')}-3333-4333-8333-333333333333`);
  const logs = sessions.map((session, n) => writeLog(mac, `${n}.jsonl`, call(`toolu_${n}`, n * 1000, 'ok', session)));
  const watch = watching(mac, [], { columns: 60, rows: 16 });
  await until(watch.said, 'more run');
  appendLog(logs[7] ?? '', call('toolu_x', MINUTE, 'ok', sessions[7]));
  await until(watch.said, /00000007.* 2 /);
  expect(await watch.end()).toBe(0);
  const [room = '', ...frames] = watch.written;
  expect(room).toBe('\n'.repeat(16));
  expect(frames.length).toBeGreaterThan(1);
  for (const frame of frames) {
    expect(frame.startsWith(`${ESCAPE}[H`) && frame.endsWith(`${ESCAPE}[J`)).toBe(true);
    const lines = stripVTControlCharacters(frame).split('\n');
    expect(lines.length).toBeLessThanOrEqual(16);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  }
  const last = stripVTControlCharacters(frames.at(-1) ?? '');
  expect(last.match(/^0000\d{4}/gm)?.slice(0, 2)).toEqual(['00000007', '00000019']);
});

test('who is no longer running is counted, not shown', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', call('toolu_1', 0));
  writeLog(mac, 'asks.jsonl', [start('toolu_ask', 10, { session: OTHER, tool: 'AskUserQuestion' })]);
  const watch = watching(mac, [], { columns: 80, rows: 24 });
  const said = await until(watch.said, 'also: 1 awaiting_response');
  expect(said).toContain('11111111');
  expect(said).not.toContain('22222222');
  expect(await watch.end()).toBe(0);
});

test('--interval is a number of seconds', async () => {
  expect(await machine().usage('watch', '--interval', '0')).toMatchObject({ code: 2, stdout: '' });
});
