import type { Database } from 'better-sqlite3';
import { SEALED_UNDATED_DAY, UNDATED_DAY } from '../model/time.ts';
import { queueAllCarried, refreshCarried } from './carried.ts';
import { raiseFloor, readFloor, type Floor } from './floor.ts';
import { FACT_TYPES, TABLES } from './gate.ts';
import { refreshRollups, sealDurations, sealUndated } from './rollups.ts';
import { refreshScores } from './scores.ts';
import { bytesByTable, freeBytes } from './space.ts';
import { isOpenSql } from '../scores/sealed.ts';
import { openTombstones } from './tombstones.ts';

/** What was taken out of one table: rows, and the bytes of it and its indexes that came free. */
export interface Removed {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface Removal {
  readonly tables: readonly Removed[];
  /** Came free inside of the file. */
  readonly bytesFreed: number;
}

/** Notes the time of import of undated facts: that is what they age by. */
export function stampUndated(db: Database, now: number): void {
  for (const type of FACT_TYPES)
    db.prepare(
      `insert into undated (fact, key, imported_at) select '${type}', key, ? from ${TABLES[type]} where day is null on conflict do nothing`,
    ).run(now);
}

/**
 * Removes the facts of days before `floor` and seals those days: their sums and the scores made of them stay, and nothing
 * that was removed comes in again. A request stays as long as one of its calls does, a turn as long as one of its requests
 * or calls. The caller holds the transaction.
 */
export function prune(db: Database, floor: Floor, now: number): Removal {
  openTombstones(db);
  stampUndated(db, now);
  // What is on a queue is still to be added up, from the facts.
  refreshRollups(db);
  refreshScores(db);
  findDoomed(db, floor);
  const isDone = readFloor(db)?.at === floor.at && db.prepare('select 1 from doomed').get() === undefined;
  sealDurations(db, floor.day);
  raiseFloor(db, floor);
  const removal = isDone ? { tables: [], bytesFreed: 0 } : measured(db, () => new Map([...removeFacts(db), ...removeRest(db, floor.at)]));
  db.exec('drop table doomed');
  return removal;
}

/** Adds what came free to the numbers of rows. */
export function measured(db: Database, remove: () => ReadonlyMap<string, number>): Removal {
  queueAllCarried(db);
  const [before, freeBefore] = [bytesByTable(db), freeBytes(db)];
  const rows = remove();
  refreshRollups(db);
  refreshScores(db);
  refreshCarried(db);
  const after = bytesByTable(db);
  const tables = [...rows].map(([table, count]) => ({
    table,
    rows: count,
    bytes: Math.max(0, (before.get(table) ?? 0) - (after.get(table) ?? 0)),
  }));
  return { tables, bytesFreed: Math.max(0, freeBytes(db) - freeBefore) };
}

/** `doomed`: the facts to remove. */
function findDoomed(db: Database, { day, at }: Floor): void {
  db.exec('create temp table doomed (type text, id integer, primary key (type, id)) without rowid');
  const isOld = (type: string): string => `(f.day is not null and f.day < ${day} or (f.day is null and exists (
    select 1 from undated u where u.fact = '${type}' and u.key = f.key and u.imported_at < ${at})))`;
  const is = (type: string, id: string): string => `exists (select 1 from doomed d where d.type = '${type}' and d.id = ${id})`;
  db.exec(`
    insert into doomed select 'request', f.id from requests f where ${isOld('request')};
    delete from doomed where type = 'request' and exists (select 1 from tool_calls f where f.request_id = doomed.id and not ${isOld('call')});
    insert into doomed select 'call', f.id from tool_calls f where ${isOld('call')} and (f.request_id is null or ${is('request', 'f.request_id')});
    insert into doomed select 'turn', f.id from turns f where ${isOld('turn')};
    delete from doomed where type = 'turn' and id in (
      select r.turn_id from requests r where r.turn_id is not null and not ${is('request', 'r.id')}
      union all select c.turn_id from tool_calls c where c.turn_id is not null and not ${is('call', 'c.id')});`);
  for (const type of ['compaction', 'context', 'listing'] as const)
    db.exec(`insert into doomed select '${type}', f.id from ${TABLES[type]} f where ${isOld(type)}`);
}

/** Rows that are removed, by table. */
function removeFacts(db: Database): Map<string, number> {
  const rows = new Map<string, number>();
  const doomed = (type: string): string => `(select id from doomed where type = '${type}')`;
  // A call that stays because of its request is counted by the sums of its day from now on, too.
  db.exec(
    `insert into score_queue select distinct tool_id from tool_calls where id in ${doomed('call')} or not ${isOpenSql('day')} on conflict do nothing`,
  );
  for (const type of FACT_TYPES)
    db.exec(
      `insert into tombstones select tombstone('${type}', key) from ${TABLES[type]} where id in ${doomed(type)} on conflict do nothing`,
    );
  for (const type of ['turn', 'request', 'call'] as const) {
    db.exec(`insert into rollup_queue select distinct ${UNDATED_DAY}, session_id from ${TABLES[type]} where day is null and id in ${doomed(type)} on conflict do nothing;
      update ${TABLES[type]} set day = ${SEALED_UNDATED_DAY} where day is null and id in ${doomed(type)}`);
  }
  sealUndated(db);
  rows.set('sightings', db.prepare('delete from sightings where (fact, fact_id) in (select type, id from doomed)').run().changes);
  for (const type of FACT_TYPES) {
    db.exec(
      `delete from undated where fact = '${type}' and key not in (select key from ${TABLES[type]} where day is null and id not in ${doomed(type)})`,
    );
    rows.set(TABLES[type], db.prepare(`delete from ${TABLES[type]} where id in ${doomed(type)}`).run().changes);
  }
  return rows;
}

/** Lists that nothing has any more, old runs, and what is left of vanished logs. Sessions are a figure themselves, so they stay. */
function* removeRest(db: Database, before: number): Generator<readonly [string, number]> {
  const remove = (sql: string): number => db.prepare(sql).run().changes;
  yield ['item_lists', removeUnusedLists(db)];
  yield [
    'import_runs',
    remove(`delete from import_runs where finished_at < ${before} and id not in (select max(id) from import_runs)
      and id not in (select max(id) from import_runs where state = 'ok')`),
  ];
  yield [
    'issues',
    remove(`delete from issues where file_id in (select id from log_files where state = 'gone')
      and file_id not in (select file_id from session_files where last_at is null or last_at >= ${before})`),
  ];
  const isReferred = ['session_files', 'issues', 'sightings', ...Object.values(TABLES)].map(
    (table) => `and id not in (select file_id from ${table} where file_id is not null)`,
  );
  yield ['log_files', remove(`delete from log_files where state = 'gone' ${isReferred.join(' ')}`)];
}

/** Returns the number of lists. */
export function removeUnusedLists(db: Database): number {
  const lists = db
    .prepare(
      `delete from item_lists where id not in (select list_id from listings)
         and id not in (select reads_id from tool_calls where reads_id is not null)`,
    )
    .run().changes;
  db.exec(`
    delete from item_list_items where list_id not in (select id from item_lists);
    delete from items where id not in (select item_id from item_list_items)`);
  return lists;
}
