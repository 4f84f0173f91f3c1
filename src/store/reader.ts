import Sqlite from 'better-sqlite3';
import { readerOf, type Db } from './db.ts';
import { homeZone, readMeta } from './meta.ts';
import { migrate } from './migrate.ts';
import { explained, explaining, openForReading } from './open.ts';

export interface Reader {
  readonly db: Db;
  readonly homeZone: string;
  close(): void;
}

/** Opens the store for reports. All that one reader reads is one state of the store, also while an import runs. */
export function openReader(path: string, system: { timeZone: string }): Reader {
  const db = openForReading(path) ?? emptyStore(system);
  const homeZone_ = explaining(path, () => {
    db.exec('begin');
    return readMeta(db, 'home_zone') ?? system.timeZone;
  });
  const reader = readerOf(db);
  const answer = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explained(path, error) ?? error;
    }
  };
  return {
    db: { all: (sql, params) => answer(reader.all(sql, params)), get: (sql, params) => answer(reader.get(sql, params)) },
    homeZone: homeZone_,
    close: () => db.close(),
  };
}

/** Before the first import every answer is that of a store without facts. */
function emptyStore(system: { timeZone: string }): Sqlite.Database {
  const db = new Sqlite(':memory:');
  migrate(db);
  homeZone(db, system.timeZone);
  return db;
}
