import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { end, prompt, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const WHOLE = [start('toolu_a', 1000), start('toolu_b', 2000), end('toolu_a', 3000)] as const;
const [A, B, C] = WHOLE;

async function readFrom(...lines: readonly string[]) {
  const mac = machine();
  writeFileSync(writeLog(mac, 's.jsonl', []), `${prompt(0, 'go')}\n${lines.join('\n')}\n`);
  const { issues } = await mac.json('import');
  return {
    issues,
    calls: mac.sql('select key, outcome from tool_calls order by key').map(({ key, outcome }) => `${String(key)} ${String(outcome)}`),
  };
}

test.each([
  ['cut record and the next one', [`${A.slice(0, 60)}${B}`], ['toolu_b open']],
  ['cut in a nested object', [`${A.slice(0, A.indexOf('"content"') + 14)}${B}`], ['toolu_b open']],
  ['two records with nothing between them', [`${A}${B}`], ['toolu_a open', 'toolu_b open']],
  ['three records with nothing between them', [`${A}${B}${C}`], ['toolu_a ok', 'toolu_b open']],
  ['a record and a cut one', [`${A}${B.slice(0, 200)}`], ['toolu_a open']],
  ['NUL bytes between a cut record and the next one', [`${A.slice(0, 60)}${'\0'.repeat(4096)}${B}`], ['toolu_b open']],
])('of a line with a %s what is whole is read, and the line is one issue', async (_, lines, calls) => {
  const read = await readFrom(...lines);
  expect(read.calls).toEqual(calls);
  expect(read.issues).toMatchObject([{ line: 2, reason: 'parse' }]);
});

test.each([
  ['that is an inner object of a cut record', A.slice(0, -1)],
  ['of another format', `${A.slice(0, 60)}{"type":"user","text":"x"}`],
])('an object %s is no record', async (_, line) => {
  expect(await readFrom(line)).toMatchObject({ calls: [], issues: [{ line: 2, reason: 'parse' }] });
});

test('the work for a hostile line is bounded', async () => {
  expect(await readFrom('{"a":'.repeat(2_000_000), '}{"'.repeat(2_000_000), C)).toMatchObject({ calls: ['toolu_a ok'] });
});
