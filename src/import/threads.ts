import { MessageChannel, parentPort, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Source } from '../model/source.ts';
import { openLog, type Inflate } from './bytes.ts';
import { unpack, pack } from './pack.ts';
import { isCompressed, type Log, type Start } from './plan.ts';
import { readLog, type ReadSlice } from './read-log.ts';

/*
 * Logs are read in threads and written in this one, which waits for what they tell without giving way: a transaction is
 * one stretch of work. What is known of a log's place, and the facts, are joined in whatever order they come.
 */

export interface Threads {
  /** Runs `serve`. */
  readonly file: URL;
  readonly count: number;
  /** Less than this is read sooner than a thread has started. */
  readonly worthBytes: number;
}

export interface Job {
  readonly log: Log;
  readonly start: Start;
}

/** A part of a log, its end (with the number of bytes read), or why it could not be read. */
export type Answer = { readonly job: number } & ({ readonly slice: ReadSlice } | { readonly bytes: number } | { readonly error: unknown });

type Message = { readonly job: number } & (
  | { readonly slice: Omit<ReadSlice, 'lines'>; readonly lines: string }
  | { readonly bytes: number }
  | { readonly error: { readonly message: string; readonly code: string | number | undefined } }
);

/** What a thread is given when it starts. */
interface Hired {
  readonly port: MessagePort;
  readonly control: Int32Array;
}

interface Order {
  readonly maxLineBytes: number;
  readonly jobs: readonly { readonly source: string; readonly log: Omit<Log, 'source'>; readonly start: Start }[];
}

/** Threads that wait for work. */
export interface Crew {
  /** Once. The answers of one log come in order. */
  read(jobs: readonly Job[], maxLineBytes: number): Generator<Answer>;
  dismiss(): void;
}

/** Numbers that the threads share: the next job, messages sent, and the size of those that wait to be taken. */
const [NEXT, SENT, WAITING] = [0, 1, 2];
/** A bound for memory; as much as is read while a batch is written. */
const MOST_WAITING_KB = 4_000;
const sizeKb = (message: Message): number => 1 + ('slice' in message ? message.lines.length >> 10 : 0);
const PATIENCE_MS = 300_000;
const START_PATIENCE_MS = 10_000;

/** Starts the threads; undefined where the machine gives none. */
export async function hire({ file, count }: Threads): Promise<Crew | undefined> {
  const control = new Int32Array(new SharedArrayBuffer(12));
  const ports: MessagePort[] = [];
  const workers: Worker[] = [];
  const dismiss = (): void => {
    for (const port of ports) port.close();
    for (const worker of workers) worker.unref();
  };
  try {
    while (workers.length < count) {
      const { port1, port2 } = new MessageChannel();
      const workerData: Hired = { port: port2, control };
      workers.push(new Worker(file, { workerData, transferList: [port2], resourceLimits: { maxYoungGenerationSizeMb: 16 } }));
      ports.push(port1);
    }
    await Promise.all(workers.map(ready));
  } catch {
    dismiss();
    await Promise.all(workers.map((worker) => worker.terminate()));
    return undefined;
  }
  return { read: (jobs, maxLineBytes) => readInThreads(ports, control, jobs, maxLineBytes), dismiss };
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(reject, START_PATIENCE_MS).unref();
    worker.once('error', reject);
    worker.once('exit', reject);
    worker.once('message', () => {
      clearTimeout(late);
      resolve();
    });
  });
}

function* readInThreads(ports: readonly MessagePort[], control: Int32Array, jobs: readonly Job[], maxLineBytes: number): Generator<Answer> {
  const order: Order = { maxLineBytes, jobs: jobs.map(({ log: { source, ...log }, start }) => ({ source: source.id, log, start })) };
  for (const port of ports) port.postMessage(order);
  try {
    for (let ended = 0; ended < jobs.length;) {
      const message = nextMessage(ports, control);
      Atomics.sub(control, WAITING, sizeKb(message));
      Atomics.notify(control, WAITING);
      if (!('slice' in message)) ended += 1;
      yield answerOf(message);
    }
  } finally {
    // Also where not all was taken: no job is left, and nobody waits.
    Atomics.store(control, NEXT, jobs.length);
    Atomics.store(control, WAITING, -jobs.length - 2 ** 30);
    Atomics.notify(control, WAITING);
  }
}

function nextMessage(ports: readonly MessagePort[], control: Int32Array): Message {
  for (;;) {
    const sent = Atomics.load(control, SENT);
    for (const port of ports) {
      const received = receiveMessageOnPort(port);
      if (received !== undefined) return received.message;
    }
    if (Atomics.wait(control, SENT, sent, PATIENCE_MS) === 'timed-out') throw new Error('a thread that reads does not answer');
  }
}

function answerOf(message: Message): Answer {
  if ('slice' in message) return { job: message.job, slice: { ...message.slice, lines: unpack(message.lines) } };
  if ('bytes' in message) return message;
  const { message: text, code } = message.error;
  return { job: message.job, error: code === undefined ? new Error(text) : Object.assign(new Error(text), { code }) };
}

/** What a thread does: says that it is there, and when it is given work, does one job after the other until there are none. */
export async function serve({ port, control }: Hired, sources: readonly Source[]): Promise<void> {
  const { Decompress } = await import('fzstd');
  port.once('message', (order: Order) => {
    work(port, control, order, sources, Decompress);
    port.close();
  });
  parentPort?.postMessage('ready', []);
}

function work(port: MessagePort, control: Int32Array, { maxLineBytes, jobs }: Order, sources: readonly Source[], inflate: Inflate): void {
  const post = (message: Message): void => {
    for (let waiting; (waiting = Atomics.load(control, WAITING)) > MOST_WAITING_KB;) Atomics.wait(control, WAITING, waiting);
    Atomics.add(control, WAITING, sizeKb(message));
    port.postMessage(message);
    Atomics.add(control, SENT, 1);
    Atomics.notify(control, SENT);
  };
  for (;;) {
    const job = Atomics.add(control, NEXT, 1);
    const order = jobs[job];
    if (order === undefined) return;
    try {
      const source = sources.find(({ id }) => id === order.source);
      if (source === undefined) throw new Error(`no source ${order.source}`);
      const opened = openLog(order.log.path, isCompressed(order.log.path) ? inflate : undefined);
      try {
        const emit = ({ lines, ...slice }: ReadSlice): void => post({ job, slice, lines: pack(lines) });
        post({ job, bytes: readLog({ ...order.log, source }, opened, order.start, maxLineBytes, emit, () => false).bytes });
      } finally {
        opened.close();
      }
    } catch (error) {
      post({ job, error: { message: error instanceof Error ? (error.stack ?? error.message) : String(error), code: codeOf(error) } });
    }
  }
}

function codeOf(error: unknown): string | number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}
