import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { end, prompt, response, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const LOGS = 40;
const TURNS = 10;

const snapshot = (n: number): string =>
  JSON.stringify({ type: 'file-history-snapshot', messageId: `m${n}`, snapshot: { text: 'x'.repeat(2000) } });

const turn = (log: number, at: number): readonly string[] => [
  prompt(at, 'go on'),
  response(at + 1000, `msg_${log}_${at}`, { output: 900 }, { calls: [{ id: `toolu_${log}_${at}`, name: 'Bash' }] }),
  end(`toolu_${log}_${at}`, at + 2000),
  snapshot(at),
];

const fill = (mac: ReturnType<typeof machine>, logs = LOGS) =>
  Array.from({ length: logs }, (_, log) =>
    writeLog(mac, `${log}.jsonl`, Array.from({ length: TURNS }, (__, n) => turn(log, n * 10_000)).flat()),
  );

test('a line that carries nothing is not parsed', async () => {
  const mac = machine();
  fill(mac);
  expect(await mac.json('import')).toMatchObject({ lines_read: LOGS * TURNS * 4, lines_parsed: LOGS * TURNS * 3 });
});

test('where nothing is new no log is opened, no line read, and the work in the store does not grow with it', async () => {
  const work = async (logs: number) => {
    const mac = machine();
    fill(mac, logs);
    await mac.json('import');
    return mac.json('import');
  };
  const [one, many] = [await work(1), await work(LOGS)];
  expect(many).toMatchObject({ files_found: LOGS, files_unchanged: LOGS, files_opened: 0, bytes_read: 0, lines_read: 0, events_new: 0 });
  expect(many['statements']).toBe(one['statements']);
  expect(many['statements']).toBeLessThan(60);
});

test('one line more costs the reading of that line and work for it alone', async () => {
  const work = async (logs: number) => {
    const mac = machine();
    const [path = ''] = fill(mac, logs);
    await mac.json('import');
    const line = `${end('toolu_0_0', TURNS * 10_000)}\n`;
    appendFileSync(path, line);
    const done = await mac.json('import');
    expect(done).toMatchObject({ files_opened: 1, bytes_read: line.length, lines_read: 1, lines_parsed: 1 });
    return done['statements'];
  };
  expect(await work(LOGS)).toBe(await work(1));
});

test('a cold import runs few statements for each fact', async () => {
  const mac = machine();
  fill(mac);
  const done = await mac.json('import');
  const facts = LOGS * TURNS * 3; // a turn, a request and a call each time
  expect(done).toMatchObject({ calls_total: LOGS * TURNS, requests_total: LOGS * TURNS });
  expect(Number(done['statements'])).toBeLessThan(facts * 1.1 + LOGS * 12 + 150);
});

test('where nobody set a price, the prices are named by the digest of none', async () => {
  const mac = machine();
  fill(mac, 1);
  await mac.json('import');
  const none = createHash('sha1').update('[]').digest('base64url').slice(0, 8);
  expect(String(mac.sql("select value from meta where key = 'price_revision'")[0]?.['value']).split('/').at(-1)).toBe(none);
});
