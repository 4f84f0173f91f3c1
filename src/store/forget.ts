import type { Database } from 'better-sqlite3';
import type { FactType } from '../model/facts/fact.ts';
import { UNDATED_DAY } from '../model/time.ts';
import type { Applier } from './apply.ts';
import { labelsOf } from './labels.ts';
import { openLogFiles, type FileStat } from './files.ts';
import { readFloor } from './floor.ts';
import { FACT_TYPES, TABLES } from './gate.ts';
import { measured, removeUnusedLists, type Removal } from './prune.ts';
import { settleShared } from './rebuild.ts';
import { refreshRollups, ROLLUPS } from './rollups.ts';
import { refreshScores } from './scores.ts';
import { openTombstones } from './tombstones.ts';

const ERASED = 'select id from erased';
const lost = (type: FactType): string => `(select id from lost where type = '${type}')`;

/**
 * Erases sessions: their facts, their sums of all days, what only their logs said, and every name that nothing else uses.
 * What other sessions tell as well stays theirs. Digests keep them from coming in again. The caller holds the transaction.
 */
export function forgetSessions(db: Database, applier: Applier, sessionIds: readonly number[]): Removal {
  db.pragma('secure_delete = on');
  refreshRollups(db);
  refreshScores(db);
  db.exec(`
    create temp table erased (id integer primary key);
    create temp table lost (type text, id integer, primary key (type, id));
    create temp table shared (type text, id integer, primary key (type, id));`);
  const add = db.prepare('insert into erased values (?)');
  for (const id of sessionIds) add.run(id);
  findLost(db);
  const removal = measured(db, () => {
    bury(db);
    const rows = removeFacts(db, applier);
    for (const [table, count] of removeLogs(db)) rows.set(table, count);
    for (const [table, count] of removeSessions(db)) rows.set(table, count);
    return rows;
  });
  removeNames(db);
  db.exec('drop table erased; drop table lost; drop table shared');
  return removal;
}

/** `shared`: facts that other sessions tell as well; `lost`: the rest. */
function findLost(db: Database): void {
  db.exec(`insert into shared select distinct fact, fact_id from sightings g where session_id in (${ERASED})
    and exists (select 1 from sightings o where o.fact = g.fact and o.fact_id = g.fact_id and o.session_id not in (${ERASED}))`);
  // Of a sealed day a few rows are left. They are not decided anew: who has them keeps them.
  const floor = readFloor(db);
  for (const type of floor === null ? [] : FACT_TYPES)
    db.exec(`delete from shared where type = '${type}' and id in (select id from ${TABLES[type]} where day < ${floor?.day ?? 0})`);
  for (const type of FACT_TYPES)
    db.exec(`insert into lost select '${type}', id from ${TABLES[type]} where session_id in (${ERASED})
      and id not in (select id from shared where type = '${type}')`);
}

/** Nothing of these sessions comes in again, from whatever log or export. */
function bury(db: Database): void {
  const tombstones = openTombstones(db);
  const sessions = db.prepare<[], { source: string; key: string }>(`select source, key from sessions where id in (${ERASED})`).all();
  for (const { source, key } of sessions) tombstones.add('session', source, key);
}

function removeFacts(db: Database, applier: Applier): Map<string, number> {
  const rows = new Map<string, number>();
  db.exec(`
    insert into score_queue select tool_id from tool_calls where session_id in (${ERASED})
      union select tool_id from rollup_calls where session_id in (${ERASED}) on conflict do nothing;`);
  const parted = db
    .prepare<[], { id: number }>(
      `select distinct request_id as id from tool_calls where id in ${lost('call')} and request_id is not null and request_id not in ${lost('request')}`,
    )
    .all();
  // What other sessions did in a request or turn that is erased was done in none that is known.
  db.exec(`
    insert into rollup_queue select distinct coalesce(day, ${UNDATED_DAY}), session_id from tool_calls
      where request_id in ${lost('request')} and id not in ${lost('call')} on conflict do nothing;
    insert into score_queue select distinct tool_id from tool_calls where request_id in ${lost('request')} on conflict do nothing;
    update tool_calls set request_id = null, cost_nano_usd = null where request_id in ${lost('request')};
    update tool_calls set turn_id = null where turn_id in ${lost('turn')};
    update requests set turn_id = null where turn_id in ${lost('turn')};`);
  let sightings = db.prepare('delete from sightings where (fact, fact_id) in (select type, id from lost)').run().changes;
  sightings += db.prepare(`delete from sightings where session_id in (${ERASED})`).run().changes;
  for (const type of FACT_TYPES) {
    db.exec(`delete from undated where fact = '${type}' and key in (select key from ${TABLES[type]} where id in ${lost(type)})`);
    rows.set(TABLES[type], db.prepare(`delete from ${TABLES[type]} where id in ${lost(type)}`).run().changes);
  }
  settleShared(db, applier, new Set(parted.map(({ id }) => id)));
  return rows.set('sightings', sightings);
}

/** Logs that told of these sessions only. Of those that are there, a digest remains: they need not be read again to find that out. */
function* removeLogs(db: Database): Generator<readonly [string, number]> {
  const files = openLogFiles(db, 0, labelsOf(db));
  const only = `select file_id from session_files where session_id in (${ERASED})
      union select f.id from log_files f join sessions s on s.id in (${ERASED}) and instr(f.path, s.key) > 0
    except select file_id from session_files where session_id not in (${ERASED})`;
  const logs = db
    .prepare<[], FileStat & { path: string }>(
      `select coalesce(key, path) as path, device, inode, size_bytes as sizeBytes, modified_ms as modifiedMs, changed_ms as changedMs
       from log_files where id in (${only}) and state = 'present'`,
    )
    .all();
  for (const log of logs) files.forget(log.path, log);
  yield ['issues', db.prepare(`delete from issues where file_id in (${only})`).run().changes];
  yield ['log_files', db.prepare(`delete from log_files where id in (${only})`).run().changes];
}

function* removeSessions(db: Database): Generator<readonly [string, number]> {
  const keys = `select key from sessions where id in (${ERASED})`;
  const project = `select project_id from sessions where id in (${ERASED}) except select project_id from sessions where id not in (${ERASED})`;
  const paths = `select p.path from projects p where p.id in (${project})`;
  db.exec(`
    update sessions set parent = null where parent in (${keys});
    update session_files set parent = null where parent in (${keys});
    update session_files set project_id = null, project_at = null where project_id in (${project});
    update import_runs set error = 'an error about what was forgotten' where exists (
      select 1 from (${keys} union all ${paths}) as told where instr(error, told.key) > 0);
    delete from rollup_queue where session_id in (${ERASED});
    delete from session_files where session_id in (${ERASED});`);
  for (const rollup of ROLLUPS) yield [rollup, db.prepare(`delete from ${rollup} where session_id in (${ERASED})`).run().changes];
  yield ['sessions', db.prepare(`delete from sessions where id in (${ERASED})`).run().changes];
}

/** Names that nothing uses any more. */
function removeNames(db: Database): void {
  removeUnusedLists(db);
  db.exec(`
    delete from projects where id not in (select project_id from sessions where project_id is not null)
      and id not in (select project_id from session_files where project_id is not null);
    delete from tools where id not in (select tool_id from tool_calls) and id not in (select tool_id from rollup_calls);
    delete from models where id not in (select model_id from requests where model_id is not null)
      and id not in (select model_id from rollup_requests) and id not in (select model_id from rollup_calls);
    delete from model_rates where model_id not in (select id from models);
    delete from kept_prices where model_id not in (select id from models)`);
}
