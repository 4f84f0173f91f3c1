import Sqlite from 'better-sqlite3';
import { UsageError } from '../model/errors.ts';
import { readerOf, type Db } from './db.ts';
import { homeZone, readMeta } from './meta.ts';
import { migrate } from './migrate.ts';
import { explained, explaining, openForReading } from './open.ts';
import { scanPrivacy, type Held } from './privacy-scan.ts';
import { CREATE_VIEWS } from './views.ts';

export interface Reader {
  readonly db: Db;
  readonly homeZone: string;
  /** Answers one select of a person's own over the views. Throws UsageError for anything else. */
  select(sql: string): Answer;
  /** Columns of a view. */
  columns(view: string): readonly string[];
  /** What kinds of things the columns hold, and whether anything else stands in one. */
  privacy(): readonly Held[];
  close(): void;
}

export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
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
    select: (sql) => select(db, path, sql),
    columns: (view) => select(db, path, `select * from ${view} limit 0`).columns,
    privacy: () => explaining(path, () => scanPrivacy(db)),
    close: () => db.close(),
  };
}

/** Before the first import every answer is that of a store without facts. */
function emptyStore(system: { timeZone: string }): Sqlite.Database {
  const db = new Sqlite(':memory:');
  migrate(db);
  homeZone(db, system);
  return db;
}

const HINT = 'Ask one select; usage sql --views lists what there is.';

function select(db: Sqlite.Database, path: string, sql: string): Answer {
  explaining(path, () => db.exec(CREATE_VIEWS));
  try {
    const statement = db.prepare<[], unknown[]>(sql);
    // A pragma reads, too, and some of them change the connection.
    const isSelect = /^(?:\s|--.*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*(?:select|with|values)\b/i.test(sql);
    if (!isSelect || !statement.reader || !statement.readonly) throw new UsageError('usage sql only reads.', HINT);
    return { columns: statement.columns().map(({ name }) => name), rows: statement.raw().all() };
  } catch (error) {
    const known = explained(path, error);
    if (known !== undefined || error instanceof UsageError || !(error instanceof Error)) throw known ?? error;
    throw new UsageError(`SQLite does not take this: ${error.message.replace(/\.$/, '')}.`, HINT);
  }
}
