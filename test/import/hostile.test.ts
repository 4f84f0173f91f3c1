import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../src/import/bytes.ts';
import { end, prompt, response, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

test('what is named like a log and is none is neither waited for nor read', async () => {
  const mac = machine();
  const folder = dirname(writeLog(mac, 'good.jsonl', [start('toolu_a', 0), end('toolu_a', 5)]));
  mkdirSync(join(folder, 'folder.jsonl'));
  execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
  symlinkSync(join(folder, 'pipe.jsonl'), join(folder, 'link-to-pipe.jsonl'));
  symlinkSync('/dev/zero', join(folder, 'device.jsonl'));
  symlinkSync(folder, join(folder, 'loop'));
  const server = createServer().listen(join(folder, 'socket.jsonl'));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect(await mac.json('import')).toMatchObject({ files_found: 1, events_new: 2, issue_count: 0 });
  for (const name of ['pipe', 'device']) expect(() => openLog(join(folder, `${name}.jsonl`), undefined)).toThrow('not a regular file');
  const named = ['pipe', 'device', 'socket'].map((name) => join(folder, `${name}.jsonl`));
  expect(await mac.json('import', ...named)).toMatchObject({ events_new: 0, files_unreadable: expect.any(Number) });
});

test('a file with holes of a gigabyte is passed in the memory of a batch, and what stands behind them is read', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [start('toolu_a', 0)]);
  truncateSync(path, 2 ** 30);
  appendFileSync(path, `\n${end('toolu_a', 5)}\n`);
  const before = process.memoryUsage().rss;
  expect(await mac.json('import')).toMatchObject({ lines_read: 3, issues: [{ line: 2, reason: 'line_too_long' }] });
  expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  expect(mac.sql('select outcome from tool_calls')).toEqual([{ outcome: 'ok' }]);
});

test('numbers that are no counts are none: no sum becomes negative, infinite or text', async () => {
  const mac = machine();
  const odd = ['-999999', '1e308', '1e400', '0.5', '"7000"', '9223372036854775807', 'true', '[1]', '{"a":1}', 'null'];
  writeLog(mac, 's.jsonl', [
    prompt(0, 'go'),
    ...odd.map((value, n) => response(n, `msg_${n}`, { input: 10, output: 1234 }).replace('1234', value)),
    response(99, 'msg_good', { input: 10, output: 5 }),
  ]);
  expect(await mac.json('report', '--days', 'all')).toBeDefined();
  await mac.json('import');
  const { summary } = await mac.json('report', '--days', 'all');
  expect(summary).toMatchObject({ requests: odd.length + 1, output_tokens: 5, input_tokens: 10 * (odd.length + 1) });
});

test('tools named like what every object has are ordinary tools', async () => {
  const mac = machine();
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
  writeLog(
    mac,
    's.jsonl',
    names.map((tool, n) => start(`toolu_${n}`, n, { tool, message: tool })),
  );
  await mac.json('import');
  const { rows } = await mac.json('tools');
  expect(rows).toMatchObject(names.map((tool) => ({ tool, calls: 1 })));
});

test('no name of a log, a tool, a model or a file acts on a terminal', async () => {
  const evil = '\u001b]52;c;cm0gLXJm\u0007\u202e\u009b2J';
  const mac = machine({ columns: 120, env: { NO_COLOR: '1' } });
  const path = writeLog(mac, `e${evil.replaceAll('/', '')}.jsonl`, [
    response(0, 'msg_a', { output: 5 }, { model: `m${evil}`, cwd: `/w${evil}`, calls: [{ id: 'toolu_a', name: `t${evil}` }] }),
    'no json',
  ]);
  writeFileSync(join(dirname(path), `x${evil}`), '');
  const runs = [
    ['import'],
    ['import', join(dirname(path), `x${evil}`)],
    ['import', `/no${evil}`],
    ['tools'],
    ['report', '--days', 'all', '--by', 'model'],
  ];
  for (const argv of [...runs, ['status'], ['status', '--issues'], ['sessions'], [`to${evil}`], ['tools', '--sort', evil]]) {
    const { stdout, stderr } = await mac.usage(...argv);
    // oxlint-disable-next-line no-control-regex -- these are what it is for
    expect(stdout + stderr, argv[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

test('of a file that is no log at all the first bad lines are issues, and the rest of its lines are read', async () => {
  const mac = machine();
  const junk = Array.from({ length: 1500 }, (_, n) => `Segmentation fault ${n}`);
  const types = Array.from({ length: 1500 }, (_, n) => JSON.stringify({ type: `type-${n}`, sessionId: 's' }));
  const path = writeLog(mac, 's.jsonl', [...junk, ...types, start('toolu_a', 0)]);
  const issues = () => mac.sql('select min(line) as first, max(line) as last, count(*) as count from issues');
  const { unknown_types: unknown, ...answer } = await mac.json('import');
  expect(answer).toMatchObject({ lines_read: 3001, events_new: 1, issue_count: 1000 });
  expect(Object.keys(Object(unknown))).toHaveLength(1001);
  expect(unknown).toMatchObject({ 'claude/type-999': 1, 'claude/(others)': 500 });
  const before = issues();
  expect(before).toEqual([{ first: 1, last: 1000, count: 1000 }]);
  appendFileSync(path, 'Segmentation fault\n');
  expect(await mac.json('import')).toMatchObject({ issue_count: 0 });
  await mac.json('import', '--rebuild');
  expect(issues()).toEqual(before);
});

test('nor does what stands in the message of a bug', async () => {
  const mac = machine({
    clock: () => {
      throw new Error('\u001b[2J\u202e');
    },
  });
  const { code, stderr } = await mac.usage('import');
  expect(code).toBe(1);
  expect(stderr).toContain('usage: This is a bug in usage: Error: \ufffd[2J\ufffd\n    at ');
});
