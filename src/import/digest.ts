/** What was given since the last end. */
export interface Digest {
  bytes(bytes: Uint8Array): void;
  text(text: string): void;
  number(number: number): void;
  /** In 16 hexadecimal digits. */
  end(): string;
  /** Ends it as well: what it comes to is added to these two numbers, or taken from them. */
  endInto(sums: Uint32Array, sign: 1 | -1): void;
}

const [A, B] = [0x811c9dc5, 0x9747b28c] as const;

/** Of so many characters a text is written at a time: they take up to three bytes each. */
const PIECE = 1024;

/**
 * Two sums of 32 bits as FNV-1a makes them, with factors of their own. Nobody forges a log of their own, and to load what makes
 * digests that cannot be forged takes longer than to read what an agent wrote since the last run.
 */
export function openDigest(): Digest {
  let [a, b]: [number, number] = [A, B];
  const parts = new Float64Array(1);
  const room = Buffer.alloc(4 * PIECE);
  const words = new Uint32Array(room.buffer, room.byteOffset, PIECE);
  const [low, high] = [new Uint32Array(parts.buffer, 0, 1), new Uint32Array(parts.buffer, 4, 1)];
  const add = (word: number): void => {
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 13; // what a word has in its high bits must reach the low ones
    b = Math.imul(b ^ word, 0x5bd1e995);
    b ^= b >>> 15;
  };
  return {
    bytes: (bytes) => {
      for (const byte of bytes) add(byte);
    },
    text: (text) => {
      add(text.length);
      for (let from = 0; from < text.length; from += PIECE) {
        // Of a path that was put together bytes are had sooner than characters.
        let size = room.write(text.length <= PIECE ? text : text.slice(from, from + PIECE));
        while (size % 4 > 0) room[size++] = 0;
        for (let at = 0; at < size / 4; at++) add(words[at] ?? 0);
      }
    },
    number: (number) => {
      parts[0] = number;
      add(low[0] ?? 0);
      add(high[0] ?? 0);
    },
    end: () => {
      const digits = hex(a) + hex(b);
      [a, b] = [A, B];
      return digits;
    },
    endInto: (sums, sign) => {
      sums[0] = (sums[0] ?? 0) + sign * (a >>> 0);
      sums[1] = (sums[1] ?? 0) + sign * (b >>> 0);
      a = A;
      b = B;
    },
  };
}

export const hex = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0');
