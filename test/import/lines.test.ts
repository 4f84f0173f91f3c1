import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openLines } from '../../src/import/lines.ts';

const MIB = 1 << 20;
const CAP = 1 << 27;

interface Reading {
  readonly start?: { readonly offset: number; readonly line: number };
  readonly cap?: number;
  /** Bytes that the system hands out at most at a time. */
  readonly piece?: number;
}

/** Splits a log that lies in memory. `text` is the head of a line: all of a short one. */
function split(content: Uint8Array | string, { start = { offset: 0, line: 0 }, cap = CAP, piece = Infinity }: Reading = {}) {
  const bytes = Buffer.from(content);
  const lines: { number: number; offset: number; size: number; text: string }[] = [];
  const problems: [reason: string, number: number, offset: number][] = [];
  const read = (target: Uint8Array, position: number): number => bytes.copy(target, 0, position, Math.min(bytes.length, position + piece));
  const splitter = openLines(read, start, cap, {
    line: (line) => void lines.push({ number: line.number, offset: line.offset, size: line.size, text: line.head() }),
    problem: (...problem) => void problems.push(problem),
  });
  while (splitter.next());
  return { lines, problems, position: splitter.position(), bytesSeen: splitter.bytesSeen() };
}

const texts = (content: Uint8Array | string, reading?: Reading) => split(content, reading).lines.map(({ text }) => text);

