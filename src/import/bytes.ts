import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Decompress } from 'fzstd';
import { crypto } from '../store/crypto.ts';
import type { FileStat } from '../store/files.ts';
import { openDigest } from './digest.ts';
import { readInto, type ReadBytes } from './lines.ts';
import { fileStat } from './scan.ts';

export interface OpenLog {
  /** The file's state when it was opened. */
  readonly stat: FileStat;
  /** The file's state now. */
  statNow(): FileStat;
  readonly read: ReadBytes;
  close(): void;
}

/** Makes a decompressor; loaded only when a compressed log is met. */
export type Inflate = new (sink: (chunk: Uint8Array) => void) => Pick<Decompress, 'push'>;

/** Opens a log for reading. A pipe or device that is named like a log is refused instead of waited for. Throws what the system throws. */
export function openLog(path: string, inflate: Inflate | undefined): OpenLog {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!fstatSync(fd).isFile()) {
    closeSync(fd);
    throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE' });
  }
  const statNow = () => fileStat(fstatSync(fd));
  const plain: ReadBytes = (target, position) => readSync(fd, target, 0, target.length, position);
  return {
    stat: statNow(),
    statNow,
    read: inflate === undefined ? plain : inflated(plain, inflate),
    close: () => closeSync(fd),
  };
}

/** Four bytes may stand for 128 KiB, and all that a piece stands for is held. */
const PIECE = 1 << 12;

/** Reads a compressed log from its beginning to its end; it cannot be entered in the middle. */
function inflated(plain: ReadBytes, inflate: Inflate): ReadBytes {
  let ready: Uint8Array[] = [];
  let input = new Uint8Array(0);
  let consumed = 0;
  let ended = false;
  const decompressor = new inflate((chunk) => void ready.push(chunk.slice()));
  return (target) => {
    while (ready.length === 0) {
      if (ended) return 0;
      if (input.length === 0) {
        const read = new Uint8Array(1 << 18); // the decompressor keeps what is left over of it
        input = read.subarray(0, plain(read, consumed));
        consumed += input.length;
        ended = input.length === 0; // told to the decompressor, which then refuses a file that was cut off
      }
      decompressor.push(input.subarray(0, PIECE), ended);
      input = input.subarray(PIECE);
      ready = ready.filter((chunk) => chunk.length > 0);
    }
    const [first, ...rest] = ready;
    if (first === undefined) return 0;
    const count = Math.min(first.length, target.length);
    target.set(first.subarray(0, count));
    ready = count === first.length ? rest : [first.subarray(count), ...rest];
    return count;
  };
}

const HEAD_BYTES = 1024;
const TAIL_BYTES = 512;

export interface Fingerprint {
  readonly headHash: string;
  readonly tailHash: string;
}

/** What the bytes before an offset looked like: enough to tell a grown log from one that was written anew. */
export function fingerprint(read: ReadBytes, offset: number, digest: (bytes: Buffer) => string = digestOf): Fingerprint {
  const tailStart = Math.max(0, offset - TAIL_BYTES);
  return {
    headHash: digest(bytesAt(read, 0, Math.min(HEAD_BYTES, offset))),
    tailHash: digest(bytesAt(read, tailStart, offset)),
  };
}

/** Is it what `fingerprint` says, or said when it made other digests? */
export function hasFingerprint(read: ReadBytes, offset: number, { headHash, tailHash }: Fingerprint): boolean {
  const digest = headHash.length === SHA1_CHARACTERS ? sha1Of : digestOf;
  const now = fingerprint(read, offset, digest);
  return now.headHash === headHash && now.tailHash === tailHash;
}

function bytesAt(read: ReadBytes, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  return bytes.subarray(0, readInto(read, bytes, from));
}

/** Begins anew with each end. */
const digest = openDigest();
function digestOf(bytes: Uint8Array): string {
  digest.bytes(bytes);
  return digest.end();
}

const SHA1_CHARACTERS = 27;
const sha1Of = (bytes: Buffer): string => crypto().createHash('sha1').update(bytes).digest('base64url');
