import { LazyObject, text } from '../model/json.ts';
import { SCAN_JSON_WASM } from './scan-json-wasm.ts';

/*
 * Of most lines a dozen short fields are wanted, and most of their bytes are long texts that nothing is kept of. So a line
 * is first only scanned: `scan-json.wat` checks that it is JSON, sixteen bytes of a text at a time, and notes where each
 * value stands. A value is made when it is asked for.
 */

/** Reads JSON texts one after the other. What one gave is of no use any more when the next one is read. */
export interface LazyJson {
  /** Texts that stand in here are scanned in place. */
  readonly bytes: Buffer;
  /**
   * The JSON text in `bytes[from, to)` as `JSON.parse` gives it, but objects are a LazyObject, and of each string, keys
   * included, only the first `kept` characters are left. A string has a character a byte. Throws SyntaxError when it is no JSON.
   */
  parse(bytes: Buffer, from: number, to: number, kept?: number): unknown;
  /**
   * The text of the first `"type":"…"` in `bytes[from, to)`, and where it ends; undefined where there is none, it is no word of
   * ASCII characters, or more than `braces` open before it. A look at the bytes: whether they are JSON is not known.
   */
  type(bytes: Buffer, from: number, to: number, braces: number): { readonly text: string; readonly end: number } | undefined;
}

const WHOLE = 0x3fffffff;

const PAGE = 1 << 16;
/** Longer texts are scanned in memory of their own. */
const ROOM = 4 << 20;
const NOTES = 2 << 20;
/** Deeper ones are rare, and reading them takes a stack. */
const DEEPEST = 500;
/** So far behind its end a text is looked at. */
const BEHIND = 64;

/*
 * Most short texts stand in many lines: ids, names, versions. One that stood in a line before is the string that was made
 * then, which takes a fraction of the time of making it, and of looking it up somewhere.
 */
const WORDS = 1024;
const WORD_BYTES = 64;

const isLetter = (byte = 0): boolean => byte > 0x20 && byte < 0x7f && byte !== TEXT && byte !== ESCAPED;

/** The numbers of a note, as scan-json.wat has them. */
const [BYTE, FROM, TO, NEXT, KEY_TAG, KEY, KEY_SIZE, BEFORE, NOTE] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
const BUCKETS = 16;
/** Of an empty key the quotes are looked at. */
const tagOf = (key: string): number =>
  key === '' ? 0x2222 : (key.length << 16) | (key.charCodeAt(0) << 8) | key.charCodeAt(key.length - 1);
const bucketOf = (tag: number): number => ((tag >> 16) + (tag >> 8) + tag) & (BUCKETS - 1);
const [OBJECT, ARRAY, TEXT, ESCAPED, TRUE, FALSE, NULL] = [0x7b, 0x5b, 0x22, 0x5c, 0x74, 0x66, 0x6e] as const;

/** `placeBytes`: so many bytes at the beginning of its memory are left to the caller. */
export function openLazyJson(placeBytes: number): LazyJson {
  return open(placeBytes, ROOM);
}

