/** What `toString('latin1', from, to)` calls once it has looked at its arguments, which takes as long as a short text. */
interface Buffer {
  latin1Slice(from?: number, to?: number): string;
}
