import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * File systems that other machines may share, by the numbers Linux gives them. A write-ahead log needs memory that all
 * its users share, so there the store does without.
 */
const SHARED: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x65735546, // FUSE: sshfs and the like
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x5346414f, // AFS
  0x73757245, // Coda
]);

/** Whether all users of a file are on this machine, as far as its file system tells. */
export const canShareMemory = (path: string, typeOf: (folder: string) => number = fileSystemType): boolean =>
  !SHARED.has(typeOf(dirname(path)));

/** Numbers above 2^31 come as negative ones where they are signed. */
const fileSystemType = (folder: string): number => statfsSync(folder).type >>> 0;
