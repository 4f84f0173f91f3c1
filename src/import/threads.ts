import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Told } from '../model/facts/saying.ts';
import { unpack } from './pack.ts';
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
  | { readonly slice: Omit<ReadSlice, keyof Told>; readonly told: string }
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
export const sizeKb = (message: Message): number => 1 + ('slice' in message ? message.told.length >> 10 : 0);
const START_PATIENCE_MS = 10_000;

/** Starts the threads; undefined where the machine gives none. */
export async function hire({ file, count }: Threads): Promise<Crew | undefined> {
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
    await Promise.all(hands.map(({ worker }) => ready(worker)));
  } catch {
    dismiss();
    await Promise.all(hands.map(({ worker }) => worker.terminate()));
    return undefined;
  }
  return { read: (jobs, maxLineBytes) => readInThreads(hands, control, jobs, maxLineBytes), dismiss };
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(reject, START_PATIENCE_MS).unref();
    worker.once('exit', reject);
    worker.once('message', () => {
      clearTimeout(late);
      resolve();
    });
  });
}

async function* readInThreads(
  hands: readonly Hand[],
  control: Int32Array,
  jobs: readonly Job[],
  maxLineBytes: number,
): AsyncGenerator<Answer> {
  const order: Order = { maxLineBytes, jobs: jobs.map(({ log: { source, ...log }, start }) => ({ source: source.id, log, start })) };
  const inbox = openInbox(hands, control);
  const left = new Map(jobs.map(({ start }, job) => [job, start]));
  for (const { port } of hands) port.postMessage(order);
  try {
    for (let message; left.size > 0 && (message = await inbox.next()) !== undefined;) {
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

/** What the threads say; after the last word of the last of them, nothing. */
function openInbox(hands: readonly Hand[], control: Int32Array): { next(): Promise<Message | undefined> } {
  const received: { readonly message: Message; readonly waiting: number }[] = [];
  let wake = (): void => {};
  for (const { port, waiting, worker } of hands) {
    port.on('message', (message: Message) => {
      received.push({ message, waiting });
      wake();
    });
    worker.on('exit', () => {
      for (let last; (last = receiveMessageOnPort(port)) !== undefined;) received.push({ message: last.message, waiting });
      wake();
    });
  }
  return {
    next: async () => {
      while (received.length === 0 && hands.some(({ isAlive }) => isAlive)) await new Promise<void>((resolve) => (wake = resolve));
      const first = received.shift();
      if (first === undefined) return undefined;
      Atomics.sub(control, first.waiting, sizeKb(first.message));
      Atomics.notify(control, first.waiting);
      return first.message;
    },
  };
}

function answerOf(message: Message): Answer {
  if ('slice' in message) return { job: message.job, slice: { ...message.slice, ...unpack(message.told) } };
  if ('bytes' in message) return message;
  const { message: text, code } = message.error;
  return { job: message.job, error: code === undefined ? new Error(text) : Object.assign(new Error(text), { code }) };
}
