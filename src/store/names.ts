import type { Database, Statement } from 'better-sqlite3';
import { identify } from '../model/tool.ts';
import { crypto } from './crypto.ts';
import type { Labels } from './labels.ts';

/** Ids of the names that many facts share, made on first use. */
export interface Names {
  /** By its label. */
  project(label: string): number;
  /** The label of a project; it gets its row, or its path back where paths are shown again. */
  projectLabel(path: string): string;
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

export function openNames(db: Database, machineId: number, labels: Labels): Names {
  const tool = (name: string): (string | null)[] => {
    const { kind, server } = identify(name);
    return [name, kind, server];
  };
  const projects = dictionary(db, 'select id from projects where path = ?', 'insert into projects (path) values (?)', (path) => [path]);
  const projectLabel = openProjectLabels(db, labels);
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
    (key) => [crypto().createHash('sha1').update(key).digest('base64url'), key.slice(0, key.indexOf('\0'))],
    (id, key) => {
      const [kind = '', json = ''] = key.split('\0', 2);
      const listed: readonly (readonly [string, number | null])[] = JSON.parse(json);
      for (const [name, size] of listed) addListed.run(id, item(kind, name), size);
    },
  );
  /** Neighbours are mostly of one model, and the key takes longer to make than all else. */
  let last: { readonly provider: string; readonly name: string; readonly id: number } | undefined;
  const model = (provider: string, name: string): number => {
    if (last?.name !== name || last.provider !== provider) last = { provider, name, id: models.id(`${provider}\0${name}`) };
    return last.id;
  };
  return {
    project: (label) => projects.id(projectLabel.now(label)),
    projectLabel: projectLabel.of,
    model,
    tool: tools.id,
    session: (source, key) => sessions.id(`${source}\0${key}`),
    item,
    list: (kind, json) => lists.id(`${kind}\0${json}`),
    forget: () => {
      projectLabel.forget();
      last = undefined;
      for (const names of [projects, models, tools, sessions, items, lists]) names.forget();
    },
  };
}

/** Two projects whose last parts are the same stay two: the one that comes second carries its hash. */
function openProjectLabels(db: Database, labels: Labels) {
  const byKey: Statement<[string], { id: number; path: string }> = db.prepare('select id, path from projects where key = ?');
  const byPath = db.prepare<[string], { id: number }>('select id from projects where path = ?');
  const rename = db.prepare('update projects set path = ? where id = ?');
  const add = db.prepare('insert into projects (path, key) values (?, ?)');
  const isPlain = labels.mode === 'full_path' && db.prepare('select 1 from projects where key is not null limit 1').get() === undefined;
  const known = new Map<string, string>();
  const renamed = new Map<string, string>();
  const find = (path: string): string => {
    const key = labels.projectKey(path);
    const row = byKey.get(key);
    const label = labels.project(path);
    if (row === undefined) {
      if (labels.mode === 'full_path') return path;
      const free = byPath.get(label) === undefined ? label : `${label}${key}`;
      add.run(free, key);
      return free;
    }
    if (labels.mode !== 'full_path' || path === key || byPath.get(path) !== undefined) return row.path;
    rename.run(path, row.id);
    renamed.set(row.path, path);
    return path;
  };
  const of = (path: string): string => {
    if (isPlain) return path;
    let label = known.get(path);
    if (label === undefined) known.set(path, (label = find(path)));
    return label;
  };
  return {
    of,
    /** What has that label now. */
    now: (label: string): string => renamed.get(label) ?? label,
    forget: () => {
      known.clear();
      renamed.clear();
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
