import type { Database } from 'better-sqlite3';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What a report reads from. Asynchronous in type, so that the same report can run on a database server. */
export interface Db {
  all(sql: string, params?: Readonly<Record<string, SqlValue>>): Promise<readonly SqlRow[]>;
  get(sql: string, params?: Readonly<Record<string, SqlValue>>): Promise<SqlRow | undefined>;
}

export function readerOf(db: Database): Db {
  return {
    all: async (sql, params = {}) => db.prepare<[typeof params], SqlRow>(sql).all(params),
    get: async (sql, params = {}) => db.prepare<[typeof params], SqlRow>(sql).get(params),
  };
}
