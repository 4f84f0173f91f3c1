import type { KnownFile, LogFile, LogFiles } from '../store/files.ts';
import type { Source } from '../model/source.ts';
import { sameStat, type FoundFile } from './scan.ts';

/** A log and the source that reads it. */
export interface Log extends FoundFile {
  readonly source: Source;
}

/** Where reading begins. */
export interface Start {
  /** Null: a file that the store does not know. */
  readonly fileId: number | null;
  readonly offset: number;
  readonly line: number;
  readonly readerState: string | null;
}

export interface Plan {
  /** To be opened; `known` is how far it was read, if it was. */
  readonly toRead: readonly { readonly log: Log; readonly known: LogFile | undefined }[];
  readonly unchanged: number;
  /** Known files that are not where they were. */
  readonly vanished: readonly LogFile[];
  /** Known files whose path may be shown again. */
  readonly found: readonly { readonly log: Log; readonly id: number }[];
}

/**
 * What to open. A log whose state is the same as when it was last read to its end is not opened; the size on record is
 * what was really read, so an interrupted run leaves a difference.
 */
export function planReading(
  logs: readonly Log[],
  files: Pick<LogFiles, 'present' | 'get' | 'namesOf' | 'labelOf'>,
  covers: (name: string, namesOf: LogFiles['namesOf']) => boolean,
  rebuild: boolean,
): Plan {
  const present = files.present();
  const knownAs = finder(present, files.namesOf);
  const seen = new Set<number>();
  const found: Plan['found'][number][] = [];
  const toRead: Plan['toRead'][number][] = [];
  let unchanged = 0;
  for (const log of logs) {
    const file = knownAs(log, seen);
    if (file !== undefined) {
      const [id, path] = file;
      seen.add(id);
      if (path !== files.labelOf(log.path)) found.push({ log, id });
    }
    if (file !== undefined && !rebuild && isUnchanged(file, log)) unchanged += 1;
    else toRead.push({ log, known: file && files.get(file[0]) });
  }
  const vanished: LogFile[] = [];
  for (const file of seen.size === present.length ? [] : present) {
    if (seen.has(file[0]) || !covers(nameOf(file), files.namesOf)) continue;
    const whole = files.get(file[0]);
    if (whole !== undefined) vanished.push(whole);
  }
  return { toRead, unchanged, vanished, found };
}

/** As the store knows it. */
const nameOf = ([, path, key]: KnownFile): string => key ?? path;

/** A file by its names. Nearly all are where they were: to compare with what has its number takes less than to look for a path. */
function finder(
  present: readonly KnownFile[],
  namesOf: LogFiles['namesOf'],
): (log: Log, seen: ReadonlySet<number>) => KnownFile | undefined {
  const byInode = new Map(present.map((file) => [file[4], file]));
  let byName: ReadonlyMap<string, KnownFile> | undefined;
  return ({ path, stat }, seen) => {
    const same = byInode.get(stat.inode);
    if (same !== undefined && same[2] === null && same[1] === path && !seen.has(same[0])) return same;
    byName ??= new Map(present.map((file) => [nameOf(file), file]));
    for (const name of namesOf(path)) {
      const file = byName.get(name);
      if (file !== undefined && !seen.has(file[0])) return file;
    }
    return undefined;
  };
}

function isUnchanged([, , , device, inode, sizeBytes, modifiedMs, changedMs, parserVersion]: KnownFile, { source, stat }: Log): boolean {
  return parserVersion === source.parserVersion && sameStat({ device, inode, sizeBytes, modifiedMs, changedMs }, stat);
}

export const isCompressed = (path: string): boolean => path.endsWith('.zst');
