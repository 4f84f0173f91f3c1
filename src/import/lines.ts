import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Line } from '../model/source.ts';
import { outlineOf } from './outline.ts';

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
const HEAD = 1024;
const NEWLINE = 10;
/** The buffer of the last log that was read to its end: thousands of them would lie about until they are collected. */
let spare: Buffer | undefined;
/** A line may have a byte order mark and a carriage return around its text. */
const MARKS_BYTES = 4;

/**
 * Splits a log into whole lines from a byte offset on. Only `\n` ends a line; what follows the last one is left for the
 * next run. Memory is bounded by the longest line, and that by `maxLineBytes`.
 */
export function openLines(read: ReadBytes, start: { offset: number; line: number }, maxLineBytes: number, visitor: LineVisitor) {
  let buffer = spare ?? Buffer.allocUnsafeSlow(CHUNK);
  spare = undefined;
  /** `buffer[0]` is the byte at `offset` of the file; `filled` bytes are valid. */
  let { offset, line: number } = start;
  let filled = 0;
  /** Bytes before `offset` that belong to a line over the cap whose end was not met yet. */
  let dropped = 0;
  const view = new LineView();

  /** Reads once and visits the whole lines at hand. False: the end of the file. */
  const next = (): boolean => {
    if (filled === buffer.length) grow();
    const got = read(buffer.subarray(filled), offset + filled);
    if (got === 0) {
      if (buffer.length === CHUNK) spare = buffer;
      return false;
    }
    const from = filled;
    filled += got;
    const last = buffer.subarray(from, filled).lastIndexOf(NEWLINE);
    if (last !== -1) visitLines(from + last + 1);
    else if (dropped > 0 || filled > maxLineBytes + MARKS_BYTES) drop();
    return true;
  };

  const visitLines = (end: number): void => {
    const whole = buffer.subarray(0, end);
    const clean = isUtf8(whole);
    let begin = 0;
    while (begin < end) {
      const newline = whole.indexOf(NEWLINE, begin);
      number += 1;
      if (dropped > 0) endDropped();
      else visitLine(begin, newline, clean);
      begin = newline + 1;
    }
    keepFrom(end);
  };

  const visitLine = (begin: number, newline: number, clean: boolean): void => {
    let [from, to] = [begin, newline];
    const at = offset + begin;
    if (to > from && buffer[to - 1] === 0x0d) to -= 1;
    if (at === 0 && buffer[from] === 0xef && buffer[from + 1] === 0xbb && buffer[from + 2] === 0xbf) from += 3;
    if (to - from > maxLineBytes) return visitor.problem('line_too_long', number, at);
    if (buffer[from] === 0) {
      visitor.problem('nul_bytes', number, at);
      while (from < to && buffer[from] === 0) from += 1;
    }
    if (isBlank(buffer, from, to)) return;
    if (!clean && !isUtf8(buffer.subarray(from, to))) visitor.problem('invalid_utf8', number, at);
    visitor.line(view.show(buffer, from, to, number, at));
  };

  const keepFrom = (end: number): void => {
    buffer.copy(buffer, 0, end, filled);
    offset += end;
    filled -= end;
  };

  const grow = (): void => {
    const larger = Buffer.allocUnsafeSlow(buffer.length * 2);
    buffer.copy(larger, 0, 0, filled);
    buffer = larger;
  };

  const drop = (): void => {
    dropped += filled;
    offset += filled;
    filled = 0;
    if (buffer.length > CHUNK) buffer = Buffer.allocUnsafeSlow(CHUNK);
  };

  const endDropped = (): void => {
    visitor.problem('line_too_long', number, offset - dropped);
    dropped = 0;
  };

  return {
    next,
    /** Position after the last whole line. */
    position: () => ({ offset: offset - dropped, line: number }),
    /** Bytes seen, the incomplete last line included. */
    bytesSeen: () => offset + filled - start.offset,
  };
}

function isBlank(buffer: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = buffer[i];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

class LineView implements Line {
  number = 0;
  offset = 0;
  size = 0;
  private buffer: Buffer = Buffer.alloc(0);
  private from = 0;
  private to = 0;

  show(buffer: Buffer, from: number, to: number, number: number, offset: number): this {
    this.buffer = buffer;
    this.from = from;
    this.to = to;
    this.size = to - from;
    this.number = number;
    this.offset = offset;
    return this;
  }

  head(): string {
    return this.buffer.toString('latin1', this.from, Math.min(this.to, this.from + HEAD));
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  outline(): unknown {
    return outlineOf(this.buffer, this.from, this.to);
  }

  text(): string {
    return this.buffer.toString('latin1', this.from, this.to);
  }

  hash(): string {
    return createHash('sha1').update(this.buffer.subarray(this.from, this.to)).digest('base64url');
  }
}
