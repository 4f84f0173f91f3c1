import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CANARY, isJson, mark } from '../sources/mark.ts';
import { machine } from '../world.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const homes = readdirSync(FIXTURES).flatMap((source) =>
  readdirSync(FIXTURES + source)
    .map((name) => `${source}/${name}/home`)
    .filter((home) => existsSync(FIXTURES + home)),
);
const COMMANDS = [
  ['import', '--json'],
  ['tools'],
  ...['table', 'json', 'ndjson', 'csv', 'md', 'html'].map((format) => ['report', '--format', format]),
  ['sessions'],
  ['errors'],
  ['context'],
  ['dead-weight', '--all'],
  ['catalog'],
  ['status', '--issues'],
  ['doctor'],
  ['export'],
];

let [marks, sessions] = [0, 0];

test.each(homes)('what was said in %s is in no byte of the store, nor in what any command says', async (from) => {
  const mac = machine();
  cpSync(FIXTURES + from, mac.home, { recursive: true });
  for (const path of readdirSync(mac.home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'))) {
    const lines = readFileSync(`${mac.home}/${path}`, 'utf8').split('\n');
    const marked = lines.map((line) => (isJson(line) ? mark(line, (text) => `${text} ${CANARY}`) : line)).join('\n');
    marks += marked.split(CANARY).length - 1;
    writeFileSync(`${mac.home}/${path}`, marked);
    appendFileSync(`${mac.home}/${path}`, `\n{"broken": "${CANARY}\n`);
  }
  for (const argv of [['import'], ...COMMANDS]) {
    const { code, stdout, stderr } = await mac.usage(...argv);
    expect(code, `${argv.join(' ')}: ${stderr}`).toBeLessThan(2);
    expect(stdout + stderr, argv.join(' ')).not.toContain(CANARY);
  }
  sessions += mac.sql('select * from sessions').length;
  for (const end of ['', '-wal', '-shm', '-lock'])
    if (existsSync(mac.db + end)) expect(readFileSync(mac.db + end).includes(CANARY), `store${end}`).toBe(false);
});

test('there was much to be found', () => {
  expect(marks).toBeGreaterThan(100);
  expect(sessions).toBeGreaterThan(homes.length / 2);
});
