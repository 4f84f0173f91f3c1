import { UsageError } from './errors.ts';

/** The word that was probably meant: with a letter or two wrong, or only a part of it said. Undefined: none is near. */
export function nearest(said: string, known: readonly string[]): string | undefined {
  const word = said.toLowerCase();
  let best: string | undefined;
  // In a short word, one; in two letters, none.
  let least = Math.min(3, Math.floor(word.length / 3)) + 1;
  for (const each of known) {
    if (Math.abs(each.length - word.length) >= least) continue;
    const steps = stepsBetween(word, each.toLowerCase());
    if (steps >= least) continue;
    best = each;
    least = steps;
  }
  const isPart = (each: string): boolean => each.toLowerCase().includes(word);
  return best ?? (word.length < SHORTEST_PART ? undefined : known.find(isPart));
}

const SHORTEST_PART = 3;

/** Letters to add, leave out, change, or swap with the next one. */
function stepsBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, current];
  }
  return last[b.length] ?? 0;
}

/** The question that names it, with a blank at its end; empty where none is near. */
export function didYouMean(said: string, known: readonly string[]): string {
  const found = nearest(said, known);
  return found === undefined ? '' : `Did you mean ${found}? `;
}

/** One of a closed list. Throws UsageError that names all of it, and the one that was probably meant. */
export function oneOf<T extends string>(what: string, said: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === said);
  if (found === undefined)
    throw new UsageError(`${what} ${said} is not known.`, `${didYouMean(said, allowed)}Use one of: ${allowed.join(', ')}.`);
  return found;
}
