import { expect, test } from 'vitest';
import { wholeRecords } from '../../src/import/splice.ts';
import type { Line } from '../../src/model/source.ts';
import { end, prompt, response, start, writeLog } from '../logs/claude.ts';
import { rowsOf } from '../reports/rows.ts';
import { eachLine } from '../sources/read.ts';
import { machine } from '../world.ts';

const recovered = (text: string): readonly (readonly [number, string])[] => {
  const records: Line[] = [];
  eachLine(`first\n${text}\n`, (line) => void (line.number === 2 && records.push(...wholeRecords(line))));
  return records.map((record) => [record.offset - 'first\n'.length, record.text()]);
};

test.each([
  ['two whole records', '{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']],
  ['three', '{"a":{"x":[1]}} {"b":2}{"c":{}}', ['{"a":{"x":[1]}} ', '{"b":2}', '{"c":{}}']],
  ['a cut record and a whole one', '{"a":"so far{"b":{"c":[{"d":1}]}}', ['{"b":{"c":[{"d":1}]}}']],
  ['a record that was cut inside of a nested one', '{"a":{"x":{"y":1},"z":"t{"b":2}', ['{"b":2}']],
  ['a record whose text speaks of records', '{"a":"x{"b":"{\\"c\\":1}{\\"d\\":2}"}', ['{"b":"{\\"c\\":1}{\\"d\\":2}"}']],
  ['a cut record alone', '{"a":{"b":1},"c":"so', []],
  ['the end of a record', 'so on","b":{"c":1}}', []],
  ['no record at all', 'Segmentation fault', []],
  ['a list', '[1,2', []],
  ['the empty line of a writer that failed', '{"', []],
])('of %s the whole ones are found, with their places', (_, text, expected) => {
  const found = recovered(text);
  expect(found.map(([, record]) => record)).toEqual(expected);
  for (const [offset, record] of found) expect(text.slice(offset, offset + record.length)).toBe(record);
});

test('a line that was made to be slow is given up on', () => {
  expect(recovered('{"a":'.repeat(2_000_000) + '}')).toEqual([]);
});

test('a record behind one that was cut off is imported, and the line is one issue', async () => {
  const mac = machine();
  const cut = prompt(0, 'a prompt that was cut').slice(0, -40);
  writeLog(mac, 's.jsonl', [`${cut}${start('toolu_1', 1000)}`, `${end('toolu_1', 1125)}${response(2000, 'msg_2', { input: 7 })}`]);
  expect(await mac.json('import')).toMatchObject({ issue_count: 2, calls_total: 1, requests_total: 2 });
  expect(await rowsOf(mac, 'tools')).toMatchObject([{ tool: 'Bash', ok: 1, median_ms: 125 }]);
  expect(await mac.json('import')).toMatchObject({ issue_count: 0, calls_total: 1 });
});
