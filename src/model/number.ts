/*
 * Numbers as Intl writes them in English, without it: its first use takes as long as a small report. What is written is the
 * shortest decimal that tells a number from all others, and half is rounded away from zero.
 */

/** `1,234` or `-0.5`: with thousands, and of a fraction at most three digits. */
export function grouped(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? withThousands(String(value)) : value.toLocaleString('en-US');
}

/** With as many digits behind the point as are asked for. */
export function fixed(value: number, digits: number): string {
  const text = String(Math.abs(value));
  if (!PLAIN.test(text)) return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [whole = '', fraction = ''] = text.split('.');
  const shown = whole + fraction.slice(0, digits).padEnd(digits, '0');
  const rounded = fraction.charCodeAt(digits) >= FIVE ? increased(shown) : shown;
  const at = rounded.length - digits;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return `${sign}${withThousands(rounded.slice(0, at))}${digits === 0 ? '' : `.${rounded.slice(at)}`}`;
}

/** `12.3K`, `1M`: three digits and a unit. */
export function compact(value: number): string {
  const text = String(value);
  if (value < 0 || !Number.isSafeInteger(value) || Object.is(value, -0)) return compactly.format(value);
  if (text.length <= 3) return text;
  const shown = text.charCodeAt(3) >= FIVE ? increased(text.slice(0, 3)) : text.slice(0, 3);
  // 999.5 of a unit are 1 of the next.
  const length = text.length + shown.length - 3;
  const unit = UNITS[Math.floor((length - 1) / 3)];
  if (unit === undefined) return compactly.format(value);
  const point = ((length - 1) % 3) + 1;
  const fraction = shown.slice(point, 3).replace(/0+$/, '');
  return `${shown.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}${unit}`;
}

const UNITS = ['', 'K', 'M', 'B', 'T'];

const compactly = {
  format: (value: number): string => value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 }),
};

const PLAIN = /^\d+(?:\.\d+)?$/;
const FIVE = 53;

const withThousands = (whole: string): string => (whole.length <= 3 ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, ','));

/** A row of digits and one more. */
function increased(digits: string): string {
  const at = /9*$/.exec(digits)?.index ?? digits.length;
  const zeros = '0'.repeat(digits.length - at);
  return at === 0 ? `1${zeros}` : `${digits.slice(0, at - 1)}${Number(digits[at - 1]) + 1}${zeros}`;
}
