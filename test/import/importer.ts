import { importDirectly } from './directly.ts';

/*
 * An import in a process of its own, to be killed: `importer.ts <home> <store> [rebuild] [hold [n]]`. Each log is a batch; its
 * end is told on standard output. With `hold` the process stops at the first one or the n-th, for good.
 */

const [home = '', db = '', ...options] = process.argv.slice(2);

let left = Number(options[options.indexOf('hold') + 1] ?? 1) || 1;

const show = (): void => {
  process.stdout.write('log\n');
  left -= 1;
  if (options.includes('hold') && left === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

await importDirectly(
  { home, db },
  { batchBytes: 1, locked: true, rebuild: options.includes('rebuild'), progress: { start: async () => {}, show } },
);
