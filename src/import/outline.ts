import { OUTLINE_WASM } from './outline-wasm.ts';

/*
 * Most bytes of a log are long texts that nothing is kept of. An outline of a line is the line without them: the parsed
 * JSON in which of each string, keys included, the first OUTLINE_CHARACTERS are left. What is left out is still held to
 * the rules of JSON, so a line has an outline exactly where it can be parsed. Leaving text out of the bytes takes a
 * fraction of the time of parsing it; `outline.wat` does that, sixteen bytes at a time.
 */

/** Characters as JSON counts them, an escape sequence is one; of bytes, not decoded. */
export const OUTLINE_CHARACTERS = 1024;

interface Outliner {
  readonly memory: WebAssembly.Memory;
  bytes: Buffer;
  outline(sizeBytes: number, kept: number, out: number): number;
}

let loaded: Outliner | undefined;

/** Room for texts of this size is there from the start, and kept. */
const KEPT_ROOM = 4 << 20;
const PAGE = 1 << 16;

/** The outline of the JSON text in `bytes[from, to)`. Throws SyntaxError when it is no JSON. */
export function outlineOf(bytes: Buffer, from: number, to: number): unknown {
  const size = to - from;
  if (size <= OUTLINE_CHARACTERS) return JSON.parse(bytes.toString('latin1', from, to));
  const outliner = (loaded ??= load());
  const out = Math.max(KEPT_ROOM, Math.ceil(size / PAGE) * PAGE);
  if (size > KEPT_ROOM) makeRoom(outliner, 2 * out + PAGE);
  bytes.copy(outliner.bytes, 0, from, to);
  const length = outliner.outline(size, OUTLINE_CHARACTERS, out);
  // Only in what is no JSON: the parser says what is wrong with it.
  if (length === -1) return JSON.parse(bytes.toString('latin1', from, to));
  const text = outliner.bytes.toString('latin1', out, out + length);
  if (size > KEPT_ROOM) loaded = undefined;
  return JSON.parse(text);
}

function load(): Outliner {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(OUTLINE_WASM, 'base64')));
  const { memory, outline } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof outline !== 'function') throw new Error('outline.wat exports something else');
  return { memory, bytes: Buffer.from(memory.buffer), outline: (size, kept, out) => Number(outline(size, kept, out)) };
}

function makeRoom(outliner: Outliner, sizeBytes: number): void {
  outliner.memory.grow(Math.max(0, sizeBytes - outliner.memory.buffer.byteLength) / PAGE);
  outliner.bytes = Buffer.from(outliner.memory.buffer);
}
