import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Told } from '../model/facts/saying.ts';
import { unpack, type Packed } from './pack.ts';
import type { Log, Start } from './plan.ts';
import type { ReadSlice } from './read-log.ts';

/*
 * Logs are read in threads and written in this one. What is known of a log's place, and the facts, are joined in whatever
 * order they come. A thread may die, of a line that takes more memory than it has or by the system's hand: what is left of
 * its work is then done by this one.
 */

export interface Threads {
  /** Runs `serve` of serve.ts. */
  readonly file: URL;
  readonly count: number;
  /** Less than this is read sooner than a thread has started. */
  readonly worthBytes: number;
  /** This thread reads too, while there is nothing to write. */
  readonly isShared: boolean;
}

export interface Job {
  readonly log: Log;
  readonly start: Start;
}

/** A part of a log, its end (with the number of bytes read), why it could not be read, or where it is left to the caller. */
export type Answer = { readonly job: number } & (
  | { readonly slice: ReadSlice }
  | { readonly bytes: number }
  | { readonly error: unknown }
  | { readonly left: Start }
);

export type Message = { readonly job: number } & (
  | { readonly slice: Omit<ReadSlice, keyof Told>; readonly told: Packed }
  | { readonly bytes: number }
  | { readonly error: { readonly message: string; readonly code: string | number | undefined } }
);

/** What a thread is given when it starts. */
export interface Hired {
  readonly port: MessagePort;
  readonly control: Int32Array;
  /** Where in `control` the size of its messages is that wait to be taken. */
  readonly waiting: number;
}

/** A thread as it is seen from outside. */
interface Hand {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly waiting: number;
  isAlive: boolean;
}

export interface Order {
  readonly maxLineBytes: number;
  readonly jobs: readonly { readonly source: string; readonly log: Omit<Log, 'source'>; readonly start: Start }[];
}

/** Threads that wait for work. */
export interface Crew {
  /** Once. The answers of one log come in order. */
  read(jobs: readonly Job[], maxLineBytes: number): AsyncGenerator<Answer>;
  dismiss(): void;
}

/** Of the numbers that the threads share the first is the next job; the others are the sizes of what waits, one a thread. */
export const NEXT = 0;
/** A bound for memory; as much as is read while a batch is written. */
export const MOST_WAITING_KB = 4_000;
export const sizeKb = (message: Message): number =>
  1 + ('slice' in message ? (message.told.heading.length + message.told.numbers.byteLength) >> 10 : 0);

/** Starts the threads; undefined where the machine gives none. */
export function hire({ file, count, isShared }: Threads): Crew | undefined {
  const control = new Int32Array(new SharedArrayBuffer(4 * (count + 1)));
  const hands: Hand[] = [];
  const dismiss = (): void => {
    for (const { port, worker } of hands) {
      port.close();
      worker.unref();
    }
  };
  try {
    while (hands.length < count) {
      const { port1, port2 } = new MessageChannel();
      const waiting = hands.length + 1;
      const workerData: Hired = { port: port2, control, waiting };
      const worker = new Worker(file, { workerData, transferList: [port2], resourceLimits: { maxYoungGenerationSizeMb: 8 } });
      const hand: Hand = { worker, port: port1, waiting, isAlive: true };
      worker.on('error', () => {}); // its end follows
      worker.on('exit', () => (hand.isAlive = false));
      hands.push(hand);
    }
  } catch {
    dismiss();
    for (const { worker } of hands) void worker.terminate();
    return undefined;
  }
  return { read: (jobs, maxLineBytes) => readInThreads(hands, control, jobs, maxLineBytes, isShared), dismiss };
}

async function* readInThreads(
  hands: readonly Hand[],
  control: Int32Array,
  jobs: readonly Job[],
  maxLineBytes: number,
  isShared: boolean,
): AsyncGenerator<Answer> {
  const order: Order = { maxLineBytes, jobs: jobs.map(({ log: { source, ...log }, start }) => ({ source: source.id, log, start })) };
  const inbox = openInbox(hands, control);
  const left = new Map(jobs.map(({ start }, job) => [job, start]));
  for (const { port } of hands) port.postMessage(order);
  try {
    while (left.size > 0) {
      let message = inbox.take();
      if (message === undefined && isShared) {
        const job = Atomics.add(control, NEXT, 1);
        const start = left.get(job);
        if (start !== undefined) {
          left.delete(job);
          yield { job, left: start };
          continue;
        }
      }
      message ??= await inbox.next();
      if (message === undefined) break;
      if (!('slice' in message)) left.delete(message.job);
      // A log that cannot be entered in its middle has no mark of its place.
      else if (message.slice.cursor.headHash !== '') left.set(message.job, { ...message.slice.cursor, fileId: message.slice.fileId });
      yield answerOf(message);
    }
    for (const [job, start] of left) yield { job, left: start };
  } finally {
    // Also where not all was taken: no job is left, and nobody waits.
    Atomics.store(control, NEXT, jobs.length);
    for (const { waiting } of hands) {
      Atomics.store(control, waiting, -(2 ** 30));
      Atomics.notify(control, waiting);
    }
  }
}

/** What the threads say: what is there, if anything, or what comes next; nothing after the last word of the last of them. */
function openInbox(hands: readonly Hand[], control: Int32Array): { take(): Message | undefined; next(): Promise<Message | undefined> } {
  const received: { readonly message: Message; readonly waiting: number }[] = [];
  let wake = (): void => {};
  const collect = (): void => {
    for (const { port, waiting } of hands)
      for (let got; (got = receiveMessageOnPort(port)) !== undefined;) received.push({ message: got.message, waiting });
  };
  for (const { port, waiting, worker } of hands) {
    port.on('message', (message: Message) => {
      received.push({ message, waiting });
      wake();
    });
    worker.on('exit', () => wake());
  }
  const take = (): Message | undefined => {
    if (received.length === 0) collect();
    const first = received.shift();
    if (first === undefined) return undefined;
    Atomics.sub(control, first.waiting, sizeKb(first.message));
    Atomics.notify(control, first.waiting);
    return first.message;
  };
  const next = async (): Promise<Message | undefined> => {
    for (;;) {
      const isOver = !hands.some(({ isAlive }) => isAlive);
      const message = take();
      if (message !== undefined || isOver) return message;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { take, next };
}

function answerOf(message: Message): Answer {
  if ('slice' in message) return { job: message.job, slice: { ...message.slice, ...unpack(message.told) } };
  if ('bytes' in message) return message;
  const { message: text, code } = message.error;
  return { job: message.job, error: code === undefined ? new Error(text) : Object.assign(new Error(text), { code }) };
}
