import { FailError } from '../model/errors.ts';
import { together } from '../model/facts/saying.ts';
import type { Applier, BatchResult, FileBatch } from '../store/apply.ts';
import type { LogFile, LogFiles } from '../store/files.ts';
import type { Store, Stretch } from '../store/store.ts';
import type { Inflate, OpenLog } from './bytes.ts';
import type { FoundLogs } from './find-logs.ts';
import { isCompressed, planReading, type Log, type Plan, type Start } from './plan.ts';
import type { ReadSlice } from './read-log.ts';
import { openSettling } from './settled.ts';
import type { Crew, Job, Threads } from './threads.ts';

/** A known log that was looked for and not found is gone. */
export interface ImportRequest extends Pick<FoundLogs, 'logs' | 'folders' | 'covers'> {
  readonly rebuild: boolean;
  readonly maxLineBytes: number;
  /** What was read is written each time it is this much: it is held until then. */
  readonly batchBytes: number;
  /** What was written is committed each time this much was read: it is lost with a crash until then. */
  readonly commitBytes: number;
  /** Asked after each piece that was read: must the run end here? What is left is for the next one. */
  isOver?(): boolean;
  readonly progress?: ProgressListener;
  /** Undefined: everything is read in this thread. */
  readonly threads?: Threads | undefined;
}

export interface ProgressListener {
  start(bytesTotal: number): Promise<void>;
  show(progress: Progress): void;
}

export interface Progress {
  readonly files: number;
  readonly filesTotal: number;
  readonly bytes: number;
  readonly bytesTotal: number;
}

