import type { Database } from 'better-sqlite3';
import type { FactType } from '../model/facts/fact.ts';
import type { Applier } from './apply.ts';
import { readFloor } from './floor.ts';
import { FACT_TYPES, TABLES } from './gate.ts';
import { isSealedSql } from '../scores/sealed.ts';
import { queueAll, ROLLUPS } from './rollups.ts';

/** References between facts, in this order: a kept call keeps its request, and that its turn. */
const LINKS: readonly (readonly [child: FactType, field: string, parent: FactType])[] = [
  ['call', 'request_id', 'request'],
  ['call', 'turn_id', 'turn'],
  ['request', 'turn_id', 'turn'],
];

const REREAD = 'select file_id from reread';

/**
 * Removes all that only the given files told, so that reading them again derives it anew. What a vanished log told, alone
 * or together with another, stays, and so does what that refers to, and what is older than the floor: it would not come back. The caller holds the transaction, reads the files,
 * then calls `sweep`.
 */
export function forgetFiles(db: Database, applier: Applier, fileIds: ReadonlySet<number>): { sweep: () => void } {
  db.exec(`
    create temp table reread (file_id integer primary key);
    create temp table sealed (type text, id integer, primary key (type, id));
    create temp table lost (type text, id integer, primary key (type, id));
    create temp table shared (type text, id integer, primary key (type, id));`);
  const add = db.prepare('insert into reread values (?)');
  for (const id of fileIds) add.run(id);
  const floorAt = readFloor(db)?.at ?? null;
  if (floorAt !== null) findSealed(db, floorAt);
  findLost(db);
  const partedRequests = db
    .prepare<[], { id: number }>(
      `select distinct request_id as id from tool_calls where id in (select id from lost where type = 'call')
         and request_id not in (select id from lost where type = 'request')`,
    )
    .all();
  db.exec(`insert into score_queue select distinct tool_id from tool_calls where true on conflict do nothing`);
  queueAll(db);
  db.exec(`
    delete from sightings where (fact, fact_id) in (select type, id from lost);
    delete from sightings where file_id in (${REREAD}) and (fact, fact_id) in (select type, id from shared);`);
  for (const [type, table] of Object.entries(TABLES))
    db.exec(`delete from ${table} where id in (select id from lost where type = '${type}')`);
  settleShared(db, applier, new Set(partedRequests.map(({ id }) => id)));
  db.exec(`
    delete from session_files where file_id in (${REREAD}) ${floorAt === null ? '' : `and (first_at is null or first_at >= ${floorAt})`};
    delete from issues where file_id in (${REREAD});
    update log_files set offset_bytes = 0, line = 0, head_hash = '', tail_hash = '', reader_state = null, size_bytes = -1
      where id in (${REREAD});`);
  return { sweep: () => sweep(db) };
}

/** The time that a fact is as old as; of one without a beginning it is its end. */
const TIMES: Readonly<Record<FactType, string>> = {
  turn: 'coalesce(started_at, ended_at)',
  request: 'started_at',
  call: 'coalesce(started_at, ended_at)',
  compaction: 'at',
  context: 'at',
  listing: 'at',
};

/** `sealed`: facts that began before the floor, or did so as one of several places says it. */
function findSealed(db: Database, floorAt: number): void {
  for (const type of FACT_TYPES) {
    const time = TIMES[type];
    db.exec(`insert into sealed select '${type}', id from ${TABLES[type]} where ${time} < ${floorAt}`);
  }
  db.exec(`insert into sealed select distinct fact, fact_id from sightings
    where coalesce(json_extract(said, '$.startedAt'), json_extract(said, '$.at'), json_extract(said, '$.endedAt')) < ${floorAt}
    on conflict do nothing`);
}

/** `shared`: facts that files to be read again told and others as well; `lost`: those that no other file told or refers to. */
function findLost(db: Database): void {
  db.exec(`insert into shared select distinct g.fact, g.fact_id from sightings g where g.file_id in (${REREAD})
    and (g.fact, g.fact_id) not in (select type, id from sealed) and exists (
    select 1 from sightings o where o.fact = g.fact and o.fact_id = g.fact_id and (o.file_id is null or o.file_id not in (${REREAD})))`);
  for (const [type, table] of Object.entries(TABLES)) {
    db.exec(`insert into lost select '${type}', id from ${table}
      where file_id in (${REREAD}) and id not in (select id from shared where type = '${type}' union all select id from sealed where type = '${type}')`);
  }
  for (const [child, field, parent] of LINKS) {
    db.exec(`delete from lost where type = '${parent}'
      and id in (select ${field} from ${TABLES[child]} where id not in (select id from lost where type = '${child}'))`);
  }
}

/** Decides the facts in `shared` again that others still tell, and divides the costs of requests that lost some of their calls. */
export function settleShared(db: Database, applier: Applier, requestIds: ReadonlySet<number>): void {
  const rest = db
    .prepare<[], { type: FactType; id: number; n: number }>(
      `select s.type, s.id, count(*) as n from shared s join sightings g on g.fact = s.type and g.fact_id = s.id group by s.type, s.id`,
    )
    .all();
  applier.settle(rest, requestIds);
  for (const { type, id, n } of rest) {
    if (n > 1) continue;
    db.prepare(`update ${TABLES[type]} set file_id = (select file_id from sightings where fact = ? and fact_id = ?) where id = ?`).run(
      type,
      id,
      id,
    );
    db.prepare('delete from sightings where fact = ? and fact_id = ?').run(type, id);
  }
}

/** Removes the sessions that nothing tells of any more. */
function sweep(db: Database): void {
  db.exec(`
    delete from sessions where id not in (select session_id from session_files)
      and id not in (select session_id from tool_calls) and id not in (select session_id from requests)
      and id not in (select session_id from turns) and id not in (select session_id from compactions)
      and id not in (select session_id from contexts) and id not in (select session_id from listings)
      and id not in (select session_id from sightings) ${ROLLUPS.map((rollup) => `and id not in (select session_id from ${rollup} where ${isSealedSql('day')})`).join(' ')};
    drop table reread; drop table sealed; drop table lost; drop table shared;`);
}
