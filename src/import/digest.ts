/** What was given so far, told in 16 hexadecimal digits. */
export interface Digest {
  bytes(bytes: Uint8Array): void;
  text(text: string): void;
  number(number: number): void;
  end(): string;
}

/**
 * Two sums of 32 bits as FNV-1a makes them, with factors of their own. Nobody forges a log of their own, and to load what makes
 * digests that cannot be forged takes longer than to read what an agent wrote since the last run.
 */
export function openDigest(): Digest {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  const parts = new Float64Array(1);
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
      for (let at = 0; at < text.length; at += 2) add(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)); // NaN << 16 is 0
    },
    number: (number) => {
      parts[0] = number;
      add(low[0] ?? 0);
      add(high[0] ?? 0);
    },
    end: () => hex(a) + hex(b),
  };
}

const hex = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0');
