import { findLogs } from '../../src/import/find-logs.ts';
import { importLogs, type ProgressListener } from '../../src/import/import.ts';
import type { ImportResult } from '../../src/import/total.ts';
import type { Threads } from '../../src/import/threads.ts';
import { loadCost, repriceIfStale } from '../../src/import/prices.ts';
import type { Source } from '../../src/model/source.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { source as codex } from '../../src/sources/codex.ts';
import { openStore } from '../../src/store/store.ts';

export interface DirectImport {
  readonly sources?: readonly Source[];
  readonly rebuild?: boolean;
  readonly batchBytes?: number;
  readonly progress?: ProgressListener;
  readonly threads?: Threads;
  /** Hold the import lock meanwhile. */
  readonly locked?: boolean;
}

/** One import without the command around it: for what a person cannot choose, such as the size of a batch. */
export async function importDirectly(
  { home, db }: { readonly home: string; readonly db: string },
  { sources = [claude, codex], rebuild = false, batchBytes = 1 << 25, progress, threads, locked = false }: DirectImport = {},
): Promise<ImportResult> {
  const store = openStore(db, { timeZone: 'UTC' });
  const unlock = locked ? store.lock(Date.now()) : () => {};
  try {
    const found = await findLogs({ sources, paths: [], roots: [], context: { env: {}, home }, cwd: home });
    await repriceIfStale(store);
    const applier = async () => store.applier(await loadCost(store));
    const result = await importLogs(store, applier, {
      ...found,
      rebuild,
      maxLineBytes: 1e8,
      batchBytes,
      commitBytes: batchBytes,
      threads,
      ...(progress && { progress }),
    });
    store.refreshScores();
    return result;
  } finally {
    unlock();
    store.close();
  }
}

/** A source whose reader fails at its n-th line: what a run does that ends there. */
export function failingAt(line: number): Source {
  let left = line;
  return {
    ...claude,
    open: (path, saved) => {
      const reader = claude.open(path, saved);
      return {
        ...reader,
        read: (each) => {
          if ((left -= 1) < 0) throw new Error('the end of this run');
          return reader.read(each);
        },
      };
    },
  };
}
