/** Tolerant reading of parsed JSON: a field of another type than expected is a field that is not there. */

/** An object whose fields are made when they are asked for. Read it with `field` and its like. */
export abstract class LazyObject {
  /** Undefined: there is no such field. */
  abstract get(key: string): unknown;
  /** `text` of the field. */
  abstract name(key: string): string | undefined;
}

export type PlainObject = { readonly [key: string]: unknown };
export type JsonObject = PlainObject | LazyObject;

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const asObject = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

/** Own properties only: `constructor` and `__proto__` are ordinary names in a log. */
export function field(object: JsonObject | undefined, key: string): unknown {
  if (object === undefined) return undefined;
  if (object instanceof LazyObject) return object.get(key);
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export const has = (object: JsonObject | undefined, key: string): boolean => field(object, key) !== undefined;

export const object = (from: JsonObject | undefined, key: string): JsonObject | undefined => asObject(field(from, key));

export function array(from: JsonObject | undefined, key: string): readonly unknown[] {
  const value = field(from, key);
  return Array.isArray(value) ? value : [];
}

/** The bytes of a string as the log has them (see `Line.json`): for comparing with ASCII text, never for keeping. */
export function bytes(from: JsonObject | undefined, key: string): string | undefined {
  const value = field(from, key);
  return typeof value === 'string' ? value : undefined;
}

/** Names longer than this are cut: a log is written by models, and a name is not a place for a text. */
const MAX_NAME = 200;

/* oxlint-disable-next-line no-control-regex -- these are what it is for */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/* oxlint-disable-next-line no-control-regex */
const ASCII_PRINTABLE = /^[\u0020-\u007e]*$/;

/** The first bytes of a character whose rest was cut off. */
const CUT_CHARACTER = /(?:[\u00c0-\u00ff]|[\u00e0-\u00ff][\u0080-\u00bf]|[\u00f0-\u00ff][\u0080-\u00bf]{2})$/;

/** Makes a name of a byte string of `Line.json`: UTF-8 decoded, well-formed, without control or bidi characters, at most 200 long. */
export function text(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const short = value.length > MAX_NAME ? value.slice(0, MAX_NAME).replace(CUT_CHARACTER, '') : value;
  if (ASCII_PRINTABLE.test(short)) return short;
  return clean(decodeBytes(short));
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Runs of bytes are decoded. One that is no UTF-8 is taken as it is: a writer may have escaped its characters (`\u00e9`). */
function decodeBytes(value: string): string {
  return value.replace(/[\u0080-\u00ff]+/g, (run) => {
    try {
      return decoder.decode(Uint8Array.from(run, (character) => character.charCodeAt(0)));
    } catch {
      return run;
    }
  });
}

/** Keys are made of several names. */
export const MAX_KEY = 4 * MAX_NAME;

/** A name from elsewhere, made fit for a terminal: well-formed, without control or bidi characters. */
export const clean = (value: string): string => value.replace(UNSAFE, '\ufffd').toWellFormed();

/** A string of a line that was written in ASCII alone, with escapes: it needs no decoding. */
export function plainText(from: JsonObject | undefined, key: string, most = MAX_NAME): string | undefined {
  const value = field(from, key);
  if (typeof value !== 'string' || value === '') return undefined;
  return clean(value.slice(0, most));
}

export const name = (from: JsonObject | undefined, key: string): string | undefined =>
  from instanceof LazyObject ? from.name(key) : text(field(from, key));

/** A count: a whole number from 0 to 10¹². Anything else is no count. */
export function count(from: JsonObject | undefined, key: string): number | undefined {
  const value = field(from, key);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1e12 ? value : undefined;
}

/** A number of units, times `factor`, as whole milliseconds. */
export function duration(from: JsonObject | undefined, key: string, factor = 1): number | undefined {
  const value = field(from, key);
  if (typeof value !== 'number' || !(value >= 0)) return undefined;
  const ms = Math.round(value * factor);
  return ms <= 1e12 ? ms : undefined;
}

export const flag = (from: JsonObject | undefined, key: string): boolean => field(from, key) === true;
