import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { end, progress, prompt, start, writeLog } from '../logs/claude.ts';
import * as codex from '../logs/codex.ts';
import { machine } from '../world.ts';

const WHOLE = [start('toolu_a', 1000), start('toolu_b', 2000), end('toolu_a', 3000)] as const;
const [A, B, C] = WHOLE;

async function readFrom(...lines: readonly string[]) {
  const mac = machine();
  writeFileSync(writeLog(mac, 's.jsonl', []), `${prompt(0, 'go')}\n${lines.join('\n')}\n`);
  const { issues, unknown_types: unknownTypes } = await mac.json('import');
  return {
    issues,
    unknownTypes,
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

/** Of a type that is passed over by its head. */
const HOOK = { type: 'hook_progress', hookEvent: 'Stop', command: 'so it turns '.repeat(500) };
const PASSED = JSON.stringify({ ...JSON.parse(progress(0, '{}')), data: HOOK });

test.each([
  ['that was cut off', [PASSED.slice(0, -1000)], []],
  ['that was cut off, and the next one', [`${PASSED.slice(0, -1000)}${B}`], ['toolu_b open']],
  ['that was cut off in its first bytes, and the next one', [`${PASSED.slice(0, 700)}${B}`], ['toolu_b open']],
  ['that is whole, and the next one', [`${PASSED}${B}`], ['toolu_b open']],
  ['that is whole, and a cut one', [`${PASSED}${B.slice(0, -1)}`], []],
])('a long record without a fact %s is an issue, and what is whole behind it is read', async (_, lines, calls) => {
  const read = await readFrom(...lines);
  expect(read.calls).toEqual(calls);
  expect(read.issues).toMatchObject([{ line: 2, reason: 'parse' }]);
});

test('so it is in a log of Codex', async () => {
  const mac = machine();
  const thought = { type: 'reasoning', summary: [], encrypted_content: 'gAAAAA'.repeat(500) };
  const passed = JSON.stringify({ timestamp: '2026-06-01T00:00:00.000Z', type: 'response_item', payload: thought });
  const lines = [
    ...codex.head(0),
    `${passed.slice(0, -500)}${codex.start('call_a', 1000)}`,
    `${passed}${codex.end('call_a', 2000)}`,
    passed,
  ];
  codex.writeBytes(codex.logPath(mac), `${lines.join('\n')}\n`);
  expect(await mac.json('import')).toMatchObject({ issue_count: 2, calls_total: 1 });
  expect(mac.sql('select key, outcome from tool_calls')).toEqual([{ key: 'codex:call_a', outcome: 'ok' }]);
});

test.each([
  ['that is an inner object of a cut record', A.slice(0, -1)],
  ['without a type', `${A.slice(0, 60)}{"shape":{"type":"round"}}`],
  ['of another format', `${A.slice(0, 60)}{"type":"user","text":"x"}`],
])('an object %s is no record', async (_, line) => {
  const { unknownTypes, ...read } = await readFrom(line);
  expect(read).toMatchObject({ calls: [], issues: [{ line: 2, reason: 'parse' }] });
  expect(unknownTypes).toEqual({});
});

test('the work for a hostile line is bounded', async () => {
  expect(await readFrom('{"a":'.repeat(2_000_000), '}{"'.repeat(2_000_000), C)).toMatchObject({ calls: ['toolu_a ok'] });
});