export interface ImportResult {
  readonly filesRead: number;
  readonly filesOpened: number;
  readonly filesUnchanged: number;
  readonly filesGone: number;
  /** Not read, or not to their end, because the time was over. */
  readonly filesLeft: number;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly bytesRead: number;
  readonly linesRead: number;
  readonly linesParsed: number;
  readonly eventsNew: number;
  readonly eventsDuplicate: number;
  /** Lines that told only what was pruned or forgotten. */
  readonly eventsSkipped: number;
  readonly issueCount: number;
  /** The first of them. */
  readonly issues: readonly { readonly path: string; readonly line: number; readonly reason: string }[];
  readonly sessionsTouched: number;
  /** Lines of types that no rule claims, by `source/type`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
}

/**
 * Reads what is new in the logs into the store. Facts of a batch and the offsets up to which they were read commit
 * together, so it can be killed at any moment and run again. A rebuild is one transaction: it removes what only the logs
 * at hand told, reads them from their first byte, and keeps what vanished logs told.
 */
export async function importLogs(store: Store, loadApplier: () => Promise<Applier>, request: ImportRequest): Promise<ImportResult> {
  const total = openTotal(store.files.labelOf);
  const settling = openSettling(request);
  const settled = request.rebuild ? undefined : settling.plan(store.files);
  const plan = settled ?? comparing(store.files, request);
  const settle = (): void =>
    store.transaction(() =>
      settling.settle(
        store.files,
        plan.toRead.map(({ log }) => log),
      ),
    );
  if (plan.found.length > 0) store.transaction(() => plan.found.forEach(({ log, id }) => store.files.move(id, log.path)));
  if (plan.toRead.length === 0 && plan.vanished.length === 0) {
    if (settled === undefined) settle();
    return total.result(plan.unchanged);
  }

  const unread = (known: LogFile | undefined, size: number): number => Math.max(0, size - (request.rebuild ? 0 : (known?.offset ?? 0)));
  const bytesTotal = plan.toRead.reduce((sum, { log, known }) => sum + unread(known, log.stat.sizeBytes), 0);
  await request.progress?.start(bytesTotal);
  const engine = bytesTotal >= request.batchBytes ? await import('./engine.ts') : undefined;
  engine?.tuneEngine();
  // Threads start while the rest is loaded.
  const crew = request.threads !== undefined && bytesTotal >= request.threads.worthBytes ? await hired(request.threads) : undefined;
  const { continues, openLog, readLog } = await import('./reading.ts');
  const applier = await loadApplier().catch((error: unknown) => {
    crew?.dismiss();
    throw error;
  });
  const inflate = await loadInflate(plan.toRead.some(({ log }) => isCompressed(log.path)));
  const adopted = new Set<number>();
  /** Files whose facts a rebuild removed: they must come back whole, or not be removed. */
  const forgotten = new Set<number>();

  const isOver = (): boolean => request.isOver?.() === true;

  const readAll = async (): Promise<void> => {
    const batches = openBatches(store, applier, request, total, () => engine?.boundNewObjects());
    try {
      if (crew !== undefined) await readThreaded(crew, batches);
      else readInTurn(batches);
      batches.flush();
    } finally {
      batches.close();
    }
    if (total.filesLeft() > 0) return; // one of those may be a file that vanished elsewhere
    for (const file of plan.vanished) if (!adopted.has(file.id)) markGone(file);
  };

  const showProgress = (files: number): void =>
    request.progress?.show({ files, filesTotal: plan.toRead.length, bytes: total.bytesRead(), bytesTotal });

  const readInTurn = (batches: Batches): void => {
    for (const [index, { log, known }] of plan.toRead.entries()) {
      if (index > 0 && isOver()) return total.left(plan.toRead.length - index);
      withLog(log, known, (opened) => readHere(log, opened, begin(log, known, opened), batches));
      showProgress(index + 1);
    }
  };

  const readHere = (log: Log, opened: OpenLog, start: Start, batches: Batches, bytesBefore = 0): void => {
    const { bytes, isWhole } = readLog(log, opened, start, request.maxLineBytes, batches.add, isOver);
    total.read(bytesBefore + bytes);
    if (!isWhole) total.left(1);
  };

  const readThreaded = async (crew: Crew, batches: Batches): Promise<void> => {
    const jobs: (Job & { readonly known: LogFile | undefined })[] = [];
    for (const { log, known } of plan.toRead) {
      // A log that nothing is known of is opened by its thread alone.
      if (known === undefined && plan.vanished.length === 0) jobs.push({ log, known, start: FROM_THE_FIRST_BYTE });
      else withLog(log, known, (opened) => void jobs.push({ log, known, start: begin(log, known, opened) }));
    }
    let ended = 0;
    for await (const answer of crew.read(jobs, request.maxLineBytes)) {
      const job = jobs[answer.job];
      if (job === undefined) continue;
      const { log, known, start } = job;
      if ('slice' in answer) batches.add(answer.slice);
      else if ('bytes' in answer) total.read(answer.bytes);
      else if ('error' in answer) cannotRead(log, known, answer.error);
      else withLog(log, known, (opened) => readHere(log, opened, answer.left, batches, answer.left.offset - start.offset));
      if (!('slice' in answer)) showProgress((ended += 1));
      if (ended < jobs.length && isOver()) return total.left(jobs.length - ended);
    }
  };

  const withLog = (log: Log, known: LogFile | undefined, work: (opened: OpenLog) => void): void => {
    let opened: OpenLog | undefined;
    try {
      opened = openLog(log.path, isCompressed(log.path) ? inflate : undefined);
      work(opened);
    } catch (error) {
      cannotRead(log, known, error);
    } finally {
      opened?.close();
    }
  };

  const cannotRead = (log: Log, known: LogFile | undefined, error: unknown): void => {
    const reason = readErrorOf(error);
    if (reason === undefined) throw error;
    refuseIfForgotten(log, known, reason);
    total.unreadable(store.files.labelOf(log.path), reason);
  };

  const refuseIfForgotten = (log: Log, known: LogFile | undefined, reason: string): void => {
    if (known !== undefined && forgotten.has(known.id))
      throw new FailError(`${store.files.labelOf(log.path)} could not be read (${reason}); nothing was changed.`);
  };

  /** Decides where reading begins, and notes what that says about the files on record. */
  const begin = (log: Log, known: LogFile | undefined, opened: OpenLog): Start => {
    const file = known === undefined ? moved(log, opened) : continues(known, log, opened) ? known : undefined;
    if (known !== undefined && file === undefined) {
      refuseIfForgotten(log, known, 'it changed meanwhile');
      markGone(known);
    }
    return startOf(log, file);
  };

  /** At the stored offset if the file goes on from there, else at its first byte; a file in another's place is one of its own. */
  const startOf = (log: Log, file: LogFile | undefined): Start => {
    if (file === undefined) return FROM_THE_FIRST_BYTE;
    const isResumed = !request.rebuild && !isCompressed(log.path) && file.parserVersion === log.source.parserVersion;
    if (!isResumed) return { fileId: file.id, offset: 0, line: 0, readerState: null };
    return { fileId: file.id, offset: file.offset, line: file.line, readerState: file.readerState };
  };

  /** A log under a new name is the one that vanished elsewhere when it is the same file with the same bytes; a move changes its ctime. */
  const moved = (log: Log, opened: OpenLog): LogFile | undefined => {
    if (isCompressed(log.path)) return undefined;
    const { inode, changedMs } = opened.stat;
    const file = plan.vanished.find(
      (other) =>
        other.inode === inode &&
        other.source === log.source.id &&
        !adopted.has(other.id) &&
        continues({ ...other, changedMs }, log, opened),
    );
    if (file === undefined) return undefined;
    adopted.add(file.id);
    store.transaction(() => store.files.move(file.id, log.path));
    return file;
  };

  const markGone = (file: LogFile): void => {
    store.transaction(() => store.files.markGone(file.id));
    total.gone();
  };

  /** Removes what only the logs told that can be read again from where they were read. */
  const forget = (): { sweep: () => void } => {
    for (const { log, known } of plan.toRead) {
      if (known !== undefined) withLog(log, known, (opened) => void (continues(known, log, opened) && forgotten.add(known.id)));
    }
    return store.forgetFiles(applier, forgotten);
  };

  try {
    if (request.rebuild) {
      await store.longTransaction(async () => {
        const { sweep } = forget();
        await readAll();
        sweep();
      });
    } else {
      await readAll();
      if (total.filesLeft() === 0) settle();
    }
  } finally {
    crew?.dismiss();
  }
  return total.result(plan.unchanged);
}

/** Compares each log with what is known of it. Of logs that tell of forgotten sessions only nothing else is. */
function comparing(files: LogFiles, { logs, covers, rebuild }: ImportRequest): Plan {
  const told = files.isAnyForgotten ? logs.filter(({ path, stat }) => !files.isForgotten(path, stat)) : logs;
  const plan = planReading(told, files, covers, rebuild);
  return { ...plan, unchanged: plan.unchanged + logs.length - told.length };
}

const FROM_THE_FIRST_BYTE: Start = { fileId: null, offset: 0, line: 0, readerState: null };

interface Batches {
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
function openBatches(
  store: Store,
  applier: Applier,
  { batchBytes, commitBytes }: ImportRequest,
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

type Total = ReturnType<typeof openTotal>;

/** Issues and types that are told by name: who made them may have made millions. */
const MOST_LISTED = 1000;

/** Adds up what a run did. */
function openTotal(labelOf: (path: string) => string) {
  const unreadable = new Map<string, string>();
  const issues: { path: string; line: number; reason: string }[] = [];
  const sessions = new Set<number>();
  const unknownTypes = new Map<string, number>();
  let [filesRead, filesOpened, filesGone, filesLeft, bytesRead, linesRead, linesParsed] = [0, 0, 0, 0, 0, 0, 0];
  let [eventsNew, eventsDuplicate, eventsSkipped, issueCount] = [0, 0, 0, 0];

  const count = (batch: readonly ReadSlice[], result: BatchResult): void => {
    eventsNew += result.newLines;
    eventsDuplicate += result.duplicateLines;
    eventsSkipped += result.skippedLines;
    for (const id of result.sessionIds) sessions.add(id);
    for (const slice of batch) {
      linesRead += slice.lineCount;
      linesParsed += slice.parsedCount;
      for (const type of slice.unknownTypes) {
        const named = `${slice.source}/${type}`;
        const name = unknownTypes.size < MOST_LISTED || unknownTypes.has(named) ? named : `${slice.source}/(others)`;
        unknownTypes.set(name, (unknownTypes.get(name) ?? 0) + 1);
      }
    }
    issueCount += result.newIssues.length;
    for (const [index, { line, reason }] of result.newIssues.slice(0, MOST_LISTED - issues.length))
      issues.push({ path: labelOf(batch[index]?.path ?? ''), line, reason });
  };

  return {
    count,
    bytesRead: () => bytesRead,
    gone: () => void (filesGone += 1),
    left: (count: number) => void (filesLeft += count),
    filesLeft: () => filesLeft,
    unreadable: (path: string, reason: string) => void unreadable.set(path, reason),
    read: (bytes: number) => {
      filesOpened += 1;
      bytesRead += bytes;
      if (bytes > 0) filesRead += 1;
    },
    result: (filesUnchanged: number): ImportResult => ({
      filesRead,
      filesOpened,
      filesUnchanged,
      filesGone,
      filesLeft,
      unreadable: [...unreadable].map(([path, reason]) => ({ path, reason })),
      bytesRead,
      linesRead,
      linesParsed,
      eventsNew,
      eventsDuplicate,
      eventsSkipped,
      issueCount,
      issues,
      sessionsTouched: sessions.size,
      unknownTypes,
    }),
  };
}

const hired = async (threads: Threads): Promise<Crew | undefined> => (await import('./threads.ts')).hire(threads);

async function loadInflate(needed: boolean): Promise<Inflate | undefined> {
  return needed ? (await import('fzstd')).Decompress : undefined;
}

/** What the system or the decompressor says about one log is that log's problem, not the run's. Undefined: it is no such thing. */
function readErrorOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (typeof error.code === 'number') return 'damaged compression';
  return /^E[A-Z]+$/.test(String(error.code)) ? String(error.code) : undefined;
}
