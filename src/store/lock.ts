import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import Sqlite, { type Database } from 'better-sqlite3';
import { EXIT, FailError } from '../model/errors.ts';
import { explained, explaining } from './open.ts';

/**
 * One importer at a time. The lock is a write transaction on a small database beside the store, held as long as the
 * import runs: whatever ends the process, the system releases it, so there is no stale lock to clear. A row in it names
 * the holder for whom comes second. Throws FailError (exit 4) while another one holds it.
 */
export function lockImports(storePath: string, now: number): () => void {
  if (storePath === ':memory:') return () => {};
  const path = `${storePath}-lock`;
  const db = explaining(path, () => new Sqlite(path, { timeout: 0 }));
  try {
    db.exec('create table if not exists holder (id integer primary key check (id = 1), pid integer, host text, since integer)');
    db.exec('begin immediate');
    db.prepare('insert or replace into holder (id, pid, host, since) values (1, ?, ?, ?)').run(process.pid, hostname(), now);
    // Commit so that others can read who holds it, and take it again at once.
    db.exec('commit');
    db.exec('begin immediate');
  } catch (error) {
    const holder = holderOf(db);
    db.close();
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))) throw explained(path, error) ?? error;
    throw new FailError(`Another import is running${holder}.`, 'It is left alone; run the command again when it has finished.', {
      exitCode: EXIT.locked,
    });
  }
  return () => {
    db.exec('rollback');
    db.close();
  };
}

/** What is still to be written by a holder that has just begun is waited for this long. */
const NAMING_MS = 1000;

function holderOf(db: Database): string {
  try {
    db.pragma(`busy_timeout = ${NAMING_MS}`);
    const row = db.prepare<[], { pid: number; host: string; since: number }>('select pid, host, since from holder').get();
    return row === undefined ? '' : ` (process ${row.pid} on ${row.host}, since ${new Date(row.since).toISOString()})`;
  } catch {
    return '';
  }
}

/** Who imports right now, in words; null: nobody. */
export function importerOf(storePath: string): string | null {
  if (!existsSync(`${storePath}-lock`)) return null;
  const db = new Sqlite(`${storePath}-lock`, { timeout: 0 });
  try {
    db.exec('begin immediate');
    db.exec('rollback');
    return null;
  } catch {
    return holderOf(db).replace(/^ \(|\)$/g, '') || 'another process';
  } finally {
    db.close();
  }
}
