import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import openWabt from 'wabt';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../src/model/event.ts';
import type { Line, LogReader } from '../../src/model/source.ts';
import { openLazyJson } from '../../src/import/lazy-json.ts';
import { LazyObject, text } from '../../src/model/json.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { source as codex } from '../../src/sources/codex.ts';
import { eachLine } from '../sources/read.ts';

const KEPT = 1024;

/** What is left of a parsed text, said plainly. */
function cutStrings(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, KEPT);
  if (Array.isArray(value)) return value.map(cutStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.slice(0, KEPT), cutStrings(each)]));
}

/** Asks for each field that the plain parse has, as a value and as a name, and for one that it has not. */
function askFor(lazy: unknown, plain: unknown): unknown {
  if (Array.isArray(lazy) && Array.isArray(plain)) return lazy.map((each, at) => askFor(each, plain[at]));
  if (!(lazy instanceof LazyObject) || typeof plain !== 'object' || plain === null) return lazy;
  const fields = Object.entries(plain).map(([key, each]) => [key, askFor(lazy.get(key), each)]);
  const isNamed = Object.entries(plain).every(([key, each]) => lazy.name(key) === text(each) && lazy.name(key) === text(each));
  const hasMore = lazy.get('no such key') !== undefined || lazy.name('no such key') !== undefined;
  return isNamed && !hasMore ? Object.fromEntries(fields) : lazy;
}

const NO_JSON = Symbol('no JSON');

function tried(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyntaxError) return NO_JSON;
    throw error;
  }
}

const lazyJson = openLazyJson(1 << 16);

/** The text stands between other bytes, as a line of a log does, in the memory of the scanner or elsewhere. */
function isRight(json: string): boolean {
  const given = Buffer.from(`"}${json}"}]`, 'latin1');
  const isInPlace = given.length <= lazyJson.bytes.length;
  if (isInPlace) given.copy(lazyJson.bytes);
  const plain = tried(() => JSON.parse(json));
  return [isInPlace ? lazyJson.bytes : given, given].every((bytes) =>
    [undefined, KEPT].every((kept) =>
      isDeepStrictEqual(
        tried(() => askFor(lazyJson.parse(bytes, 2, given.length - 3, kept), kept === undefined ? plain : cutStrings(plain))),
        kept === undefined ? plain : cutStrings(plain),
      ),
    ),
  );
}

const LOGS = readdirSync('fixtures', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jsonl'));
const LINES = LOGS.flatMap((path) => readFileSync(`fixtures/${path}`, 'latin1').split('\n')).filter((line) => line !== '');

/** A text that is longer than what is kept, with what may stand in a JSON string. */
const piece = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.constantFrom('a', 'plain words ', '\\n', '\\"', '\\\\', '\\u00e9', '\\ud83d\\ude00', 'Ã©', '{', '}', ',', ':'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\\', '"', '\\x', '\\u12', '\\u12g4', '\t', '\u0000', '\u001f', '\u007f') },
);
const longText = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.nat({ max: 2 * KEPT }), fc.array(piece, { maxLength: 12 }))
  .map(([before, length, after]) => `${before.join('')}${'x'.repeat(length)}${after.join('')}`);

test('the module is the one that scan-json.wat says', async () => {
  const wabt = await openWabt();
  const wat = readFileSync('src/import/scan-json.wat');
  const wasm = wabt.parseWat('scan-json.wat', wat, { simd: true, bulk_memory: true }).toBinary({}).buffer;
  const file = [
    `/** Made from scan-json.wat by: npx vitest run test/import/lazy-json.test.ts -u */`,
    `export const SCAN_JSON_WASM =`,
    `  '${Buffer.from(wasm).toString('base64')}';`,
    ``,
  ];
  await expect(file.join('\n')).toMatchFileSnapshot('../../src/import/scan-json-wasm.ts');
});

test('of each string the first characters are left', () => {
  const text = 'é'.repeat(600) + '"\\\n'.repeat(600);
  const json = JSON.stringify({ short: 'as it is', long: text, [text]: [text, 1e3, null, true, { '': text }] });
  expect(JSON.parse(json)).not.toEqual(cutStrings(JSON.parse(json)));
  expect(isRight(json)).toBe(true);
});

test.each([-2, -1, 0, 1, 2])('a string %i characters longer than what is kept', (more) => {
  for (const character of ['x', '\\n', '\\u0041', '\\ud83d']) {
    const at = KEPT + more;
    for (const place of [0, 1, at - 1]) {
      expect(isRight(`["${'x'.repeat(place)}${character}${'x'.repeat(at - place - 1)}"]`)).toBe(true);
    }
  }
});

test('each character that may be escaped, in texts of any size', () => {
  const hex = Array.from({ length: 0x180 }, (_, code) => code.toString(16).padStart(4, '0'));
  const escapes = '"\\/bfnrtu'
    .split('')
    .flatMap((letter) => (letter === 'u' ? hex.flatMap((digits) => [`\\u${digits}`, `\\u${digits.toUpperCase()}`]) : [`\\${letter}`]));
  for (const escape of escapes) {
    for (const size of [0, 14, 15, 16, 80, 1000]) expect(isRight(`["${'x'.repeat(size)}${escape}${escape}y"]`), escape).toBe(true);
  }
  expect(isRight(`["${escapes.filter((escape) => !escape.startsWith('\\u01')).join(' ')}"]`)).toBe(true);
  for (const size of [65_400, 65_472, 65_600]) expect(isRight(`["${'x'.repeat(size)}\\n"]`)).toBe(true);
});

