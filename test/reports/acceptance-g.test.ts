import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { end, prompt, response, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { rowsOf } from './rows.ts';
import { variedMachine } from './varied.ts';

const CANARY = 'SECRET-of-the-mine';

/** All bytes below a folder but those of the logs. */
function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.jsonl') && statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

test('G81: what was asked, answered, put into a tool or came out of it is in no byte of the store, an export, a report or a message', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    prompt(0, CANARY),
    prompt(1, `<command-name>/review</command-name><command-args>${CANARY}</command-args>`),
    response(2, 'msg_1', { input: 5 }).replace('"words"', `"${CANARY}"`),
    start('toolu_1', 3, { tool: 'Bash', input: { command: `grep ${CANARY} file`, description: CANARY } }),
    end('toolu_1', 4, 'err', { text: `Exit code 1\n${CANARY}`, result: { stdout: CANARY, stderr: CANARY } }),
    start('toolu_2', 5, { tool: 'Task', input: { subagent_type: 'Explore', prompt: CANARY, description: CANARY } }),
    end('toolu_2', 6, 'ok', { text: CANARY }),
    `{"type":"user","message":{"role":"user","content":"${CANARY}`,
    `{"type":"assistant","message":"${CANARY}","sessionId":7,"timestamp":"${CANARY}"}`,
  ]);
  const said: string[] = [];
  for (const argv of [
    ['import'],
    ['import', '--rebuild', '--json'],
    ['export'],
    ['tools'],
    ['tools', 'Bash', '--json'],
    ['report', '--days', 'all', '--format', 'csv'],
    ['sessions', '--days', 'all'],
    ['session', '1111', '--json'],
    ['errors', '--days', 'all', '--by', 'program'],
    ['context', '--json'],
    ['dead-weight', '--all', '--json'],
    ['status', '--issues'],
    ['status', '--verify', '--json'],
    ['import', join(mac.home, 'nothing-there')],
  ]) {
    const { stdout, stderr } = await mac.usage(...argv);
    said.push(stdout, stderr);
  }
  expect(said.join('\n')).toContain('grep');
  expect(said.join('\n') + bytesBelow(join(mac.home, '.local'))).not.toContain(CANARY);
});

test('G84: an export that is imported into an empty store gives the same reports and the same export; its lines have a version and no text', async () => {
  const mac = await variedMachine();
  const file = join(mac.home, 'facts.ndjson');
  await mac.usage('export', '-o', file);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ schema_version: 1 });
  expect(Object.keys(JSON.parse(lines.at(-1) ?? '')).filter((key) => /text|content|prompt|input$|output$/.test(key))).toEqual([]);
  const other = machine();
  await other.json('import', file);
  for (const argv of [['report', '--days', 'all'], ['tools'], ['sessions', '--days', 'all'], ['errors', '--days', 'all'], ['context']]) {
    expect(await rowsOf(other, ...argv)).toEqual(await rowsOf(mac, ...argv));
  }
  const again = join(other.home, 'again.ndjson');
  await other.usage('export', '-o', again);
  expect(readFileSync(again, 'utf8')).toBe(readFileSync(file, 'utf8'));
});

/** A response of a log that states what it cost. */
const stated = (at: number, id: string, costUSD: number, model: string): string =>
  JSON.stringify({ ...JSON.parse(response(at, id, { input: 1_000_000 }, { model })), costUSD });

const summary = async (mac: Machine, ...argv: readonly string[]) => (await mac.json('report', '--days', 'all', ...argv))['summary'];

test('G93: the cost of a group is what logs state and the estimate of the rest; none known is -, a known zero is $0.00', async () => {
  const mac = machine();
  const model = 'claude-sonnet-4-20250514'; // 3 USD a million
  writeLog(mac, 's.jsonl', [
    stated(0, 'msg_1', 0.5, model),
    response(1, 'msg_2', { input: 1_000_000 }, { model }),
    response(2, 'msg_3', { input: 10 }, { model: 'house-model' }),
    stated(3, 'msg_4', 0, 'free-model'),
  ]);
  await mac.json('import');
  expect(await summary(mac, '--model', model)).toMatchObject({ cost_usd: 3.5 });
  expect(await summary(mac)).toMatchObject({ cost_usd: 3.5, unpriced_tokens: 10, unpriced_models: ['house-model'] });
  expect(await summary(mac, '--model', 'house-model')).toMatchObject({ cost_usd: null });
  expect((await mac.usage('report', '--days', 'all', '--model', 'house-model')).stdout).toMatch(/^cost +- /m);
  expect((await mac.usage('report', '--days', 'all', '--model', 'free-model')).stdout).toMatch(/^cost +\$0\.00 /m);
});

test('G94: the rate of cache hits is rounded down: 99.55 % is 99 %', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 30, cacheWrite: 15, cacheRead: 9955 })]);
  await mac.json('import');
  expect(await summary(mac)).toMatchObject({ cache_hit_rate: 0.99 });
  const none = machine();
  writeLog(none, 's.jsonl', [prompt(0, 'go')]);
  await none.json('import');
  expect(await summary(none)).toMatchObject({ cache_hit_rate: null });
});
