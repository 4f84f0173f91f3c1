import { setFlagsFromString } from 'node:v8';

/**
 * A run takes some seconds at most, in which optimised code hardly pays for its making: of an import, a quarter of the
 * processor time went into that. So the engine waits longer before it optimises, and takes less into one piece. Only flags
 * that the versions in use have: an unknown one is complained about on stderr.
 */
export function optimiseLess(): void {
  const version = Number.parseInt(process.versions.v8, 10);
  if (version > 14) return;
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=150');
  setFlagsFromString(version < 12 ? '--interrupt-budget=200000' : '--invocation-count-for-turbofan=9000');
}
