import { chmodSync, closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { FailError } from '../model/errors.ts';
import { canShareMemory } from './file-system.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './migrate.ts';

/** Twice SQLite's own: trees are less deep, and rows are spread over fewer pages. */
const PAGE_BYTES = 8192;

/** Holds what a batch changes of the trees, which are written together. A third less, and an import takes an eighth longer; more gains nothing. */
const CACHE_KIB = 6144;

/** Another program's write is waited for this long. */
export const BUSY_MS = 10_000;

/**
 * Opens the store for writing, makes it where there is none and brings it to the present schema. Nothing is written
 * before the file is known to be ours. Throws FailError for a file that is not ours, newer, damaged or read-only.
 */
export function openForWriting(path: string, isOfOneMachine: (path: string) => boolean = canShareMemory): Database {
  // Before SQLite makes the -wal and -shm files, which take over the store's mode.
  process.umask(0o077);
  return explaining(path, () => {
    refuseForeignLink(path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const isNew = !hasContent(path);
    if (!isNew && !hasOurHead(path)) inspect(path);
    const db = new Sqlite(path, { timeout: BUSY_MS });
    try {
      if (!isNew) check(db, path); // what its head says can be out of date
      refuseOldSqlite(String(db.prepare('select sqlite_version()').pluck().get()));
      tighten(path);
      if (isNew) layOut(db);
      db.pragma(`journal_mode = ${isOfOneMachine(path) ? 'wal' : 'delete'}`);
      db.pragma('synchronous = normal');
      db.pragma('foreign_keys = off'); // a fact may be known before what it refers to
      db.pragma('trusted_schema = off');
      db.pragma(`cache_size = -${CACHE_KIB}`);
      db.pragma('temp_store = memory');
      migrate(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Only possible before the first table. */
function layOut(db: Database): void {
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.pragma('auto_vacuum = incremental'); // lets pruning give disk back
}

/** Opens the store for reports; null where there is none yet. Works on a store that cannot be written, too. */
export function openForReading(path: string): Database | null {
  return explaining(path, () => {
    refuseForeignLink(path);
    if (!hasContent(path)) return null;
    const db = openReadOnly(path);
    try {
      if (!check(db, path)) {
        db.close();
        return null;
      }
      if (Number(db.pragma('user_version', { simple: true })) < SCHEMA_VERSION) return upgradedCopy(db);
      db.pragma('trusted_schema = off');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A report writes nothing: until the next import brings an older store to the present schema, it is read in a copy that has it. */
function upgradedCopy(db: Database): Database {
  const image = db.serialize();
  db.close();
  const copy = openImage(image);
  migrate(copy);
  return copy;
}

function openReadOnly(path: string): Database {
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
    db.pragma('schema_version');
    return db;
  } catch (error) {
    if (!/^SQLITE_(READONLY|CANTOPEN)/.test(codeOf(error)) || existsSync(`${path}-wal`)) throw error;
    return openCopy(path);
  }
}

/**
 * A write-ahead-log database needs a writable folder even to be read. Where it has none and no log is pending, the file
 * alone is the whole store: it is read into memory.
 */
const openCopy = (path: string): Database => openImage(readFileSync(path));

/** Two bytes of its head say that a write-ahead log belongs to it, which memory has none of. */
function openImage(image: Buffer): Database {
  image[18] = 1;
  image[19] = 1;
  return new Sqlite(image);
}

/** Before it, two connections to a write-ahead log could lose what was committed. */
const SOUND_SQLITE = [3, 51, 3] as const;

export function refuseOldSqlite(version: string): void {
  const parts = version.split('.').map(Number);
  const differs = SOUND_SQLITE.findIndex((least, index) => parts[index] !== least);
  if (differs === -1 || (parts[differs] ?? 0) > (SOUND_SQLITE[differs] ?? 0)) return;
  throw new FailError(
    `SQLite ${version} can lose data; usage needs ${SOUND_SQLITE.join('.')} or later.`,
    'Run: npm install better-sqlite3@latest',
  );
}

/** Says the file itself that it is a store of ours that this program knows? Then SQLite may open it as one that writes. */
function hasOurHead(path: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  const version = head.readUInt32BE(USER_VERSION_AT);
  return (
    head.toString('latin1', 0, 16) === 'SQLite format 3\0' &&
    head.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID &&
    version <= SCHEMA_VERSION
  );
}

/** As SQLite's file format lays it out. */
const HEAD_BYTES = 100;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

/** Looks into a file that is to be written to, by a connection that cannot. */
function inspect(path: string): void {
  const db = openReadOnly(path);
  try {
    check(db, path);
  } finally {
    db.close();
  }
}

/** Is it a store of ours with a schema? False: an empty database, as a crash right after its making leaves it. */
function check(db: Database, path: string): boolean {
  const application = Number(db.pragma('application_id', { simple: true }));
  const version = Number(db.pragma('user_version', { simple: true }));
  if (application === 0 && version === 0 && db.prepare('select 1 from sqlite_master').get() === undefined) return false;
  if (application !== APPLICATION_ID) {
    throw new FailError(`${path} is a database of another program, not a usage store.`, 'Name another file with --db or USAGE_DB.');
  }
  if (version > SCHEMA_VERSION) {
    throw new FailError(
      `${path} was written by a newer usage (schema ${version}, this one knows ${SCHEMA_VERSION}).`,
      'Upgrade usage, or name another file with --db.',
    );
  }
  return version > 0;
}

function refuseForeignLink(path: string): void {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link === undefined || !link.isSymbolicLink()) return;
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined || target.size === 0) {
    throw new FailError(`${path} is a symbolic link that leads to no usage store.`, 'Remove the link, or name the file itself with --db.');
  }
}

function hasContent(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) throw new FailError(`${path} is a folder; the store is a file.`, 'Name a file with --db.');
  return stat !== undefined && stat.size > 0;
}

/** A store made by other means may be open to others; it names projects and sessions. */
function tighten(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`, `${path}-lock`]) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && (stat.mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Turns SQLite's and the system's errors about the store into one sentence. */
export function explaining<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explained(path, error) ?? error;
  }
}

export function explained(path: string, error: unknown): FailError | undefined {
  const code = codeOf(error);
  const cause = { cause: error };
  if (code === 'SQLITE_NOTADB') return new FailError(`${path} is not a usage store.`, 'Name another file with --db or USAGE_DB.', cause);
  // A short read: the file ends before a page that it says it has.
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_IOERR_SHORT_READ') {
    return new FailError(`${path} is damaged.`, 'Restore it from a backup, or move it away and run: usage import', cause);
  }
  if (
    code.startsWith('SQLITE_READONLY') ||
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'EPERM' ||
    code === 'ELOOP' ||
    code.startsWith('SQLITE_CANTOPEN')
  ) {
    return new FailError(
      `${path} cannot be opened.`,
      'Check the permissions of the file and its folder, or name another with --db.',
      cause,
    );
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new FailError(
      `No space is left for ${path}; nothing that it held is lost.`,
      'Free some space and run the command again.',
      cause,
    );
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new FailError(
      `${path} could not be read or written (${code}); nothing that it held is lost.`,
      'Check the disk and its space, then run the command again.',
      cause,
    );
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new FailError(`Another program is writing ${path}.`, 'Run the command again when it has finished.', cause);
  }
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new FailError(`${dirname(path)} is not a folder.`, 'Name another file with --db.', cause);
  return undefined;
}
