import type { Database } from 'better-sqlite3';
import type { LabelMode } from '../model/labels.ts';
import { crypto } from './crypto.ts';
import { labelsOf, openLabels, type Labels } from './labels.ts';
import { deleteMeta, storeSecret, writeMeta } from './meta.ts';

/** Columns that hold a path or a name like it, beside those of projects, and what becomes of them. */
const PATHS: readonly { readonly table: string; readonly set: string; readonly where?: string }[] = [
  {
    table: 'log_files',
    set: 'path = label_file(path), key = label_file_key(coalesce(key, path)), reader_state = label_state(reader_state)',
  },
  { table: 'sessions', set: 'branch = label_branch(branch)', where: 'branch is not null' },
  { table: 'session_files', set: 'branch = label_branch(branch)', where: 'branch is not null' },
  {
    table: 'contexts',
    set: 'slug = label_file(slug)',
    where: `kind = 'memory' and (instr(slug, '/') > 0 or instr(slug, char(92)) > 0 or instr(slug, '#') > 0)`,
  },
  { table: 'items', set: 'name = label_file(name)', where: `kind = 'memory'` },
  { table: 'sightings', set: 'said = label_said(fact, said)', where: `said is not null and fact in ('call', 'listing', 'context')` },
  { table: 'import_runs', set: 'error = label_error(error)', where: 'error is not null' },
];

/**
 * Replaces every path in the store by its label, also of files that are gone; the caller holds the transaction, and rewrites
 * the file. Where paths are to be seen again nothing is replaced: a label is no path, and gets one back when an import meets
 * the file or the project again.
 */
export function relabel(db: Database, mode: LabelMode): void {
  const before = labelsOf(db).mode;
  writeMeta(db, 'labels', mode);
  deleteMeta(db, 'settled_logs'); // the next import meets each of them
  if (mode === 'full_path' || mode === before) return;
  addFunctions(db, openLabels(storeSecret(db), mode));
  relabelProjects(db, openLabels(storeSecret(db), mode));
  for (const { table, set, where = 'true' } of PATHS) db.exec(`update ${table} set ${set} where ${where}`);
  // A list is known by what is in it.
  const lists = db
    .prepare<[], { id: number; items: string }>(
      `select id, (select json_group_array(json_array(name, size_bytes)) from (select i.name, x.size_bytes
         from item_list_items x join items i on i.id = x.item_id where x.list_id = l.id order by i.name)) as items
       from item_lists l where kind = 'memory'`,
    )
    .all();
  const save = db.prepare('update item_lists set digest = ? where id = ?');
  for (const { id, items } of lists) save.run(crypto().createHash('sha1').update(`memory\0${items}`).digest('base64url'), id);
}

/** Projects whose labels would be the same carry their hashes, so that each stays one of its own. */
function relabelProjects(db: Database, labels: Labels): void {
  const rows = db
    .prepare<[], { id: number; path: string; key: string | null }>('select id, path, key from projects')
    .all()
    .map(({ id, path, key }) => ({ id, key: key ?? labels.projectKey(path), label: labels.project(path) }));
  const count = new Map<string, number>();
  for (const { label } of rows) count.set(label, (count.get(label) ?? 0) + 1);
  // A label may be what another project is still called.
  db.exec(`update projects set path = 'project ' || id`);
  const save = db.prepare('update projects set path = ?, key = ? where id = ?');
  for (const { id, key, label } of rows) save.run((count.get(label) ?? 0) > 1 ? `${label}${key}` : label, key, id);
}

/** A sentence about a failed import may name a file, with blanks in it. */
export const errorWithoutPath = (error: string): string =>
  /[\\/]/.test(error) ? 'it failed; the reason names a path and is not kept' : error;

function addFunctions(db: Database, labels: Labels): void {
  const text = (name: string, of: (text: string) => string): void =>
    void db.function(name, { deterministic: true, directOnly: true }, (value) => (typeof value === 'string' ? of(value) : null));
  text('label_file', labels.file);
  text('label_file_key', labels.fileKey);
  text('label_state', labels.readerState);
  text('label_branch', labels.branch);
  text('label_error', errorWithoutPath);
  db.function('label_said', { deterministic: true, directOnly: true }, (fact, said) => labelSaid(labels, String(fact), String(said)));
}

/** What a place said of a fact, as JSON. */
function labelSaid(labels: Labels, type: string, said: string): string {
  const fact: Record<string, unknown> = JSON.parse(said);
  const items = (json: string): string => {
    const listed: readonly (readonly [string, number | null])[] = JSON.parse(json);
    const sorted = listed.map(([name, size]) => [labels.file(name), size] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(sorted);
  };
  const { reads, items: listed, kind, slug } = fact;
  if (type === 'call' && typeof reads === 'string' && reads.startsWith('memory:'))
    return JSON.stringify({ ...fact, reads: `memory:${items(reads.slice('memory:'.length))}` });
  if (kind !== 'memory') return said;
  if (type === 'listing' && typeof listed === 'string') return JSON.stringify({ ...fact, items: items(listed) });
  if (type === 'context' && typeof slug === 'string' && /[\\/#]/.test(slug)) return JSON.stringify({ ...fact, slug: labels.file(slug) });
  return said;
}
