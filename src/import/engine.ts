import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/*
 * Only flags that the versions in use have are set here: an unknown one is complained about on stderr.
 */
const VERSION = Number.parseInt(process.versions.v8, 10);
const isKnown = VERSION <= 14;

/**
 * An import takes seconds, in which optimised code hardly pays for its making: that took a quarter of the processor time. So
 * the engine waits longer before it optimises, also what is small, and takes less into one piece; and it lets its heaps grow
 * by a fifth at a time instead of to several times what is in use. A thread clears away its few new objects alone: to have
 * others help takes longer than that, many hundred times in an import.
 */
export function tuneEngine(): void {
  if (!isKnown) return;
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=150');
  if (VERSION < 12) {
    setFlagsFromString('--interrupt-budget=200000');
    setFlagsFromString('--max-bytecode-size-for-early-opt=0');
  } else setFlagsFromString('--invocation-count-for-turbofan=9000');
}

/** Both halves of the space that new objects are made in. */
const NEW_BYTES = 8_000_000;

/**
 * New objects get no more room than this, or twice as much where it grew in between: with more an import is no faster. To be
 * asked now and then, because a thread that starts sets the flag back.
 */
export function boundNewObjects(): void {
  const size = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.physical_space_size ?? 0;
  if (isKnown && size >= NEW_BYTES) setFlagsFromString('--semi-space-growth-factor=1');
}
