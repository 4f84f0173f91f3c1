import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSources } from '../../src/cli/load.ts';
import type { ListedItem, LogEvent } from '../../src/model/event.ts';
import type { Source } from '../../src/model/source.ts';
import { CANARY, isJson, mark } from './mark.ts';
import { eachLine } from './read.ts';

/* What holds for every source and whatever stands in a log. The fixtures are what is damaged. */

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const sources = await loadSources();

const logsOf = ({ id }: Source) =>
  readdirSync(FIXTURES + id, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jsonl'))
    .sort()
    .map((path) => ({ path, content: readFileSync(`${FIXTURES}${id}/${path}`) }));

const linesOf = (source: Source): readonly string[] => logsOf(source).flatMap(({ content }) => content.toString().split('\n'));

interface Outcome {
  readonly events: readonly LogEvent[];
  readonly unknownTypes: readonly string[];
  readonly saved: string | null;
}

/** Reads a log to its end; a line that is no JSON may be refused. `reopened`: as if each line had come in a run of its own. */
function read(source: Source, path: string, content: Uint8Array | string, { reopened = false } = {}): Outcome {
  const events: LogEvent[] = [];
  const unknownTypes: string[] = [];
  let reader = source.open(path, null);
  eachLine(content, (line) => {
    try {
      const reading = reader.read(line);
      if ('unknownType' in reading) unknownTypes.push(reading.unknownType);
      else events.push(...reading);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      expect(() => line.json()).toThrow(SyntaxError);
    }
    if (reopened) reader = source.open(path, reader.save());
  });
  return { events, unknownTypes, saved: reader.save() };
}

describe.each(sources)('$id: lines of any shape', (source) => {
  const path = logsOf(source)[0]?.path ?? '';

  test('give sound events, a skip, or are no JSON; and the same if each comes in a run of its own', () => {
    fc.assert(
      fc.property(anyLog(linesOf(source)), (content) => {
        const whole = read(source, path, content);
        expect(whole.events.flatMap(faultsOf)).toEqual([]);
        expect(whole.unknownTypes.filter((type) => !isSoundText(type, MAX_NAME))).toEqual([]);
        expect(read(source, path, content, { reopened: true })).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });

  test('may be recognised or not, but do no harm', () => {
    fc.assert(
      fc.property(anyLog(linesOf(source)), (content) => {
        eachLine(content, (line) => {
          try {
            expect(typeof source.recognises(line)).toBe('boolean');
          } catch (error) {
            if (!(error instanceof SyntaxError)) throw error;
          }
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(sources)('$id: reading on', (source) => {
  test.each(logsOf(source))('at any line of $path gives the same events', ({ path, content }) => {
    expect(read(source, path, content, { reopened: true })).toEqual(read(source, path, content));
  });
});

describe.each(sources)('$id: what was said and done', (source) => {
  test.each([
    ['after', (text: string) => `${text} ${CANARY}`],
    ['before', (text: string) => `${CANARY} ${text}`],
    ['in the place of', () => CANARY],
  ])('is in no event, nor in the saved state: a mark %s every text', (_, how) => {
    let [events, marks] = [0, 0];
    for (const { path, content } of logsOf(source)) {
      const lines = content.toString().split('\n').filter(isJson);
      const marked = lines.map((line) => mark(line, how)).join('\n');
      marks += marked.split(CANARY).length - 1;
      const outcome = read(source, path, `${marked}\n`);
      expect(JSON.stringify(outcome)).not.toContain(CANARY);
      events += outcome.events.length;
    }
    expect(marks).toBeGreaterThan(0);
    expect(events).toBeGreaterThan(20);
  });
});

const NESTED = '["nested ten thousand times"]';
// prettier-ignore
const HOSTILE: readonly unknown[] = [
  undefined, null, true, 0, -1, 0.5, 2 ** 53, 1e13, 1e308, -1e308, '', ' ', '0', '__proto__', 'constructor', 'toString',
  'x'.repeat(1000), 'é'.repeat(150), '\ud800 alone', '\u0000\u001b[2J\u0085\u2028\u202e', '9999-12-31T23:59:60.999999999+00:00',
  '0000-00-00T00:00:00Z', [], {}, [null, 1, 'x', []], JSON.parse('{"__proto__":{"type":"user"},"constructor":1}'), JSON.parse(NESTED),
];

/** Some lines, most of them from fixtures and damaged. */
function anyLog(lines: readonly string[]): fc.Arbitrary<Uint8Array> {
  const sound = fc.constantFrom(...lines.filter(isJson));
  const wrong = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...HOSTILE) }, fc.jsonValue());
  const nodes = fc.array(fc.tuple(fc.nat(70), wrong, fc.boolean()), { minLength: 1, maxLength: 4 });
  const odd = fc
    .tuple(sound, nodes)
    .map(([line, changes]) => changes.reduce((json, [n, by, asKey]) => replaceNode(json, n, by, asKey), line));
  const broken = fc
    .tuple(sound, fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 5 }), fc.option(fc.nat(2000)))
    .map(([line, flips, cut]) => flip(Buffer.from(line), flips).subarray(0, cut ?? undefined));
  const line = fc.oneof(
    { weight: 3, arbitrary: sound.map((text) => Buffer.from(text)) },
    { weight: 6, arbitrary: odd.map((text) => Buffer.from(text.replaceAll(NESTED, '['.repeat(10_000) + ']'.repeat(10_000)))) },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))) },
  );
  return fc.array(line, { minLength: 1, maxLength: 10 }).map((all) => Buffer.concat(all.flatMap((each) => [each, Buffer.from('\n')])));
}

/** The n-th value of a line, depth first, is another one or absent; or its first field has another name. */
function replaceNode(json: string, n: number, by: unknown, asKey: boolean): string {
  let left = n;
  const replaced = JSON.stringify(JSON.parse(json), (_, value: unknown) => {
    if (left-- !== 0) return value;
    if (!asKey || typeof value !== 'object' || value === null) return by;
    return Object.fromEntries(Object.entries(value).map(([key, inner], i) => [i === 0 ? nameOf(by) : key, inner]));
  });
  return replaced ?? 'null';
}

/** Not `String`: an object may have a `toString` that is no function. */
const nameOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'));

function flip(bytes: Buffer, flips: readonly (readonly [number, number])[]): Buffer {
  for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
  return bytes;
}

const MAX_NAME = 200;
/** Made of several names: a session's and a message's id, an MCP server's and its tool's. */
const COMPOSED: ReadonlySet<string> = new Set(['key', 'request', 'turn', 'tool']);
const MAX_COMPOSED = 4 * MAX_NAME;
// prettier-ignore
const COUNTS: ReadonlySet<string> = new Set([
  'inputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens', 'outputTokens', 'reasoningTokens', 'webSearches', 'reportedMs', 'httpStatus', 'preTokens',
]);

const isSoundText = (text: string, most: number): boolean =>
  text !== '' && text.length <= most && text.isWellFormed() && !/\p{Cc}/u.test(text);

const isSoundItem = ({ name, sizeBytes = 0 }: ListedItem): boolean =>
  isSoundText(name, MAX_NAME) && Number.isInteger(sizeBytes) && sizeBytes >= 0;

/** What is wrong with an event: names of fields. `where.agent` alone may be empty. */
function faultsOf(event: LogEvent): readonly string[] {
  const { where, ...fields } = event;
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  const faults = told.filter(([name, value]) => {
    if (typeof value === 'string') return !isSoundText(value, COMPOSED.has(name) ? MAX_COMPOSED : MAX_NAME);
    if (typeof value === 'boolean') return !value;
    if (Array.isArray(value)) return !value.every(isSoundItem);
    if (name === 'reads' && typeof value === 'object') return !value.items.every(isSoundItem);
    if (typeof value !== 'number') return true;
    if (COUNTS.has(name)) return !Number.isInteger(value) || value < 0 || value > 1e12;
    return !Number.isSafeInteger(value);
  });
  if (!isSoundText(where.session, MAX_NAME)) faults.push(['session', where.session]);
  if (where.agent !== '' && !isSoundText(where.agent, MAX_NAME)) faults.push(['agent', where.agent]);
  return faults.map(([name, value]) => `${event.type} ${name}: ${JSON.stringify(value)}`);
}
