import type { FileStat, LogFiles } from '../store/files.ts';
import { hex, openDigest } from './digest.ts';
import type { FoundLogs } from './find-logs.ts';
import type { Log, Plan } from './plan.ts';

/*
 * Logs are settled when what is known of each is what it is: nothing of them is left to be read. The store then keeps one sum of
 * the digests of their states, so that the next run need not compare each of them. The logs that changed since, by their times,
 * are looked up; where the sum of all others is still the one that is kept, these are as they were. Else each log is compared.
 */

export interface Settling {
  /** What is to be read, as the sum tells it; undefined: it does not. */
  plan(files: Pick<LogFiles, 'settled' | 'at' | 'isAnyForgotten' | 'isForgotten'>): Plan | undefined;
  /** Of the logs all but `changed` are what is known of them. The caller holds the transaction. */
  settle(files: Pick<LogFiles, 'settle' | 'at'>, changed: readonly Pick<Log, 'path' | 'stat' | 'source'>[]): void;
}

/** To look up more of them one by one is no faster than to compare all. */
const MOST_CHANGED = 100;

export function openSettling({ logs, folders }: Pick<FoundLogs, 'logs' | 'folders'>): Settling {
  const digest = openDigest();
  const add = (sums: Uint32Array, sign: 1 | -1, path: string, stat: FileStat, source: string, parserVersion: number): void => {
    digest.text(path);
    digest.number(stat.device);
    digest.number(stat.inode);
    digest.number(stat.sizeBytes);
    digest.number(stat.modifiedMs);
    digest.number(stat.changedMs);
    digest.text(source);
    digest.number(parserVersion);
    digest.endInto(sums, sign);
  };

  let all: Uint32Array | undefined;
  /** Sums of all logs as they were found, but of `changed` as they are known. Undefined: of one of them nothing is known. */
  const known = (files: Pick<LogFiles, 'at'>, changed: readonly Pick<Log, 'path' | 'stat' | 'source'>[]) => {
    if (all === undefined) {
      all = new Uint32Array(2);
      for (const { path, stat, source } of logs) add(all, 1, path, stat, source.id, source.parserVersion);
    }
    const sums = all.slice();
    const rows = changed.map(({ path, stat, source }) => {
      const row = files.at(path);
      add(sums, -1, path, stat, source.id, source.parserVersion);
      if (row !== undefined) add(sums, 1, path, row, row.source, row.parserVersion);
      return row;
    });
    return { rows, sums: hex(sums[0] ?? 0) + hex(sums[1] ?? 0) };
  };
  const where = (): string => {
    digest.text(folders.join('\n'));
    return digest.end();
  };

  return {
    plan: (files) => {
      const [place, sums, lastMs = ''] = files.settled()?.split('/') ?? [];
      if (place !== where()) return undefined;
      const changed = logs.filter(({ stat }) => stat.changedMs > Number(lastMs));
      if (changed.length > MOST_CHANGED) return undefined;
      const now = known(files, changed);
      if (now.sums !== sums) return undefined;
      const isForgotten = ({ path, stat }: Log): boolean => files.isAnyForgotten && files.isForgotten(path, stat);
      const toRead = changed.map((log, at) => ({ log, known: now.rows[at] })).filter(({ log }) => !isForgotten(log));
      return { toRead, unchanged: logs.length - toRead.length, vanished: [], found: [] };
    },
    settle: (files, changed) => {
      if (changed.length > MOST_CHANGED) return;
      const now = known(files, changed);
      let lastMs = 0;
      for (const { stat } of logs) lastMs = Math.max(lastMs, stat.changedMs);
      for (const row of now.rows) {
        if (row === undefined) return;
        lastMs = Math.max(lastMs, row.changedMs);
      }
      files.settle([where(), now.sums, lastMs].join('/'));
    },
  };
}
