import { FailError } from '../model/errors.ts';
import type { Applier } from '../store/apply.ts';
import type { LogFile, LogFiles } from '../store/files.ts';
import type { Store } from '../store/store.ts';
import { openBatches, type Batches, type BatchLimits } from './batches.ts';
import type { Inflate, OpenLog } from './bytes.ts';
import type { FoundLogs } from './find-logs.ts';
import { isCompressed, planReading, type Log, type Plan, type Start } from './plan.ts';
import { openSettling } from './settled.ts';
import type { Crew, Job, Threads } from './threads.ts';
import { openTotal, type ImportResult } from './total.ts';

/** A known log that was looked for and not found is gone. */
export interface ImportRequest extends Pick<FoundLogs, 'logs' | 'folders' | 'covers'>, BatchLimits {
  readonly rebuild: boolean;
  readonly maxLineBytes: number;
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
    for (const { log, known } of mixed(plan.toRead)) {
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

/** So many of each format are read before the others. */
const FIRST_LOGS = 20;

/** The first logs of each format before all others: code that all of them share is optimised for what it met until then, and made again when it meets another. */
function mixed<R extends Plan['toRead'][number]>(toRead: readonly R[]): readonly R[] {
  const counts = new Map<string, number>();
  const isFirst = toRead.map(({ log: { source } }) => {
    const count = counts.get(source.id) ?? 0;
    counts.set(source.id, count + 1);
    return count < FIRST_LOGS;
  });
  return [...toRead.filter((_, at) => isFirst[at]), ...toRead.filter((_, at) => isFirst[at] !== true)];
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
