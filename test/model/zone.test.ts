import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { clockOf, DAY_MS, dateIsIn, zone } from '../../src/model/time.ts';

/* What Date and plain arithmetic say of a zone is what Intl says of it. */

const TZ = process.env['TZ'];
afterEach(() => {
  process.env['TZ'] = TZ;
  dateIsIn(undefined);
});

/** From 2015 to 2045, as instants in logs are. */
const instants = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2045, 0) - 1 });

function seenBy(name: string, at: readonly number[]) {
  const { dayOf, startOf, hourOf } = zone(name);
  const clock = clockOf(name);
  return at.map((ms) => [dayOf(ms), startOf(Math.floor(ms / DAY_MS)), hourOf(ms), clock(ms)]);
}

test.each([
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'America/Argentina/Buenos_Aires',
  'America/Nuuk',
])('%s', (name) => {
  process.env['TZ'] = name;
  expect(new Date(2026, 0).getTimezoneOffset()).not.toBe(0);
  fc.assert(
    fc.property(fc.array(instants, { minLength: 50, maxLength: 50 }), (at) => {
      dateIsIn(name);
      const own = seenBy(name, at);
      dateIsIn(undefined);
      expect(own).toEqual(seenBy(name, at));
    }),
    { numRuns: 40 },
  );
});

test('UTC, as a zone of the same offsets', () => {
  fc.assert(
    fc.property(fc.array(instants, { minLength: 50, maxLength: 50 }), (at) => {
      expect(seenBy('UTC', at)).toEqual(seenBy('Etc/UTC', at));
    }),
    { numRuns: 40 },
  );
});

test('a name that nobody knows is no zone, also where the system is set to it', () => {
  for (const name of ['Mars/Phobos', 'GMT+3']) {
    process.env['TZ'] = name;
    dateIsIn(name);
    expect(() => zone(name).dayOf(0)).toThrow(RangeError);
  }
});