test('a line of any size has one, and the next is right too', () => {
  for (const size of [4 << 20, (4 << 20) + 1, 9 << 20]) {
    expect(isRight(`{"a":"${'x'.repeat(size - 20)}","b":"y"}`)).toBe(true);
    expect(isRight(JSON.stringify(['z'.repeat(5000)]))).toBe(true);
  }
});

test('every line of the fixtures', () => {
  expect(LINES.length).toBeGreaterThan(500);
  for (const line of LINES) expect(isRight(line), line).toBe(true);
});

test('lines with a long text put into them, sound and unsound', () => {
  let damaged = 0;
  fc.assert(
    fc.property(fc.constantFrom(...LINES), fc.double({ min: 0, max: 1, noNaN: true }), longText, (line, where, put) => {
      const strings = [...line.matchAll(/":"/g)];
      const at = (strings[Math.floor(where * strings.length)]?.index ?? 0) + 3;
      const json = `${line.slice(0, at)}${put}${line.slice(at)}`;
      if (tried(() => JSON.parse(json)) === NO_JSON) damaged += 1;
      return isRight(json);
    }),
    { numRuns: 20_000, seed: 7 },
  );
  expect(damaged).toBeGreaterThan(1000);
  expect(damaged).toBeLessThan(19_000);
});

test('lines of which bytes were changed, put in and taken out', () => {
  const bytes = fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'u', 'x', ' ', '\t', '\u0000', '\u00ff', '1');
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 3), fc.option(bytes, { nil: '' }));
  fc.assert(
    fc.property(fc.constantFrom(...LINES), fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), (line, changes, long) => {
      let json = long ? line.replace(/":"/, `":"${'y'.repeat(1500)}`) : line;
      for (const [where, taken, put] of changes) {
        const at = Math.floor(where * json.length);
        json = `${json.slice(0, at)}${put}${json.slice(at + taken)}`;
      }
      return isRight(json);
    }),
    { numRuns: 80_000, seed: 11 },
  );
});

/** Reads with `json()` where the reader asks for a view. */
const plainly = (reader: LogReader, line: Line) =>
  reader.read({
    number: line.number,
    offset: line.offset,
    size: line.size,
    head: () => line.head(),
    headTypes: () => line.headTypes(),
    isOneRecord: (beginning) => line.isOneRecord(beginning),
    json: () => line.json(),
    view: () => line.json(),
    text: () => line.text(),
    hash: () => line.hash(),
  });

test('every line of the fixtures is scanned, not left to the parser', () => {
  for (const line of LINES) {
    const plain = tried(() => JSON.parse(line));
    if (typeof plain !== 'object' || Array.isArray(plain)) continue;
    const bytes = Buffer.from(line, 'latin1');
    expect(lazyJson.parse(bytes, 0, bytes.length), line).toBeInstanceOf(LazyObject);
  }
});

test('a field cannot be asked for when the next line is there', () => {
  const bytes = Buffer.from('{"a":{"b":1}}');
  const left = lazyJson.parse(bytes, 0, bytes.length);
  const inner = left instanceof LazyObject ? left.get('a') : undefined;
  lazyJson.parse(bytes, 0, bytes.length);
  expect(() => inner instanceof LazyObject && inner.get('b')).toThrow('left behind');
});

test.each([claude, codex])('what is left out of a line says nothing: the events are those of the whole line ($id)', (source) => {
  const long = ['x'.repeat(3000), `Error: ${'y '.repeat(2000)} ENOENT`, `npm test && ${'cd a; '.repeat(400)}ls`, '\\n\\u0000'];
  let events = 0;
  for (const path of LOGS.filter((each) => each.startsWith(`${source.id}/`))) {
    for (const put of long) {
      // Into every text of the log, where it begins and where it ends.
      const log = readFileSync(`fixtures/${path}`, 'latin1').replace(/(?<=[^\\]":")([^"\\]{12,})"/g, `$1 ${put}"`);
      const [viewed, whole] = [source.open(path, null), source.open(path, null)];
      eachLine(log, (line) => {
        const read = (reader: LogReader, by: typeof plainly): unknown => tried(() => by(reader, line));
        const told = read(viewed, (reader, each) => reader.read(each));
        expect(told).toEqual(read(whole, plainly));
        if (Array.isArray(told)) events += told.filter((event: LogEvent) => event.type !== 'session').length;
      });
      expect(viewed.save()).toBe(whole.save());
    }
  }
  expect(events).toBeGreaterThan(200);
});

test.each([claude, codex])('a line of which bytes were changed tells what the whole line tells ($id)', (source) => {
  const lines = LOGS.filter((each) => each.startsWith(`${source.id}/`)).flatMap((path) =>
    readFileSync(`fixtures/${path}`, 'latin1')
      .split('\n')
      .filter((line) => line !== ''),
  );
  const bytes = fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'true', 'null', '-1', '1e3', '"type":"user",', '\u00ff');
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 5), fc.option(bytes, { nil: '' }));
  fc.assert(
    fc.property(fc.constantFrom(...lines), fc.array(change, { maxLength: 2 }), (line, changes) => {
      let changed = line;
      for (const [where, taken, put] of changes) {
        const at = Math.floor(where * changed.length);
        changed = `${changed.slice(0, at)}${put}${changed.slice(at + taken)}`;
      }
      const [viewed, whole] = [source.open('a.jsonl', null), source.open('a.jsonl', null)];
      let isEqual = true;
      eachLine(Buffer.from(`${changed}\n`, 'latin1'), (each) => {
        isEqual &&= isDeepStrictEqual(
          tried(() => viewed.read(each)),
          tried(() => plainly(whole, each)),
        );
      });
      return isEqual && viewed.save() === whole.save();
    }),
    { numRuns: 50_000, seed: 13 },
  );
});
