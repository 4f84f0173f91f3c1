import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../world.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** Runs work as one whom permissions bind: root may do everything. */
export async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** Gives all that lies in a machine to whom `unprivileged` runs as. */
export function handOver({ home }: Machine): void {
  if (!isRoot) return;
  for (const name of ['.', ...readdirSync(home, { recursive: true, encoding: 'utf8' })]) chownSync(join(home, name), NOBODY, NOBODY);
}
