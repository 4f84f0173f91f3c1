import fc from 'fast-check';
import { test } from 'vitest';
import { compact, fixed, grouped } from '../../src/model/number.ts';

/* What Intl says is right, whatever the number. */

const numbers = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -10, max: 2_000_000 }),
  fc.maxSafeInteger(),
  // Halves, and what lies beside a border.
  fc.tuple(fc.integer({ min: 0, max: 1_100_000 }), fc.constantFrom(2, 10, 100, 1000, 10_000)).map(([n, scale]) => n / scale),
  fc
    .tuple(fc.constantFrom(1, 9.994, 9.995, 99.95, 999.4, 999.5, 999.949, 1000.5), fc.integer({ min: 0, max: 15 }))
    .map(([n, e]) => n * 10 ** e),
  fc
    .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: -1, max: 1 }))
    .map(([n, e, d]) => n * 10 ** e + d),
  fc.constantFrom(0, -0, 1e21, 1e-7, Infinity, -Infinity, NaN, 999_499, 999_500, 999_999_999_999_999, 0.15, 0.25, 1.005, -0.04),
);

const same = (ours: (value: number) => string, options: Intl.NumberFormatOptions) => {
  const theirs = new Intl.NumberFormat('en-US', options);
  fc.assert(
    fc.property(numbers, (value) => ours(value) === theirs.format(value)),
    { numRuns: 5000 },
  );
};

test('thousands are grouped as by Intl', () => same(grouped, {}));

test.each([0, 1, 2, 3])('%i digits behind the point are rounded as by Intl', (digits) =>
  same((value) => fixed(value, digits), { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

test('three digits and a unit are those of Intl', () => same(compact, { notation: 'compact', maximumSignificantDigits: 3 }));
