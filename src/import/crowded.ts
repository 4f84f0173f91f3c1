/** A line may be read in the memory that its text takes a few times, but for one with more values than any agent writes. */
export const CROWDED_BYTES = 8 << 20;
const MOST_VALUES = 2_000_000;

/** Does a line have so many values that they would take many times the memory of its text? */
export function isCrowded(bytes: Buffer, from: number, to: number): boolean {
  let [isText, values] = [false, 0];
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === 0x5c) at += 1;
    else if (byte === 0x22) isText = !isText;
    else if (!isText && (byte === 0x2c || byte === 0x5b || byte === 0x7b) && (values += 1) > MOST_VALUES) return true;
  }
  return false;
}
