import { createHash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { identify } from '../model/tool.ts';

/** Ids of the names that many facts share, made on first use. */
export interface Names {
  project(path: string): number;
  model(provider: string, name: string): number;
  tool(name: string): number;
  session(source: string, key: string): number;
  /** A thing that can be taken into the context. */
  item(kind: string, name: string): number;
  /** A list of such things of one kind; `items` as a fact has them. Equal lists are one. */
  list(kind: string, items: string): number;
  /** Forgets what was looked up: after a rollback the ids may not exist. */
  forget(): void;
}

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
  const items = dictionary(db, 'select id from items where kind = ? and name = ?', 'insert into items (kind, name) values (?, ?)', (key) =>
    key.split('\0'),
  );
  const item = (kind: string, name: string): number => items.id(`${kind}\0${name}`);
  const addListed = db.prepare('insert into item_list_items (list_id, item_id, size_bytes) values (?, ?, ?)');
  const lists = dictionary(
    db,
    'select id from item_lists where digest = ?',
    'insert into item_lists (digest, kind) values (?, ?)',
    (key) => [createHash('sha1').update(key).digest('base64url'), key.slice(0, key.indexOf('\0'))],
    (id, key) => {
      const [kind = '', json = ''] = key.split('\0', 2);
      const listed: readonly (readonly [string, number | null])[] = JSON.parse(json);
      for (const [name, size] of listed) addListed.run(id, item(kind, name), size);
    },
  );
  return {
    project: projects.id,
    model: (provider, name) => models.id(`${provider}\0${name}`),
    tool: tools.id,
    session: (source, key) => sessions.id(`${source}\0${key}`),
    item,
    list: (kind, json) => lists.id(`${kind}\0${json}`),
    forget: () => {
      for (const names of [projects, models, tools, sessions, items, lists]) names.forget();
    },
  };
}

/** `columns` gives the values of a new row; the first of them are what it is found by. `onNew` completes a row that was made. */
function dictionary(
  db: Database,
  select: string,
  insert: string,
  columns: (key: string) => readonly (string | null)[],
  onNew: (id: number, key: string) => void = () => {},
) {
  const find: Statement<unknown[], { id: number }> = db.prepare(select);
  const add = db.prepare(insert);
  const keys = select.split('?').length - 1;
  const known = new Map<string, number>();
  const id = (key: string): number => {
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const values = columns(key);
    let found = find.get(...values.slice(0, keys))?.id;
    if (found === undefined) {
      found = Number(add.run(...values).lastInsertRowid);
      onNew(found, key);
    }
    known.set(key, found);
    return found;
  };
  return { id, forget: () => known.clear() };
}