function open(placeBytes: number, roomBytes: number): LazyJson {
  const room = placeBytes + BEHIND;
  const table = Math.ceil((room + roomBytes + BEHIND) / PAGE) * PAGE;
  const scratch = table + WORDS * WORD_BYTES;
  const notes = scratch + PAGE;
  const { memory, scan, word, unescape, type } = load(Math.ceil((notes + NOTES + 4 * DEEPEST) / PAGE));
  const all = Buffer.from(memory.buffer);
  const place = all.subarray(0, placeBytes);
  /** By their numbers in the table, and what `text` makes of them. */
  const words: string[] = Array.from({ length: WORDS }, () => '');
  const names: (string | null | undefined)[] = Array.from({ length: WORDS }, () => undefined);
  const noted = new Int32Array(memory.buffer, notes, NOTES / 4);
  let texts = 0;

  const parse = (bytes: Buffer, from: number, to: number, kept = WHOLE): unknown => {
    const size = to - from;
    if (size > roomBytes) return open(0, size).parse(bytes, from, to, kept);
    let at = from;
    if (bytes !== place) bytes.copy(all, (at = room), from, to);
    const end = scan(at, at + size, kept, notes, notes + NOTES, notes + NOTES, notes + NOTES + 4 * DEEPEST);
    // What is no JSON, or has more values than there is room for, is left to the parser of the engine.
    if (end <= 0) return JSON.parse(bytes.toString('latin1', from, to));
    texts += 1;
    return valueAt(0);
  };

  const valueAt = (note: number): unknown => {
    switch (noted[note + BYTE]) {
      case TEXT:
      case ESCAPED:
        return textAt(note);
      case OBJECT:
        return new NotedObject(note, texts);
      case ARRAY:
        return elementsOf(note);
      case TRUE:
        return true;
      case FALSE:
        return false;
      case NULL:
        return null;
      default:
        return numberAt(noted[note + FROM] ?? 0, noted[note + TO] ?? 0);
    }
  };

  const textAt = (note: number): string => {
    const from = noted[note + FROM] ?? 0;
    const to = noted[note + TO] ?? 0;
    if (to - from <= WORD_BYTES) return words[wordAt(from, to)] ?? '';
    return noted[note] === TEXT ? all.latin1Slice(from, to) : unescaped(from, to);
  };

  /** The number of a word; it is made where it is new. */
  const wordAt = (from: number, to: number): number => {
    const number = word(from, to, table);
    if (number >= 0) return number;
    const made = all.latin1Slice(from, to);
    words[~number] = made.includes('\\') ? unescaped(from, to) : made;
    names[~number] = undefined;
    return ~number;
  };

  const unescaped = (from: number, to: number): string => {
    const end = to - from <= PAGE - BEHIND ? unescape(from, to, scratch) : 0;
    return end === 0 ? JSON.parse(`"${all.latin1Slice(from, to)}"`) : all.latin1Slice(scratch, end);
  };

  const nameAt = (note: number): string | undefined => {
    const from = noted[note + FROM] ?? 0;
    const to = noted[note + TO] ?? 0;
    if ((noted[note] !== TEXT && noted[note] !== ESCAPED) || to - from > WORD_BYTES) return text(valueAt(note));
    const number = wordAt(from, to);
    const known = names[number];
    if (known !== undefined) return known ?? undefined;
    const made = text(words[number]);
    names[number] = made ?? null;
    return made;
  };

  const elementsOf = (array: number): unknown[] => {
    const elements: unknown[] = [];
    const end = noted[array + NEXT] ?? 0;
    for (let note = array + NOTE; note < end; note = noted[note + NEXT] ?? end) elements.push(valueAt(note));
    return elements;
  };

  /** Most are whole and short. */
  const numberAt = (from: number, to: number): number => {
    let value = 0;
    for (let at = from; at < to; at++) {
      const digit = (all[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || to - from > 15) return Number(all.latin1Slice(from, to));
      value = value * 10 + digit;
    }
    return value;
  };

  const isKey = (note: number, key: string): boolean => {
    const from = noted[note + KEY] ?? 0;
    for (let at = 0; at < key.length; at++) if (all[from + at] !== key.charCodeAt(at)) return false;
    return true;
  };

  /** In an object of which some key has an escape. */
  const findSlowly = (object: number, key: string): number => {
    const end = noted[object + NEXT] ?? 0;
    let found = 0;
    for (let note = object + NOTE + BUCKETS; note < end; note = noted[note + NEXT] ?? end) {
      const from = noted[note + KEY] ?? 0;
      if (JSON.parse(`"${all.latin1Slice(from, from + (noted[note + KEY_SIZE] ?? 0))}"`) === key) found = note;
    }
    return found;
  };

  class NotedObject extends LazyObject {
    private readonly note: number;
    private readonly text: number;

    constructor(note: number, text: number) {
      super();
      this.note = note;
      this.text = text;
    }

    get(key: string): unknown {
      const note = this.find(key);
      return note === 0 ? undefined : valueAt(note);
    }

    name(key: string): string | undefined {
      const note = this.find(key);
      return note === 0 ? undefined : nameAt(note);
    }

    /** Of several fields of one name the last one counts: it is the first one in its bucket. */
    private find(key: string): number {
      if (this.text !== texts) throw new Error('a field of a line that was left behind');
      if (noted[this.note + TO] !== 0) return findSlowly(this.note, key);
      const tag = tagOf(key);
      let note = noted[this.note + NOTE + bucketOf(tag)] ?? 0;
      while (note !== 0 && (noted[note + KEY_TAG] !== tag || !isKey(note, key))) note = noted[note + BEFORE] ?? 0;
      return note;
    }
  }

  const typeIn = (bytes: Buffer, from: number, to: number, braces: number): { text: string; end: number } | undefined => {
    let at = from;
    if (bytes !== place) bytes.copy(all, (at = room), from, to);
    const begin = type(at, at + to - from, braces);
    if (begin === 0) return undefined;
    const limit = Math.min(at + to - from, begin + WORD_BYTES + 1);
    let end = begin;
    while (end < limit && isLetter(all[end])) end += 1;
    if (end === limit || all[end] !== TEXT) return undefined;
    return { text: words[wordAt(begin, end)] ?? '', end: from + end - at };
  };

  return { bytes: place, parse, type: typeIn };
}

function load(pages: number) {
  const { exports } = new WebAssembly.Instance((compiled ??= new WebAssembly.Module(Buffer.from(SCAN_JSON_WASM, 'base64'))));
  const { memory, scan, word, unescape, type } = exports;
  if (
    !(memory instanceof WebAssembly.Memory) ||
    typeof scan !== 'function' ||
    typeof word !== 'function' ||
    typeof unescape !== 'function' ||
    typeof type !== 'function'
  )
    throw new Error('scan-json.wat exports something else');
  memory.grow(pages - memory.buffer.byteLength / PAGE);
  return {
    memory,
    scan: (from: number, to: number, kept: number, notes: number, notesEnd: number, stack: number, stackEnd: number): number =>
      Number(scan(from, to, kept, notes, notesEnd, stack, stackEnd)),
    unescape: (from: number, to: number, out: number): number => Number(unescape(from, to, out)),
    word: (from: number, to: number, table: number): number => Number(word(from, to, table)),
    type: (from: number, to: number, braces: number): number => Number(type(from, to, braces)),
  };
}

let compiled: WebAssembly.Module | undefined;