describe('lines', () => {
  test('have their number, the offset of their first byte and their size', () => {
    expect(split('one\ntwo!\n').lines).toEqual([
      { number: 1, offset: 0, size: 3, text: 'one' },
      { number: 2, offset: 4, size: 4, text: 'two!' },
    ]);
  });

  test('that are not ended are left for the next run, which goes on at their first byte', () => {
    const head = 'one\ntw';
    const { lines, position, bytesSeen } = split(head);
    expect(lines).toHaveLength(1);
    expect(position).toEqual({ offset: 4, line: 1 });
    expect(bytesSeen).toBe(head.length);
    expect(split('one\ntwo\n', { start: position })).toMatchObject({
      lines: [{ number: 2, offset: 4, size: 3, text: 'two' }],
      position: { offset: 8, line: 2 },
      bytesSeen: 4,
    });
  });

  test('may be none', () => {
    expect(split('')).toEqual({ lines: [], problems: [], position: { offset: 0, line: 0 }, bytesSeen: 0 });
  });

  test('end with CRLF too, which is no part of them', () => {
    expect(split('one\r\ntwo\r\n').lines).toMatchObject([
      { size: 3, text: 'one' },
      { offset: 5, size: 3, text: 'two' },
    ]);
  });

  test.each([
    ['a lone carriage return', '\r'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['a next line', '\u0085'],
  ])('do not end at %s', (_, inside) => {
    expect(split(`one${inside}two\nthree\n`).lines).toMatchObject([{ number: 1 }, { number: 2, text: 'three' }]);
  });

  test('that are blank are counted, not visited', () => {
    expect(split('\n  \t\n\r\none\n\n')).toMatchObject({ lines: [{ number: 4, text: 'one' }], problems: [], position: { line: 5 } });
  });

  test('lose a byte order mark at the very beginning of the file only', () => {
    const mark = '\ufeff';
    expect(texts(`${mark}one\n`)).toEqual(['one']);
    expect(split(`${mark}one\n`).lines).toMatchObject([{ offset: 0, size: 3 }]);
    expect(split(`one\n${mark}two\n`).lines).toMatchObject([{ size: 3 }, { size: 6 }]);
    expect(split(`${mark}\n`).lines).toEqual([]);
  });

  test('are parsed byte for character, so that a name in them can be decoded', () => {
    const bytes = Buffer.from('{"a":"ü"}\n');
    const seen: unknown[] = [];
    const splitter = openLines((target, position) => bytes.copy(target, 0, position), { offset: 0, line: 0 }, CAP, {
      line: (line) => void seen.push(line.json()),
      problem: () => {},
    });
    while (splitter.next());
    expect(seen).toEqual([{ a: '\u00c3\u00bc' }]);
  });
});

describe('damage', () => {
  test('of invalid UTF-8 is told for its line, which is visited', () => {
    const bytes = Buffer.concat([Buffer.from('one\n'), Buffer.from([0x61, 0xff, 0x62, 10]), Buffer.from('drei: ü\n')]);
    const { lines, problems } = split(bytes);
    expect(problems).toEqual([['invalid_utf8', 2, 4]]);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test('of a run of NUL bytes is told, and what follows it on the line is visited', () => {
    const { lines, problems } = split(`one\n${'\0'.repeat(5000)}two\nthree\n`);
    expect(problems).toEqual([['nul_bytes', 2, 4]]);
    expect(lines.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  test('of a line of NUL bytes alone is told once', () => {
    expect(split('\0\0\0\none\n')).toMatchObject({ lines: [{ number: 2, text: 'one' }], problems: [['nul_bytes', 1, 0]] });
  });
});

describe('chunks', () => {
  const first = (size: number) => 'a'.repeat(size);

  test.each([MIB - 2, MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 2 * MIB])('a line of %i bytes and the ones after it are whole', (size) => {
    expect(split(`${first(size)}\ntwo\n`)).toMatchObject({
      lines: [
        { number: 1, offset: 0, size },
        { number: 2, offset: size + 1, size: 3, text: 'two' },
      ],
      problems: [],
    });
  });

  test.each(['ü', '€', '🙂'])('%s across the end of a chunk is no damage', (character) => {
    const width = Buffer.byteLength(character);
    for (let before = 1; before < width; before++) {
      const { lines, problems } = split(`${first(MIB - before)}${character}\n`);
      expect(problems).toEqual([]);
      expect(lines).toMatchObject([{ size: MIB - before + width }]);
    }
  });

  test('a CRLF across the end of a chunk is one line end', () => {
    expect(split(`${first(MIB - 1)}\r\ntwo\n`).lines).toMatchObject([{ size: MIB - 1 }, { number: 2, text: 'two' }]);
  });

  test('a line of 20 MB is read', () => {
    const size = 20_000_000;
    expect(split(`one\n${first(size)}\nthree\n`).lines).toMatchObject([
      { number: 1 },
      { number: 2, offset: 4, size },
      { number: 3, offset: 4 + size + 1, text: 'three' },
    ]);
  });
});

describe('a line over the cap', () => {
  const long = (size: number) => 'x'.repeat(size);

  test('is told with its place and skipped; the next ones keep their numbers and offsets', () => {
    for (const [size, cap] of [
      [101, 100],
      [5000, 100],
      [MIB + 1, MIB],
      [3 * MIB, MIB],
      [3 * MIB, 100],
    ] as const) {
      expect(split(`one\n${long(size)}\nthree\n`, { cap })).toEqual({
        lines: [
          { number: 1, offset: 0, size: 3, text: 'one' },
          { number: 3, offset: size + 5, size: 5, text: 'three' },
        ],
        problems: [['line_too_long', 2, 4]],
        position: { offset: size + 11, line: 3 },
        bytesSeen: size + 11,
      });
    }
  });

  test('is one byte longer than the longest line that is read; line ends and marks do not count', () => {
    for (const end of ['\n', '\r\n']) {
      expect(split(`\ufeff${long(100)}${end}`, { cap: 100, piece: 1 })).toMatchObject({ lines: [{ size: 100 }], problems: [] });
      expect(split(`\ufeff${long(101)}${end}`, { cap: 100, piece: 1 })).toMatchObject({ lines: [], problems: [['line_too_long', 1, 0]] });
    }
  });

  test.each([MIB - 1, MIB, MIB + 1])('whose %i bytes end where a chunk ends is skipped like any other', (size) => {
    expect(split(`${long(size)}\ntwo\n`, { cap: 1000 })).toMatchObject({
      lines: [{ number: 2, offset: size + 1, text: 'two' }],
      problems: [['line_too_long', 1, 0]],
      position: { offset: size + 5, line: 2 },
    });
  });

  test('that is not ended is not consumed: the next run tells it once, with its right place', () => {
    const head = `one\n${long(3 * MIB)}`;
    const { problems, position, bytesSeen } = split(head, { cap: 1000 });
    expect(problems).toEqual([]);
    expect(position).toEqual({ offset: 4, line: 1 });
    expect(bytesSeen).toBe(head.length);
    expect(split(`${head}more\nthree\n`, { cap: 1000, start: position })).toMatchObject({
      lines: [{ number: 3, offset: head.length + 5, text: 'three' }],
      problems: [['line_too_long', 2, 4]],
      position: { offset: head.length + 11, line: 3 },
    });
  });

  test('may follow another one', () => {
    const content = `${long(2 * MIB)}\n${long(2000)}\n${long(2 * MIB)}\nfour\n`;
    const { lines, problems } = split(content, { cap: 1000 });
    expect(problems.map(([, number]) => number)).toEqual([1, 2, 3]);
    expect(lines).toMatchObject([{ number: 4, text: 'four' }]);
  });
});

describe('however the bytes arrive', () => {
  const part = fc.constantFrom('\n', '\r\n', '\r', 'a', 'ü', '🙂', ' ', '\0', '\ufeff', '{"a":1}', 'long '.repeat(20));
  const content = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
  const damaged = fc
    .tuple(content, fc.uint8Array({ maxLength: 20 }))
    .map(([text, noise]) => Buffer.concat([Buffer.from(text), noise, Buffer.from('\nend\n')]));
  const holds = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>): void => fc.assert(property, { seed: 20260601, numRuns: 300 });
  const piece = fc.integer({ min: 1, max: 30 });

  test('in pieces of any size the lines, problems and positions are the same', () => {
    holds(
      fc.property(damaged, piece, (bytes, size) => {
        expect(split(bytes, { cap: 50, piece: size })).toEqual(split(bytes, { cap: 50 }));
      }),
    );
  });

  test('in two runs cut at any byte they are the same as in one', () => {
    holds(
      fc.property(damaged, fc.nat(), (bytes, at) => {
        const whole = split(bytes, { cap: 50 });
        const head = split(bytes.subarray(0, at % (bytes.length + 1)), { cap: 50 });
        const rest = split(bytes, { cap: 50, start: head.position });
        expect([...head.lines, ...rest.lines]).toEqual(whole.lines);
        expect([...head.problems, ...rest.problems]).toEqual(whole.problems);
        expect(rest.position).toEqual(whole.position);
      }),
    );
  });
});

describe('types at the head', () => {
  /** Each line holds its text and nothing else. */
  const typesOf = (content: string) => {
    const types: (readonly (string | undefined)[])[] = [];
    const bytes = Buffer.from(content, 'latin1');
    const lines = openLines((target, position) => bytes.copy(target, 0, position), { offset: 0, line: 0 }, CAP, {
      line: (line) => void types.push(line.headTypes()),
      problem: () => {},
    });
    while (lines.next());
    return types;
  };

  /** The same, said plainly: where the first type stands, what it is, and that so many objects at most open before it. */
  const typeIn = (head: string, from: number, braces: number): { text: string; end: number } | undefined => {
    const at = head.indexOf('"type":"', from);
    const begin = at + '"type":"'.length;
    const end = head.indexOf('"', begin);
    if (at === -1 || end === -1 || head.slice(from, at).split('{').length - 1 > braces) return undefined;
    const text = head.slice(begin, end);
    return /^[!-~]{0,64}$/.test(text) && !text.includes('\\') ? { text, end } : undefined;
  };
  const plainly = (line: string) => {
    const head = line.slice(0, 512);
    const own = typeIn(head, Number(head.startsWith('{')), 0);
    return own === undefined ? [] : [own.text, typeIn(head, own.end, 1)?.text];
  };

  test('are those of the line and of the object in it', () => {
    expect(typesOf('{"type":"a","payload":{"type":"b"}}\n{"m":{"type":"b"},"type":"a"}\n{"type":1}\n')).toEqual([['a', 'b'], [], []]);
  });

  test('are the first that stand there, whatever else does', () => {
    const piece = fc.oneof(
      fc.constantFrom('"type":"', '"type":"user"', '"type":"user"', '{', '}', '"', ',', '\\', '\u0000', ' ', 't', '\u00ff', 'tool_use'),
      fc.nat({ max: 600 }).map((length) => 'x'.repeat(length)),
    );
    const lines = fc.array(
      fc.array(piece, { minLength: 1, maxLength: 9 }).map((pieces) => `{"${pieces.join('')}`),
      { minLength: 1, maxLength: 9 },
    );
    let found = 0;
    fc.assert(
      fc.property(lines, (given) => {
        const told = typesOf(`${given.join('\n')}\n`);
        expect(told).toEqual(given.map(plainly));
        found += told.filter(([own]) => own !== undefined).length;
      }),
      { numRuns: 3000, seed: 3 },
    );
    expect(found).toBeGreaterThan(1000);
  });
});
