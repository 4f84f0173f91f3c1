import type { Database, Statement } from 'better-sqlite3';
import { identify } from '../model/tool.ts';

/** Ids of the names that many facts share, made on first use. */
export interface Names {
  project(path: string): number;
  model(provider: string, name: string): number;
  tool(name: string): number;
  session(source: string, key: string): number;
  /** Forgets what was looked up: after a rollback the ids may not exist. */
  forget(): void;
}

/** Name of the tool of a result whose call was never seen. */
export const UNKNOWN_TOOL = '(unknown)';

export function openNames(db: Database, machineId: number): Names {
  const tool = (name: string): (string | null)[] => {
    const { kind, server } = identify(name);
    return [name, kind, server];
  };
  const projects = dictionary(db, 'select id from projects where path = ?', 'insert into projects (path) values (?)', (path) => [path]);
  const models = dictionary(
    db,
    'select id from models where provider = ? and name = ?',
    'insert into models (provider, name) values (?, ?)',
    (key) => key.split('\0'),
  );
  const tools = dictionary(db, 'select id from tools where name = ?', 'insert into tools (name, kind, server) values (?, ?, ?)', tool);
  const sessions = dictionary(
    db,
    `select id from sessions where machine_id = ${machineId} and source = ? and key = ?`,
    `insert into sessions (machine_id, source, key) values (${machineId}, ?, ?)`,
    (key) => key.split('\0'),
  );
  return {
    project: projects.id,
    model: (provider, name) => models.id(`${provider}\0${name}`),
    tool: tools.id,
    session: (source, key) => sessions.id(`${source}\0${key}`),
    forget: () => {
      for (const names of [projects, models, tools, sessions]) names.forget();
    },
  };
}

/** `columns` gives the values of a new row; the first of them are what it is found by. */
function dictionary(db: Database, select: string, insert: string, columns: (key: string) => readonly (string | null)[]) {
  const find: Statement<unknown[], { id: number }> = db.prepare(select);
  const add = db.prepare(insert);
  const keys = select.split('?').length - 1;
  const known = new Map<string, number>();
  const id = (key: string): number => {
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const values = columns(key);
    const found = find.get(...values.slice(0, keys))?.id ?? Number(add.run(...values).lastInsertRowid);
    known.set(key, found);
    return found;
  };
  return { id, forget: () => known.clear() };
}
