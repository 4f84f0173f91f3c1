import type { Database } from 'better-sqlite3';
import { TABLES } from './gate.ts';

/*
 * An index that is made of all rows at once costs less than one that each row is put into, so an empty store that gets much has
 * most of them made at the end. Until then the statements that make them are in the store: a run that is cut off leaves them to
 * the next one. Nothing needs them meanwhile; reports take longer.
 */

/** The costs of requests are divided among their calls all the time. */
const NEEDED = 'tool_calls_request';

/** Drops the indexes of the facts of a store that holds none. The caller holds the transaction. */
export function putOffIndexes(db: Database): void {
  if (db.prepare('select 1 from sessions limit 1').get() !== undefined) return;
  const indexes = db
    .prepare<[], { name: string; sql: string }>(
      `select name, sql from sqlite_schema where type = 'index' and sql is not null and name <> '${NEEDED}'
         and tbl_name in (select value from json_each('${JSON.stringify(Object.values(TABLES))}'))`,
    )
    .all();
  const add = db.prepare('insert into pending_indexes (sql) values (?)');
  for (const { name, sql } of indexes) {
    add.run(sql);
    db.exec(`drop index ${name}`);
  }
}

/** Makes what was put off, now or by a run before. The caller holds the transaction. */
export function makePendingIndexes(db: Database): void {
  const pending = db.prepare<[], string>('select sql from pending_indexes').pluck().all();
  for (const sql of pending) db.exec(sql);
  if (pending.length > 0) db.exec('delete from pending_indexes');
}
