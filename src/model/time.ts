/**
 * Instants are integer milliseconds UTC. A day is an integer too: the number of a calendar date since 1970-01-01, in
 * some time zone. One definition of a day, a week and a month serves every command.
 */

export const DAY_MS = 86_400_000;
/** No zone in use changes its offset inside a quarter of an hour, so one look-up serves all of its instants. */
const SLOT_MS = 900_000;

/** Stands for the day of facts without a time, where a day must be a number. */
export const UNDATED_DAY = -1_000_000;
/** Stands for the day of undated facts that were pruned: of them only sums are left. */
export const SEALED_UNDATED_DAY = UNDATED_DAY - 1;

export type Zone = {
  readonly name: string;
  /** The day of an instant. */
  dayOf(ms: number): number;
  /** The first instant of a day. */
  startOf(day: number): number;
  /** The hour of an instant, 0 to 23. */
  hourOf(ms: number): number;
};

/** The first look at a day throws RangeError when the name is no time zone. */
export function zone(name: string): Zone {
  if (name === 'UTC') return UTC;
  const dayOf = name === dateZone ? dayOfDate : dayOfIntl(name);
  /** The first slot of the day lies within 26 hours of the UTC midnight of the same date, on either side. */
  const startOf = (day: number): number => {
    let low = Math.floor((day * DAY_MS - 26 * 3_600_000) / SLOT_MS);
    let high = Math.floor((day * DAY_MS + 26 * 3_600_000) / SLOT_MS);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (dayOf(middle * SLOT_MS) < day) low = middle + 1;
      else high = middle;
    }
    return low * SLOT_MS;
  };
  let hours: Intl.DateTimeFormat | undefined;
  const hourOf = (ms: number): number => {
    if (name === dateZone) return new Date(ms).getHours();
    hours ??= new Intl.DateTimeFormat('en-GB', { timeZone: name, hour: '2-digit', hourCycle: 'h23' });
    return Number(hours.format(ms));
  };
  return { name, dayOf, startOf, hourOf };
}

function dayOfIntl(name: string): Zone['dayOf'] {
  let dates: Intl.DateTimeFormat | undefined;
  const days = new Map<number, number>();
  return (ms) => {
    const slot = Math.floor(ms / SLOT_MS);
    let day = days.get(slot);
    if (day === undefined) {
      dates ??= datesOf(name);
      day = parseDay(dates.format(slot * SLOT_MS)) ?? Math.floor(ms / DAY_MS);
      days.set(slot, day);
    }
    return day;
  };
}

function dayOfDate(ms: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS;
}

/** The zone that Date is in, where that was told. */
let dateZone: string | undefined;

/** Tells which zone Date is in: of that one nothing has to be looked up with Intl, whose first use takes as long as a small report. */
export function dateIsIn(name: string | undefined): void {
  // A name that nobody knows leaves it in UTC; then only Intl tells whether it is one.
  const isKnown = [0, 6].some((month) => new Date(2026, month).getTimezoneOffset() !== 0);
  dateZone = isKnown && name !== undefined && /^[A-Z]\w+\/[\w+-]+(?:\/[\w-]+)?$/.test(name) ? name : undefined;
}

/** The zone that nothing has to be looked up for. */
const UTC: Zone = {
  name: 'UTC',
  dayOf: (ms) => Math.floor(ms / DAY_MS),
  startOf: (day) => day * DAY_MS,
  hourOf: (ms) => Math.floor((ms - Math.floor(ms / DAY_MS) * DAY_MS) / 3_600_000),
};

/** Instants as `2026-06-01 14:05` in a zone. */
export function clockOf(timeZone: string): (ms: number) => string {
  if (timeZone === 'UTC') return minuteOf;
  if (timeZone === dateZone) return (ms) => minuteOf(ms - new Date(ms).getTimezoneOffset() * 60_000);
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (ms) => clock.format(ms);
}

const minuteOf = (ms: number): string => rfc3339(ms).slice(0, 16).replace('T', ' ');

const datesOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });

/** `2026-06-01` as a day; undefined for anything that is not a date of the calendar. */
export function parseDay(date: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date);
  if (match === null) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(ms).toISOString().startsWith(date) ? ms / DAY_MS : undefined;
}

export const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Weeks begin on Monday; 1970-01-01 was a Thursday. */
export const weekOf = (day: number): number => day - ((((day + 3) % 7) + 7) % 7);

/** The first day of a day's month. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;

/** The date that was met last, and its midnight: a log names few dates and many times. */
let [lastDate, lastMidnight] = ['1970-01-01', 0];

