const MAX_BLOCK = 1 << 17;

/** A zstd frame that stores its content as it is: magic number, a header with the size, raw blocks. */
export function zstd(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header.writeUInt8(0xa0, 4); // one segment, its size in four bytes
  header.writeUInt32LE(bytes.length, 5);
  const parts: Buffer[] = [header];
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_BLOCK) {
    const block = bytes.subarray(at, at + MAX_BLOCK);
    const isLast = at + MAX_BLOCK >= bytes.length;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE(block.length * 8 + Number(isLast), 0, 3);
    parts.push(blockHeader, block);
  }
  return Buffer.concat(parts);
}

/** A frame of so many blocks of 128 KiB, each of one byte that is repeated: a large log in a small file. */
export function zstdOfRuns(before: string, run: string, blocks: number, after: string): Buffer {
  const raw = (text: string, isLast: boolean): Buffer => {
    const header = Buffer.alloc(3);
    header.writeUIntLE(text.length * 8 + Number(isLast), 0, 3);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const repeated = Buffer.alloc(4);
  repeated.writeUIntLE(MAX_BLOCK * 8 + 2, 0, 3);
  repeated.write(run, 3);
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]); // a window of 128 KiB
  return Buffer.concat([frame, raw(before, false), ...Array.from({ length: blocks }, () => repeated), raw(after, true)]);
}
