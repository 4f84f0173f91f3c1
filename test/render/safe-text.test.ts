import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeLines, safeText } from '../../src/render/safe-text.ts';

test.each([
  ['clipboard write (OSC 52)', '\u001b]52;c;cm0gLXJm\u0007', '\ufffd]52;c;cm0gLXJm\ufffd'],
  ['8-bit escape (C1)', '\u009b2J', '\ufffd2J'],
  ['line ends and tabs', 'a\r\nb\tc', 'a\ufffd\ufffdb\ufffdc'],
  ['DEL and NUL', '\u007f\u0000', '\ufffd\ufffd'],
  ['right-to-left override', 'cod\u202egnp.exe', 'cod\ufffdgnp.exe'],
  ['isolates and marks', '\u2066\u2067\u2068\u2069\u200e\u200f\u061c', '\ufffd'.repeat(7)],
  ['zero width', 'a\u200bb\u200cc\u200dd\ufeffe\u2060f', 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
  ['invisible tags', 'a\u{e0061}b', 'a\ufffdb'],
  ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
])('%s', (_name, value, safe) => {
  expect(safeText(value)).toBe(safe);
});

test.each(['mcp__files__read', 'Größe', '検索ツール', '🚀 e\u0301', 'مرحبا', '🇩🇪'])('%s stays as it is', (value) => {
  expect(safeText(value)).toBe(value);
});

test('whatever comes in, nothing that acts comes out', () => {
  const unsafe =
    // oxlint-disable-next-line no-control-regex -- these are what it is for
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 0xffff }), (text, unit) => {
      const safe = safeText(text + String.fromCharCode(unit));
      expect(safe).not.toMatch(unsafe);
      expect(safe.isWellFormed()).toBe(true);
    }),
  );
});

test('of several lines the ends stay', () => {
  expect(safeLines('a\u001b[2J\r\n\u202eb\n')).toBe('a\ufffd[2J\ufffd\n\ufffdb\n');
});
