import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { FailError } from '../model/errors.ts';
import type { RootContext, Source } from '../model/source.ts';
import { isCompressed, type Log } from './plan.ts';
import { scanFolder, statOf, type FoundFile } from './scan.ts';

export interface LogQuery {
  readonly sources: readonly Source[];
  /** Files, folders or patterns that a person named; empty: the roots of the sources. */
  readonly paths: readonly string[];
  /** Folders to look in instead of the sources' own; they need not exist. */
  readonly roots: readonly string[];
  readonly context: RootContext;
  readonly cwd: string;
}

export interface FoundLogs {
  readonly logs: readonly Log[];
  readonly unreadable: readonly string[];
  /** Where was looked, and whether there was anything to look into. */
  readonly looked: readonly { readonly source: Source | null; readonly folder: string; readonly exists: boolean }[];
  /** Those of them that are there. */
  readonly folders: readonly string[];
  /** Named files that no source recognises. */
  readonly unrecognised: readonly string[];
  /** Would a log have been found that a store knows by this name? `namesOf`: how it may know a folder. */
  covers(name: string, namesOf: (path: string) => readonly string[]): boolean;
}

/** Finds the logs to read: those of the sources' roots, or those that a person named. Throws FailError for a named path that does not exist. */
export async function findLogs(query: LogQuery): Promise<FoundLogs> {
  const named = await expand(query.paths, query.cwd);
  const byContent = [...named, ...query.roots.map((root) => resolve(query.cwd, root))];
  if (byContent.length > 0) return inFolders(query, byContent);
  const looked: FoundLogs['looked'][number][] = [];
  const logs: Log[] = [];
  const unreadable: string[] = [];
  for (const source of query.sources) {
    for (const root of source.roots(query.context)) {
      const folder = resolve(query.cwd, root);
      const exists = statOf(folder) !== undefined;
      looked.push({ source, folder, exists });
      if (!exists) continue;
      const scan = scanFolder(folder);
      unreadable.push(...scan.unreadable);
      for (const file of scan.files) if (source.isLog(file.relative)) logs.push(logOf(file, source));
    }
  }
  return found(once(logs), unreadable, looked, []);
}

async function inFolders(query: LogQuery, paths: readonly string[]): Promise<FoundLogs> {
  const looked: FoundLogs['looked'][number][] = [];
  const files: FoundFile[] = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    const stat = statOf(path);
    looked.push({ source: null, folder: path, exists: stat !== undefined });
    if (stat === undefined) continue;
    if (isFolder(path)) {
      const scan = scanFolder(path);
      files.push(...scan.files);
      unreadable.push(...scan.unreadable);
    } else files.push({ path, relative: basename(path), stat });
  }
  const inflate = files.some((file) => isCompressed(file.path)) ? (await import('fzstd')).Decompress : undefined;
  const { recognise } = await import('./recognise.ts');
  const logs: Log[] = [];
  const unrecognised: string[] = [];
  for (const file of files) {
    if (file.stat.sizeBytes === 0) continue; // nothing yet that would tell its format
    const source = recognise(file, query.sources, inflate);
    if (source === 'unreadable') unreadable.push(file.path);
    else if (source === undefined) unrecognised.push(file.path);
    else logs.push(logOf(file, source));
  }
  return found(once(logs), unreadable, looked, unrecognised);
}

/** Existing paths are taken as they are; a name with wildcards that no file has is a pattern. */
async function expand(paths: readonly string[], cwd: string): Promise<readonly string[]> {
  const expanded: string[] = [];
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    if (statOf(absolute) !== undefined) {
      expanded.push(absolute);
      continue;
    }
    const matches = /[*?[{]/.test(path) ? await (await import('fast-glob')).default(path, { cwd, absolute: true, dot: true }) : [];
    if (matches.length === 0)
      throw new FailError(`${absolute} does not exist.`, 'Name a log file or a folder with logs, or none to read the default places.');
    expanded.push(...matches.sort());
  }
  return expanded;
}

/** A file that is reached by two ways is read once; of a log and its compressed copy the plain one counts. */
function once(logs: readonly Log[]): readonly Log[] {
  const seen = new Map<number, Set<number | string>>();
  const paths = new Set(logs.some(({ path }) => isCompressed(path)) ? logs.map(({ path }) => path) : []);
  return logs.filter(({ path, stat }) => {
    if (isCompressed(path) && paths.has(path.slice(0, -'.zst'.length))) return false;
    const id = stat.inode || path;
    let ids = seen.get(stat.device);
    if (ids === undefined) seen.set(stat.device, (ids = new Set()));
    if (ids.has(id)) return false;
    ids.add(id);
    return true;
  });
}

const logOf = ({ path, relative, stat }: FoundFile, source: Source): Log => ({ path, relative, stat, source });

const isFolder = (path: string): boolean => statSync(path).isDirectory();

function found(
  logs: FoundLogs['logs'],
  unreadable: FoundLogs['unreadable'],
  looked: FoundLogs['looked'],
  unrecognised: FoundLogs['unrecognised'],
): FoundLogs {
  const folders = looked.filter(({ exists }) => exists).map(({ folder }) => folder);
  const covers: FoundLogs['covers'] = (name, namesOf) =>
    folders.flatMap((folder) => namesOf(folder)).some((folder) => name === folder || name.startsWith(`${folder}/`));
  return { logs, unreadable, looked, folders, unrecognised, covers };
}
