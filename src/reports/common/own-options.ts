import { UsageError } from '../../model/errors.ts';
import type { Query } from './query.ts';

/** What was said of an option of a report's own. */
export const word = ({ own }: Query, option: string): string | null => (typeof own[option] === 'string' ? own[option] : null);

/** One of a closed list, also written with blanks or dashes; null: nothing was said. */
export function oneOf<T extends string>(query: Query, option: string, allowed: readonly T[]): T | null {
  const value = word(query, option);
  if (value === null) return null;
  const found = allowed.find((each) => each === value.replaceAll(/[ -]/g, '_'));
  if (found === undefined) throw new UsageError(`--${option} ${value} is not known.`, `Use one of: ${allowed.join(', ')}.`);
  return found;
}

/** A whole number from 0 on; null: nothing was said. `what`: of what it is one. */
export function numberOf(query: Query, option: string, what: string): number | null {
  const value = word(query, option);
  if (value !== null && !/^\d{1,9}$/.test(value))
    throw new UsageError(`--${option} ${value} is not a number of ${what}.`, `Use for example --${option} 14.`);
  return value === null ? null : Number(value);
}
