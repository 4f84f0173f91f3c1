import { together } from '../model/facts/saying.ts';
import type { Applier, FileBatch } from '../store/apply.ts';
import type { Store, Stretch } from '../store/store.ts';
import type { ReadSlice } from './read-log.ts';
import type { Total } from './total.ts';

export interface BatchLimits {
  /** What was read is written each time it is this much: it is held until then. */
  readonly batchBytes: number;
  /** What was written is committed each time this much was read: it is lost with a crash until then. */
  readonly commitBytes: number;
}

export interface Batches {
  add(slice: ReadSlice): void;
  /** Writes and commits what there is. */
  flush(): void;
  /** Takes back what was not committed. */
  close(): void;
}

/**
 * Gathers what is read until a batch is full, and writes it. Several batches make a transaction: neighbouring ones change the
 * same pages of the indexes, and each commit writes every page that changed.
 */
export function openBatches(
  store: Store,
  applier: Applier,
  { batchBytes, commitBytes }: BatchLimits,
  total: Total,
  onWritten: () => void,
): Batches {
  let batch: ReadSlice[] = [];
  const places = new Map<string, number>();
  let bytes = 0;
  /** Ids of files that got their row in an earlier batch. */
  const ids = new Map<string, number>();
  let written: { readonly bytes: number; readonly stretch: Stretch } | undefined;

  const commit = (): void => {
    written?.stretch.commit();
    written = undefined;
  };

  const write = (): void => {
    if (batch.length === 0) return;
    written = { bytes: (written?.bytes ?? 0) + bytes, stretch: written?.stretch ?? store.begin() };
    const files = batch.map((slice): FileBatch => ({ ...slice, fileId: slice.fileId ?? ids.get(slice.path) ?? null }));
    const result = store.transaction(() => applier.apply(files));
    for (const [index, slice] of batch.entries()) {
      const id = result.fileIds[index];
      if (typeof id === 'number') ids.set(slice.path, id);
    }
    total.count(batch, result);
    onWritten();
    batch = [];
    places.clear();
    bytes = 0;
    if (written.bytes < commitBytes) return;
    // At the end of all it would be one thread's work.
    store.refreshRollups();
    commit();
  };

  const add = (slice: ReadSlice): void => {
    // Of two threads the pieces of two logs come in turn.
    const at = places.get(slice.path) ?? batch.length;
    const first = batch[at];
    batch[at] = first === undefined ? slice : continued(first, slice);
    places.set(slice.path, at);
    bytes += slice.bytes;
    if (bytes >= batchBytes) write();
  };

  const flush = (): void => {
    write();
    commit();
  };

  return { add, flush, close: () => written?.stretch.rollback() };
}

function continued(first: ReadSlice, next: ReadSlice): ReadSlice {
  return {
    ...first,
    ...together(first, next),
    stat: next.stat,
    cursor: next.cursor,
    problems: [...first.problems, ...next.problems],
    unknownTypes: [...first.unknownTypes, ...next.unknownTypes],
    bytes: first.bytes + next.bytes,
    lineCount: first.lineCount + next.lineCount,
    parsedCount: first.parsedCount + next.parsedCount,
  };
}
