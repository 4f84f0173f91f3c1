import type { Source } from '../model/source.ts';
import { openLog, type Inflate } from './bytes.ts';
import { pack } from './pack.ts';
import { isCompressed } from './plan.ts';
import { readLog, type ReadSlice } from './read-log.ts';
import { MOST_WAITING_KB, NEXT, sizeKb, type Hired, type Message, type Order } from './threads.ts';

/** What a thread does: when it is given work, one job after the other until there are none. */
export async function serve({ port, control, waiting }: Hired, sources: readonly Source[]): Promise<void> {
  const { Decompress } = await import('fzstd');
  port.once('message', (order: Order) => {
    work({ port, control, waiting }, order, sources, Decompress);
    port.close();
  });
}

function work({ port, control, waiting }: Hired, { maxLineBytes, jobs }: Order, sources: readonly Source[], inflate: Inflate): void {
  const post = (message: Message): void => {
    for (let size; (size = Atomics.load(control, waiting)) > MOST_WAITING_KB;) Atomics.wait(control, waiting, size);
    Atomics.add(control, waiting, sizeKb(message));
    port.postMessage(message, 'slice' in message ? [message.told.numbers.buffer] : []);
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
        const emit = ({ signs, sayings, factLines, ...slice }: ReadSlice): void =>
          post({ job, slice, told: pack({ signs, sayings, factLines }) });
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
