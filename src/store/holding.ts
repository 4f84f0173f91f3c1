import { MAX_KEY } from '../model/json.ts';

/** What stands in a column. A value that it does not allow is alien; null is none. */
export interface Holding {
  readonly holds: string;
  /** Who chose the words: of all but `usage` they can be any. */
  readonly writer: 'usage' | 'log' | 'person' | 'system';
  /** What `allows` checks, for people. */
  readonly rule: string;
  allows(value: unknown): boolean;
  /** SQLite itself lets nothing else in. */
  readonly isNumber?: true;
}

export const MAX_NAME = 200;
const MAX_PATH = 4096;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Eight words in a row, none of them a part of a path, or what ends a sentence where words have no blanks between: something that was said. */
const SENTENCE = /(?<![^\s/\\])(?:[^\s/\\]+\s+){7}[^\s/\\]|[\u3002\uff01\uff1f]/;
/** Folders may be called by sentences; a text that begins with a slash command is no path. */
const IN_FOLDER = /^(?:~|[A-Za-z]:)?[\\/][^\s\\/]+[\\/]/;

const isLine = (value: unknown, most: number): value is string => typeof value === 'string' && value.length <= most && !CONTROL.test(value);
const isName = (value: unknown, most: number): boolean => isLine(value, most) && !SENTENCE.test(value);

export const named = (holds: string, writer: Holding['writer'], most = MAX_NAME): Holding => ({
  holds,
  writer,
  rule: `one line of at most ${most} characters, no sentence`,
  allows: (value) => isName(value, most),
});

const isPath = (value: unknown, most: number): boolean => isName(value, most) || (isLine(value, most) && IN_FOLDER.test(value));

export const path = (holds: string, writer: Holding['writer'], most = MAX_PATH): Holding => ({
  holds,
  writer,
  rule: `one line of at most ${most} characters, a path or no sentence`,
  allows: (value) => isPath(value, most),
});

export const oneOf = (holds: string, words: readonly string[]): Holding => ({
  holds,
  writer: 'usage',
  rule: `one of ${words.length} words`,
  allows: (value) => words.some((word) => word === value),
});

export const like = (holds: string, rule: string, pattern: RegExp): Holding => ({
  holds,
  writer: 'usage',
  rule,
  allows: (value) => typeof value === 'string' && pattern.test(value),
});

export const number = (holds: string): Holding => ({
  holds,
  writer: 'usage',
  rule: 'a number',
  allows: (value) => typeof value === 'number',
  isNumber: true,
});

/** Lists of names are JSON of their own in it, as `[["a",12]]` or `skill:[["a",12]]`. */
function areNames(value: unknown): boolean {
  if (typeof value === 'string') {
    const list = /^(?:\w+:)?(\[\[.*)$/s.exec(value)?.[1];
    return list === undefined ? isPath(value, MAX_KEY) : isJsonOfNames(list);
  }
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, part]) => isPath(key, MAX_KEY) && areNames(part));
}

function isJsonOfNames(text: unknown): boolean {
  try {
    return typeof text === 'string' && areNames(JSON.parse(text));
  } catch {
    return false;
  }
}

export const json = (holds: string): Holding => ({
  holds,
  writer: 'log',
  rule: `JSON of numbers and texts; each one line of at most ${MAX_KEY} characters, a path or no sentence`,
  allows: isJsonOfNames,
});

export const sentence = (holds: string): Holding => ({
  holds,
  writer: 'usage',
  rule: `one line of at most ${MAX_PATH + MAX_NAME} characters`,
  allows: (value) => isLine(value, MAX_PATH + MAX_NAME),
});

export const bytes = (holds: string, count: number): Holding => ({
  holds,
  writer: 'usage',
  rule: `${count} bytes`,
  allows: (value) => value instanceof Uint8Array && value.length === count,
});
