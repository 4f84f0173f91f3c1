import { asObject, field, type JsonObject } from '../../model/json.ts';
import type { ConfigPlace } from '../../model/catalog.ts';

/*
 * Parsers quote what they could not read; what is said here of a broken file is where it is broken, and no word of it.
 */

/** Undefined: there is none, or it is none. */
export function readJson(place: ConfigPlace, path: string): JsonObject | undefined {
  const text = place.files.read(path);
  if (text === undefined || text.trim() === '') return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    place.warn(
      path,
      `is no JSON${position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`}; it is left out`,
    );
    return undefined;
  }
}

export interface Markdown {
  /** What stands in YAML between two lines of dashes at its beginning. */
  readonly front: JsonObject | undefined;
  readonly body: string;
}

const FRONT = /^\uFEFF?---\r?\n([^]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/;

export function readMarkdown(place: ConfigPlace, path: string): Markdown | undefined {
  const text = place.files.read(path);
  if (text === undefined) return undefined;
  const match = FRONT.exec(text);
  if (match === null) return { front: undefined, body: text };
  const body = text.slice(match[0].length);
  const { front, line } = parseFront(match[1] ?? '');
  if (line !== undefined) place.warn(path, `begins with a head that is no YAML (line ${line}); it goes by its file name`);
  return { front, body };
}

const PLAIN = /^([A-Za-z_-]+):[ \t]+(.+?)[ \t]*$/gm;

let yaml: typeof import('yaml') | undefined;
let isMissed = false;

/**
 * Gives the result of `read` once what it has to parse can be parsed: the parser is larger than all the rest, and is loaded
 * where there is a head of YAML; then everything is read again.
 */
export async function parsing<T>(read: () => T): Promise<T> {
  const result = read();
  if (!isMissed) return result;
  await loadYaml();
  return read();
}

export async function loadYaml(): Promise<void> {
  yaml = await import('yaml');
  isMissed = false;
}

/** Agents take `description: Plans berths: length, tide` for what is meant, though it is no YAML. */
function parseFront(text: string): { readonly front: JsonObject | undefined; readonly line?: number } {
  if (yaml === undefined) {
    isMissed = true;
    return { front: undefined };
  }
  try {
    // What it warns of it would write to the terminal itself, with the line.
    return { front: asObject(yaml.parse(text, { logLevel: 'error' })) };
  } catch (error) {
    const fields = [...text.matchAll(PLAIN)].map(([, key = '', value = '']) => [key, value] as const);
    if (fields.length > 0) return { front: Object.fromEntries(fields) };
    // The dashes stand in the first line of the file.
    return { front: undefined, line: 1 + (error instanceof yaml.YAMLParseError ? (error.linePos?.[0].line ?? 1) : 1) };
  }
}

/** A value of a head as words; undefined: none. */
export function words(front: JsonObject | undefined, key: string): string | undefined {
  const value = field(front, key);
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  return Array.isArray(value) && value.every((each) => typeof each === 'string') && value.length > 0 ? value.join(', ') : undefined;
}

/** Bytes of a text as UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
