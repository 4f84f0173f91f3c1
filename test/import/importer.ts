import { importDirectly } from './directly.ts';

/*
 * An import in a process of its own, to be killed: `importer.ts <home> <store> [rebuild] [hold]`. Each log is a batch; its
 * end is told on standard output. With `hold` the process stops at the first one, for good.
 */

const [home = '', db = '', ...options] = process.argv.slice(2);

const show = (): void => {
  process.stdout.write('log\n');
  if (options.includes('hold')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

await importDirectly(
  { home, db },
  { batchBytes: 1, locked: true, rebuild: options.includes('rebuild'), progress: { start: async () => {}, show } },
);
