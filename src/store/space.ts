import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';

const pageBytes = (db: Database): number => Number(db.pragma('page_size', { simple: true }));

/** Bytes of the store's file that hold nothing. */
export const freeBytes = (db: Database): number => Number(db.pragma('freelist_count', { simple: true })) * pageBytes(db);

/** Bytes of each table, its indexes included. */
export function bytesByTable(db: Database): ReadonlyMap<string, number> {
  const rows = db
    .prepare<[], { name: string; bytes: number }>(
      `select s.tbl_name as name, sum(d.pgsize) as bytes from dbstat d join sqlite_schema s on s.name = d.name where d.aggregate = true group by 1`,
    )
    .all();
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

/** Bytes of the store's file and of what is still to be folded into it. */
export const bytesOnDisk = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

/** Folds the write-ahead log into the store's file, as far as nobody reads an older state. Nobody is waited for: the next run folds the rest. */
export function foldLog(db: Database): void {
  const patienceMs = Number(db.pragma('busy_timeout', { simple: true }));
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('wal_checkpoint(truncate)');
  } finally {
    db.pragma(`busy_timeout = ${patienceMs}`);
  }
}

/** Pages that are given back at a time: others can write in between. */
const SLICE_PAGES = 4096;

/**
 * Gives what is free in the store's file back to the file system. Outside of any transaction. False: the store was made
 * without the means for it; what is free is used again, and the file stays as large.
 */
export function giveBack(db: Database): boolean {
  const canShrink = Number(db.pragma('auto_vacuum', { simple: true })) !== 0;
  while (canShrink) {
    const free = freeBytes(db);
    if (free === 0) break;
    db.pragma(`incremental_vacuum(${SLICE_PAGES})`);
    if (freeBytes(db) >= free) break;
  }
  db.pragma('wal_checkpoint(truncate)');
  return canShrink;
}

/** A report is over in this time; what takes longer is not waited for. */
const READER_MS = 2000;

/** Writes the store's file anew, so that nothing of what was removed is left in it. False: a reader holds the old one open. */
export function rewrite(db: Database): boolean {
  db.pragma('auto_vacuum = incremental');
  db.exec('vacuum');
  db.pragma(`busy_timeout = ${READER_MS}`);
  // 1: a reader was in the way, and the write-ahead log keeps its pages until it is gone.
  return Number(db.pragma('wal_checkpoint(truncate)', { simple: true })) === 0;
}
