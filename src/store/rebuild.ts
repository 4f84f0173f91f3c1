import type { Database } from 'better-sqlite3';
import type { FactType } from '../model/merge.ts';
import type { Applier } from './apply.ts';
import { queueAll } from './rollups.ts';

const TABLES: Readonly<Record<FactType, string>> = {
  turn: 'turns',
  request: 'requests',
  call: 'tool_calls',
  compaction: 'compactions',
  context: 'contexts',
};

/** References between facts: a kept fact may point at one that is removed and read again under another id. */
const LINKS: readonly (readonly [child: FactType, field: string, parent: FactType])[] = [
  ['call', 'request_id', 'request'],
  ['call', 'turn_id', 'turn'],
  ['request', 'turn_id', 'turn'],
];

/**
 * Removes all that only the given files told, so that reading them again derives it anew. What a vanished log told, alone
 * or together with another, stays. The caller holds the transaction, reads the files, then calls `relink`.
 */
export function forgetFiles(db: Database, applier: Applier, fileIds: ReadonlySet<number>): { relink: () => void } {
  db.exec(`
    create temp table reread (file_id integer primary key);
    create temp table several (type text, id integer, primary key (type, id));
    create temp table lost (type text, id integer, primary key (type, id));
    create temp table links (child text, child_id integer, field text, key text);`);
  const add = db.prepare('insert into reread values (?)');
  for (const id of fileIds) add.run(id);
  db.exec('insert into several select distinct fact, fact_id from sightings');
  db.exec('delete from sightings where file_id in (select file_id from reread)');
  for (const [type, table] of Object.entries(TABLES)) {
    db.exec(`
      insert into lost select '${type}', id from ${table}
        where file_id in (select file_id from reread) and id not in (select id from several where type = '${type}');
      insert into lost select '${type}', id from several
        where type = '${type}' and id not in (select fact_id from sightings where fact = '${type}');`);
  }
  for (const [child, field, parent] of LINKS) {
    // Not of children that are removed too: their ids will be those of others.
    db.exec(`insert into links select '${child}', c.id, '${field}', p.key from ${TABLES[child]} c join ${TABLES[parent]} p on p.id = c.${field}
      where p.id in (select id from lost where type = '${parent}') and c.id not in (select id from lost where type = '${child}')`);
  }
  db.exec(`insert into score_queue select distinct tool_id from tool_calls where true on conflict do nothing`);
  queueAll(db);
  for (const [type, table] of Object.entries(TABLES)) db.exec(`delete from ${table} where id in (select id from lost where type = '${type}')`);
  settleRest(db, applier);
  db.exec(`
    delete from session_files where file_id in (select file_id from reread);
    delete from issues where file_id in (select file_id from reread);
    update log_files set offset_bytes = 0, line = 0, head_hash = '', tail_hash = '', reader_state = null, size_bytes = -1
      where id in (select file_id from reread);`);
  return { relink: () => relink(db) };
}

/** Facts that several places told and that some of them still tell. */
function settleRest(db: Database, applier: Applier): void {
  const rest = db
    .prepare<[], { type: FactType; id: number; n: number }>(
      `select s.type, s.id, count(*) as n from several s join sightings g on g.fact = s.type and g.fact_id = s.id group by s.type, s.id`,
    )
    .all();
  applier.settle(rest);
  for (const { type, id, n } of rest) {
    if (n > 1) continue;
    db.prepare(
      `update ${TABLES[type]} set file_id = (select file_id from sightings where fact = ? and fact_id = ?) where id = ?`,
    ).run(type, id, id);
    db.prepare('delete from sightings where fact = ? and fact_id = ?').run(type, id);
  }
}

function relink(db: Database): void {
  for (const [child, field, parent] of LINKS) {
    const table = TABLES[child];
    db.exec(`update ${table} set ${field} = (
        select p.id from links l join ${TABLES[parent]} p on p.key = l.key
        where l.child = '${child}' and l.field = '${field}' and l.child_id = ${table}.id)
      where id in (select child_id from links where child = '${child}' and field = '${field}')`);
  }
  db.exec(`
    delete from sessions where id not in (select session_id from session_files)
      and id not in (select session_id from tool_calls) and id not in (select session_id from requests)
      and id not in (select session_id from turns) and id not in (select session_id from compactions)
      and id not in (select session_id from contexts) and id not in (select session_id from sightings);
    drop table reread; drop table several; drop table lost; drop table links;`);
}
