import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../src/model/time.ts';

const [EARLIEST, LATEST] = [Date.UTC(2015, 0), Date.UTC(2045, 0) - 1];
const instants = fc.integer({ min: EARLIEST, max: LATEST });
const iso = (ms: number): string => new Date(ms).toISOString();

test('a time is what it says, in each of the forms that logs have', () => {
  fc.assert(
    fc.property(instants, (ms) => {
      const text = iso(ms);
      for (const form of [text, text.replace('Z', '+00:00'), text.replace('Z', ''), text.replace('T', ' '), text.replace('Z', '789Z'), ms])
        expect(instant(form), String(form)).toBe(ms);
    }),
    { seed: 1 },
  );
});

test('a text means the same whatever was read before it', () => {
  const change = fc.tuple(fc.nat({ max: 23 }), fc.constantFrom('', '0', '3', '6', '9', ':', '-', '.', 'Z', 'z', 'T', ' ', '\u0663'));
  let [times, none] = [0, 0];
  fc.assert(
    fc.property(instants, fc.array(change, { maxLength: 2 }), instants, (ms, changes, other) => {
      const text = changes.reduce((changed, [at, put]) => `${changed.slice(0, at)}${put}${changed.slice(at + 1)}`, iso(ms));
      instant(iso(other));
      const told = instant(text);
      instant(iso(ms));
      expect(instant(text), text).toBe(told);
      if (told === undefined) none += 1;
      else times += 1;
    }),
    { numRuns: 20_000, seed: 2 },
  );
  expect(times).toBeGreaterThan(3000);
  expect(none).toBeGreaterThan(3000);
});
