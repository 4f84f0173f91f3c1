import type { LogFile } from '../store/files.ts';
import { hasFingerprint, type OpenLog } from './bytes.ts';
import { isCompressed, type Log } from './plan.ts';
import { sameStat } from './scan.ts';

/**
 * Is this what the file was read from, perhaps with more at its end? A file of the same size with another time was written
 * over in place, which its first and last bytes need not show.
 */
export function continues(known: LogFile, log: Pick<Log, 'path'>, { stat, read }: OpenLog): boolean {
  if (known.inode !== stat.inode || known.device !== stat.device) return false;
  if (isCompressed(log.path)) return known.modifiedMs === stat.modifiedMs && known.changedMs === stat.changedMs;
  if (stat.sizeBytes <= known.sizeBytes && !sameStat(known, stat)) return false;
  return hasFingerprint(read, known.offset, known);
}
