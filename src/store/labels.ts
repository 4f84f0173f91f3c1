import type { Database } from 'better-sqlite3';
import { modeOf, type LabelMode } from '../model/labels.ts';
import { crypto } from './crypto.ts';
import { readMeta, storeSecret } from './meta.ts';
import type { Db } from './db.ts';

/**
 * What is kept of a path. A hash is keyed with the secret of the store, so no other store gives the same one; it hides a
 * path from whoever sees an answer or an export, not from somebody who holds the store, and with it the key, and guesses.
 * What is a label already stays as it is.
 */
export interface Labels {
  readonly mode: LabelMode;
  /** Of a project: its path, the last part of it, or a hash. */
  project(path: string): string;
  /** Of a log or a memory file. Unlike projects, many of these share their names: a hash tells them apart. */
  file(path: string): string;
  /** A name of a branch may tell as much as that of a folder. */
  branch(name: string): string;
  /** What a project is known by when its label is not its path. */
  projectKey(path: string): string;
  /** The same for a log: a hash for each folder on the way to it, so that one below another can be told. */
  fileKey(path: string): string;
  /** JSON of what a reader remembers, its paths replaced by their keys. */
  readerState(json: string): string;
}

const HASH = /(?:^|[^/\\])?#[0-9a-f]{12}$/;
const PATH = /^(?:[\\/~]|[A-Za-z]:[\\/])/;

export function openLabels(secret: string, mode: LabelMode): Labels {
  const digest = (text: string): string => `#${crypto().createHmac('sha256', secret).update(text).digest('hex').slice(0, 12)}`;
  const key = (path: string): string => hashOf(path) ?? digest(path);
  const folders = new Map<string, string>();
  const fileKey = (path: string): string => {
    if (path.startsWith('#')) return path;
    const cut = path.search(/[\\/][^\\/]*$/);
    if (cut <= 0) return digest(path);
    const folder = path.slice(0, cut);
    let above = folders.get(folder);
    if (above === undefined) folders.set(folder, (above = fileKey(folder)));
    return `${above}/${digest(path).slice(1)}`;
  };
  const byMode = (path: string, short: (name: string) => string): string => {
    if (mode === 'full_path' || path.startsWith('#')) return path;
    if (mode === 'hashed') return key(path);
    return hashOf(path) === undefined ? short(baseOf(path)) : path;
  };
  return {
    mode,
    project: (path) => byMode(path, (name) => name),
    file: (path) => byMode(path, (name) => `${name}${digest(path)}`),
    branch: (name) => (mode === 'hashed' ? key(name) : name),
    projectKey: key,
    fileKey,
    readerState: (json) =>
      mode === 'full_path'
        ? json
        : JSON.stringify(JSON.parse(json, (_, value: unknown) => (typeof value === 'string' && PATH.test(value) ? key(value) : value))),
  };
}

/** The labels of a store. */
export const labelsOf = (db: Database): Labels => openLabels(storeSecret(db), modeOf(readMeta(db, 'labels')));

/** A project as a person says it, as the store says it: a whole path is found behind any label. */
export async function projectAsked(db: Db, asked: string): Promise<string> {
  const meta = await db.all(`select key, value from meta where key in ('labels', 'secret')`);
  const value = (key: string): string => String(meta.find((row) => row['key'] === key)?.['value'] ?? '');
  const mode = modeOf(value('labels'));
  if (mode === 'full_path' || asked.includes('*')) return asked;
  const labels = openLabels(value('secret'), mode);
  const row = await db.get('select path from projects where key = :key', { key: labels.projectKey(asked) });
  if (typeof row?.['path'] === 'string') return row['path'];
  return PATH.test(asked) ? labels.project(asked) : asked;
}

/** The hash of a label that ends in one. */
const hashOf = (label: string): string | undefined => HASH.exec(label)?.[0].slice(-13);

const baseOf = (path: string): string => path.replace(/[\\/]+$/, '').replace(/^.*[\\/]/, '') || path;
