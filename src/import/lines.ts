import { isUtf8 } from 'node:buffer';
import type { Line } from '../model/source.ts';
import { crypto } from '../store/crypto.ts';
import { CROWDED_BYTES, isCrowded } from './crowded.ts';
import { openLazyJson, type LazyJson } from './lazy-json.ts';

/** Fills `target` from byte `position` of a log on; returns the number of bytes, 0 at its end. */
export type ReadBytes = (target: Uint8Array, position: number) => number;

export interface LineVisitor {
  /** A whole line that is not blank. The object is used again for the next line: nobody may keep it. */
  line(line: Line): void;
  /** Something is wrong with a line: too long to read, or its text is damaged (it is still visited). */
  problem(reason: LineProblem, number: number, offset: number): void;
}

export type LineProblem = 'line_too_long' | 'invalid_utf8' | 'nul_bytes';

const CHUNK = 1 << 20;
const HEAD = 512;
const NEWLINE = 10;
let lazyJson: LazyJson | undefined;
/** The buffer of the last log that was read: thousands of them would lie about until they are collected. */
let spare: Buffer | undefined;
/** A line may have a byte order mark and a carriage return around its text. */
const MARKS_BYTES = 4;

/**
 * Splits a log into whole lines from a byte offset on. Only `\n` ends a line; what follows the last one is left for the
 * next run. A line longer than a chunk is passed over until its end is met; only if it is no longer than `maxLineBytes` it is
 * held whole, which takes a second reading or, of a stream, keeping what was passed.
 */
export function openLines(
  read: ReadBytes,
  start: { offset: number; line: number },
  maxLineBytes: number,
  visitor: LineVisitor,
  isStream = false,
) {
  if (lazyJson === undefined) {
    lazyJson = openLazyJson(CHUNK);
    spare = lazyJson.bytes;
  }
  const buffer = spare ?? Buffer.allocUnsafeSlow(CHUNK);
  spare = undefined;
  /** `buffer[0]` is the byte at `offset` of the file; `filled` bytes are valid. */
  let { offset, line: number } = start;
  let filled = 0;
  /** Bytes before `offset` that belong to a line whose end was not met yet, and of a stream these bytes. */
  let passed = 0;
  let kept: Buffer[] = [];
  const view = new LineView(lazyJson);
  let parsed = 0;

  /** Reads once and visits the whole lines at hand. False: the end of the file. */
  const next = (): boolean => {
    const got = read(buffer.subarray(filled), offset + filled);
    if (got === 0) {
      spare = buffer;
      return false;
    }
    const from = filled;
    filled += got;
    const last = buffer.subarray(from, filled).lastIndexOf(NEWLINE);
    if (last !== -1) visitLines(from + last + 1);
    else if (filled === buffer.length) pass();
    return true;
  };

  const visitLines = (end: number): void => {
    const whole = buffer.subarray(0, end);
    const clean = isUtf8(whole);
    let begin = 0;
    while (begin < end) {
      const newline = whole.indexOf(NEWLINE, begin);
      number += 1;
      if (passed > 0) endPassed(newline);
      else visitLine(buffer, begin, newline, offset + begin, clean);
      begin = newline + 1;
    }
    keepFrom(end);
  };

  const visitLine = (bytes: Buffer, begin: number, newline: number, at: number, clean: boolean): void => {
    let [from, to] = [begin, newline];
    if (to > from && bytes[to - 1] === 0x0d) to -= 1;
    if (at === 0 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3;
    if (to - from > maxLineBytes || (to - from > CROWDED_BYTES && isCrowded(bytes, from, to)))
      return visitor.problem('line_too_long', number, at);
    if (bytes[from] === 0) {
      visitor.problem('nul_bytes', number, at);
      while (from < to && bytes[from] === 0) from += 1;
    }
    if (isBlank(bytes, from, to)) return;
    if (!clean && !isUtf8(bytes.subarray(from, to))) visitor.problem('invalid_utf8', number, at);
    visitor.line(view.show(bytes, from, to, number, at));
    if (view.isParsed) parsed += 1;
  };

  const keepFrom = (end: number): void => {
    buffer.copy(buffer, 0, end, filled);
    offset += end;
    filled -= end;
  };

  const pass = (): void => {
    if (passed + filled > maxLineBytes + MARKS_BYTES) kept = [];
    else if (isStream) kept.push(Buffer.from(buffer));
    passed += filled;
    offset += filled;
    filled = 0;
  };

  /** The line that was passed over ends at `newline` of the buffer. */
  const endPassed = (newline: number): void => {
    const [at, size] = [offset - passed, passed + newline];
    if (size > maxLineBytes + MARKS_BYTES) visitor.problem('line_too_long', number, at);
    else {
      const line = Buffer.alloc(size);
      if (isStream) kept.forEach((piece, index) => piece.copy(line, index * CHUNK));
      else readInto(read, line.subarray(0, passed), at);
      kept = [];
      buffer.copy(line, passed, 0, newline);
      visitLine(line, 0, size, at, false);
      view.show(buffer, 0, 0, 0, 0); // lets go of it
    }
    passed = 0;
  };

  return {
    next,
    /** Position after the last whole line. */
    position: () => ({ offset: offset - passed, line: number }),
    /** Lines of which more was read than their first bytes. */
    parsed: () => parsed,
    /** Bytes seen, the incomplete last line included. */
    bytesSeen: () => offset + filled - start.offset,
  };
}

/** Reads as much as there is from a position on; returns the number of bytes. */
export function readInto(read: ReadBytes, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const got = read(target.subarray(filled), position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

function isBlank(buffer: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = buffer[i];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

const NO_TYPES = [] as const;

class LineView implements Line {
  number = 0;
  offset = 0;
  size = 0;
  isParsed = false;
  private buffer: Buffer = Buffer.alloc(0);
  private from = 0;
  private to = 0;
  private readonly lazyJson: LazyJson;

  constructor(lazyJson: LazyJson) {
    this.lazyJson = lazyJson;
  }

  show(buffer: Buffer, from: number, to: number, number: number, offset: number): this {
    this.buffer = buffer;
    this.from = from;
    this.to = to;
    this.size = to - from;
    this.number = number;
    this.offset = offset;
    this.isParsed = false;
    return this;
  }

  head(): string {
    return this.buffer.toString('latin1', this.from, Math.min(this.to, this.from + HEAD));
  }

  headTypes(): readonly [own?: string | undefined, inner?: string | undefined] {
    const limit = Math.min(this.to, this.from + HEAD);
    const own = this.lazyJson.type(this.buffer, this.from + Number(this.buffer[this.from] === 0x7b), limit, 0);
    return own === undefined ? NO_TYPES : [own.text, this.lazyJson.type(this.buffer, own.end, limit, 1)?.text];
  }

  isOneRecord(beginning: string): boolean {
    return this.buffer[this.to - 1] === 0x7d && this.buffer.subarray(this.from + 1, this.to).indexOf(beginning) === -1;
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  view(kept?: number): unknown {
    this.isParsed = true;
    return this.lazyJson.parse(this.buffer, this.from, this.to, kept);
  }

  text(): string {
    this.isParsed = true;
    return this.buffer.toString('latin1', this.from, this.to);
  }

  hash(): string {
    return crypto().createHash('sha1').update(this.buffer.subarray(this.from, this.to)).digest('base64url');
  }
}
