import { fstatSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { FailError } from '../model/errors.ts';

const STDOUT = 1;
/** A full pipe that does not make its writer wait is tried again after this. */
const FULL_MS = 2;

/** Whether it is a file, a pipe or nothing at all: only what is a device can be a terminal. */
export function isPlain(): boolean {
  try {
    const stat = fstatSync(STDOUT);
    return !stat.isCharacterDevice() || stat.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/** What is said of an answer that did not arrive, of a full disk mostly. */
export function unwritten(error: unknown): FailError {
  const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return new FailError(`The answer could not be written${reason}.`, undefined, { cause: error });
}

/** Returns when all is written. A reader that has seen enough (`usage tools | head`) is no error. */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw unwritten(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS);
    }
  }
}
