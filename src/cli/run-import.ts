import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { FailError } from '../model/errors.ts';
import type { Source } from '../model/source.ts';
import { findLogs, type FoundLogs } from '../import/find-logs.ts';
import { importLogs, type ProgressListener } from '../import/import.ts';
import type { ImportResult } from '../import/total.ts';
import { loadCost, rateModels, repriceIfStale } from '../import/prices.ts';
import type { Threads } from '../import/threads.ts';
import type { Store, Totals } from '../store/store.ts';
import type { Context } from './context.ts';
import { followSettings } from './follow-settings.ts';
import { MAX_LINE_MB } from './options.ts';

export interface ImportOptions {
  readonly paths: readonly string[];
  readonly roots: readonly string[];
  readonly sources: readonly Source[];
  readonly rebuild: boolean;
  readonly dryRun: boolean;
  readonly maxLineBytes: number;
  /** The time that undated facts are as old as, and that what is kept is counted back from. */
  readonly now: number;
  /** Facts of longer ago are pruned at the end; 0: everything is kept. */
  readonly keepDays: number;
  /** The run ends at the next border after it; the next one goes on. Infinity: it reads everything. */
  readonly maxSeconds?: number;
  /** Nobody asks what the store holds in all: to add that up takes the longer the more it is. */
  readonly isQuiet?: boolean;
}

export interface ImportReport {
  readonly found: FoundLogs;
  readonly result: ImportResult;
  readonly before: Totals;
  /** Zeros where nobody asks. */
  readonly totals: Totals;
  /** Rows that were older than what is kept. */
  readonly rowsPruned: number;
  /** Of SQL that were run. */
  readonly statements: number;
  readonly durationMs: number;
  /** What may be said of a path. */
  labelOf(path: string): string;
}

/** What `usage import` does when nothing else is asked for. */
export const plainImport = (sources: readonly Source[], context: Context, now: number): ImportOptions => ({
  paths: [],
  roots: [],
  sources,
  rebuild: false,
  dryRun: false,
  maxLineBytes: MAX_LINE_MB * 1_000_000,
  now,
  keepDays: context.keepDays(),
});

/** Of logs; what they say is a small part of it. */
const BATCH_BYTES = 4 << 20;
const COMMIT_BYTES = 64 << 20;

/** One import from finding the logs to the scores, under the import lock. */
export async function runImport(
  storePath: string,
  options: ImportOptions,
  context: Context,
  progress?: ProgressListener,
): Promise<ImportReport> {
  const { world } = context;
  const startedAt = world.now();
  const found = await findLogs({ ...options, context: world, cwd: world.cwd });
  const isOver = options.maxSeconds === undefined ? undefined : () => world.now() - startedAt >= (options.maxSeconds ?? 0) * 1000;
  if (!options.dryRun) await followSettings(storePath, context);
  return context.writing(storePath, async (store) => {
    const unlock = store.lock(startedAt);
    try {
      const work = async () => {
        if (options.rebuild) addUp(store);
        const before = options.rebuild ? store.totals() : NO_TOTALS;
        const result = await readAndScore(store, found, options, isOver, progress);
        const rowsPruned = await prune(store, options);
        const totals = options.isQuiet === true && !options.rebuild ? NO_TOTALS : store.totals();
        return { result, before, totals, rowsPruned };
      };
      const done = options.dryRun ? await store.rehearse(work) : await recorded(store, world.now, work);
      return {
        found,
        ...done,
        statements: store.statements(),
        durationMs: Math.max(0, world.now() - startedAt),
        labelOf: store.files.labelOf,
      };
    } finally {
      unlock();
    }
  });
}

const NO_TOTALS: Totals = { sessions: 0, turns: 0, requests: 0, tool_calls: 0, total_tokens: 0 };

/** One thread writes, the others read. Only the built program has a file that a thread can run. */
function readThreads(): Threads | undefined {
  const file = new URL('../cli/read-thread.cjs', import.meta.url);
  const count = Math.min(availableParallelism() - 1, MOST_THREADS);
  return count > 0 && existsSync(file) ? { file, count, worthBytes: THREADS_WORTH_BYTES, isShared: true } : undefined;
}

/** More would wait for the one that writes. */
const MOST_THREADS = 2;
/** A thread takes some 50 ms to start. */
const THREADS_WORTH_BYTES = 150_000_000;

async function readAndScore(
  store: Store,
  found: FoundLogs,
  options: ImportOptions,
  isOver: (() => boolean) | undefined,
  progress?: ProgressListener,
): Promise<ImportResult> {
  await repriceIfStale(store);
  const result = await importLogs(store, async () => store.applier(await loadCost(store)), {
    ...found,
    rebuild: options.rebuild,
    maxLineBytes: options.maxLineBytes,
    batchBytes: BATCH_BYTES,
    commitBytes: COMMIT_BYTES,
    ...(isOver && { isOver }),
    threads: readThreads(),
    ...(progress && { progress }),
  });
  // What a day cost is told by the prices of its models.
  await rateModels(store);
  addUp(store);
  return result;
}

/** What a run prunes each time is little, so it does not wait until it is asked for. */
async function prune(store: Store, { keepDays, dryRun, now }: ImportOptions): Promise<number> {
  store.stampUndated(now);
  if (keepDays === 0) return 0;
  const { applyPrune, pruneOnly, rowsOf } = await import('../retention/prune.ts');
  return rowsOf(dryRun ? pruneOnly(store, keepDays, now) : applyPrune(store, keepDays, now));
}

/** By now the facts are in the store, and what has to be added up is on a queue: the next run makes good what fails here. */
function addUp(store: Store): void {
  try {
    store.refreshScores();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new FailError(`The logs were read, but their sums could not be made: ${error.message}.`, 'Run: usage import', { cause: error });
  }
}

/** The run and how it ended are on record, also when what it wrote was taken back. */
async function recorded<T extends { readonly result: ImportResult }>(store: Store, now: () => number, work: () => Promise<T>): Promise<T> {
  const startedAt = now();
  try {
    const done = await work();
    const { result } = done;
    store.recordRun({
      startedAt,
      finishedAt: now(),
      filesRead: result.filesRead,
      bytesRead: result.bytesRead,
      eventsNew: result.eventsNew,
      issueCount: result.issueCount,
      error: null,
    });
    store.checkpoint();
    return done;
  } catch (error) {
    const message = error instanceof FailError ? error.message : error instanceof Error ? error.name : 'unknown error';
    try {
      store.recordRun({ startedAt, finishedAt: now(), filesRead: 0, bytesRead: 0, eventsNew: 0, issueCount: 0, error: message });
    } catch {
      // A store that cannot be written cannot keep the reason either; the run ends with it.
    }
    throw error;
  }
}
