import type { LogFile, LogFiles } from '../store/files.ts';
import type { Source } from '../model/source.ts';
import { fingerprint, type OpenLog } from './bytes.ts';
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
  readonly found: readonly { readonly log: Log; readonly known: LogFile }[];
}

/**
 * What to open. A log whose state is the same as when it was last read to its end is not opened; the size on record is
 * what was really read, so an interrupted run leaves a difference.
 */
export function planReading(
  logs: readonly Log[],
  files: Pick<LogFiles, 'present' | 'namesOf' | 'labelOf'>,
  covers: (name: string, namesOf: LogFiles['namesOf']) => boolean,
  rebuild: boolean,
): Plan {
  const present = files.present();
  const byName = new Map(present.map((file) => [file.name, file]));
  const seen = new Set<number>();
  const found: Plan['found'][number][] = [];
  const toRead: Plan['toRead'][number][] = [];
  let unchanged = 0;
  for (const log of logs) {
    const known = files
      .namesOf(log.path)
      .map((name) => byName.get(name))
      .find((file) => file !== undefined && !seen.has(file.id));
    if (known !== undefined) {
      seen.add(known.id);
      if (known.path !== files.labelOf(log.path)) found.push({ log, known });
    }
    const isCurrent = known !== undefined && known.parserVersion === log.source.parserVersion && sameStat(known, log.stat);
    if (isCurrent && !rebuild) unchanged += 1;
    else toRead.push({ log, known });
  }
  const vanished = present.filter((file) => !seen.has(file.id) && covers(file.name, files.namesOf));
  return { toRead, unchanged, vanished, found };
}

export const isCompressed = (path: string): boolean => path.endsWith('.zst');

/**
 * Is this what the file was read from, perhaps with more at its end? A file of the same size with another time was written
 * over in place, which its first and last bytes need not show.
 */
export function continues(known: LogFile, log: Pick<Log, 'path'>, { stat, read }: OpenLog): boolean {
  if (known.inode !== stat.inode || known.device !== stat.device) return false;
  if (isCompressed(log.path)) return known.modifiedMs === stat.modifiedMs && known.changedMs === stat.changedMs;
  if (stat.sizeBytes <= known.sizeBytes && !sameStat(known, stat)) return false;
  const { headHash, tailHash } = fingerprint(read, known.offset);
  return headHash === known.headHash && tailHash === known.tailHash;
}