/** No agent logged before or will after; a clock that says so is wrong, and its times are as good as none. */
const [EARLIEST, LATEST] = [Date.UTC(2015, 0), Date.UTC(2045, 0)];
const plausible = (ms: number): number | undefined => (ms >= EARLIEST && ms < LATEST ? ms : undefined);

/**
 * A time as logs write it: RFC 3339, or epoch milliseconds or seconds. A time without a zone is UTC.
 * Undefined for anything else: a missing time stays missing.
 */
export function instant(value: unknown): number | undefined {
  if (typeof value === 'number') return plausible(Math.round(value > 1e11 ? value : value * 1000));
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const usual = usualInstant(value);
  if (usual !== undefined) return plausible(usual);
  const match = INSTANT.exec(value);
  if (match === null) return undefined;
  const midnight = midnightOf(value.slice(0, 10));
  const [hours, minutes, seconds] = [twoDigits(value, 11), twoDigits(value, 14), twoDigits(value, 17)];
  if (midnight === undefined || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const [fraction, zoneMinutes] = finerOf(match);
  return plausible(midnight + ((hours * 60 + minutes - zoneMinutes) * 60 + seconds) * 1000 + fraction);
}

/** `2026-06-01T14:05:59.123Z`, as nearly all logs write it, of the date that was met last; undefined: anything else. */
function usualInstant(value: string): number | undefined {
  const isUsual =
    value.length === 24 &&
    value.charCodeAt(10) === T &&
    value.charCodeAt(13) === COLON &&
    value.charCodeAt(16) === COLON &&
    value.charCodeAt(19) === POINT &&
    value.charCodeAt(23) === Z &&
    value.startsWith(lastDate);
  if (!isUsual) return undefined;
  const [hours, minutes] = [twoDigits(value, 11), twoDigits(value, 14)];
  const [seconds, ms] = [twoDigits(value, 17), twoDigits(value, 20) * 10 + digit(value, 22)];
  return hours <= 23 && minutes <= 59 && seconds <= 60 && ms >= 0
    ? lastMidnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
    : undefined;
}

const [T, COLON, POINT, Z] = [0x54, 0x3a, 0x2e, 0x5a] as const;

/** NaN: it is none. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** Milliseconds beyond the second, and minutes east of UTC. */
function finerOf(match: RegExpExecArray): readonly [ms: number, zoneMinutes: number] {
  const [, fraction, sign, hours, minutes] = match;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  return [ms, sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)];
}

const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

function midnightOf(date: string): number | undefined {
  if (date === lastDate) return lastMidnight;
  const day = parseDay(date);
  if (day !== undefined) [lastDate, lastMidnight] = [date, day * DAY_MS];
  return day === undefined ? undefined : day * DAY_MS;
}

export const rfc3339 = (ms: number): string => new Date(ms).toISOString();

export interface Window {
  /** First instant inside; null: from the beginning. */
  readonly from: number | null;
  /** First instant outside; null: without end. */
  readonly until: number | null;
}

/**
 * What `--since` and `--until` understand: `7d 24h 90m`, `today yesterday monday`, `2026-06-01`, RFC 3339.
 * A date means its whole day: `edge` tells which end of it is wanted. Undefined for anything else.
 */
export function parseMoment(word: string, edge: 'start' | 'end', now: number, in_: Zone): number | undefined {
  const ago = /^([1-9]\d{0,5})([mhdw])$/.exec(word);
  if (ago !== null) {
    const unit = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS }[ago[2] ?? ''] ?? 0;
    return now - Number(ago[1]) * unit;
  }
  const today = in_.dayOf(now);
  const day = parseDay(word) ?? namedDay(word.toLowerCase(), today);
  if (day !== undefined) return in_.startOf(edge === 'start' ? day : day + 1);
  return /^\d{4}-\d\d-\d\d[Tt ]/.test(word) ? instant(word) : undefined;
}

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** The latest such day, today included. */
function namedDay(word: string, today: number): number | undefined {
  if (word === 'today') return today;
  if (word === 'yesterday') return today - 1;
  const weekday = WEEKDAYS.indexOf(word);
  return weekday === -1 ? undefined : today - ((((today + 3 - weekday) % 7) + 7) % 7);
}

/** The last `count` calendar days, today included. */
export function lastDays(count: number, now: number, in_: Zone): Window {
  const today = in_.dayOf(now);
  return { from: in_.startOf(today - count + 1), until: in_.startOf(today + 1) };
}
