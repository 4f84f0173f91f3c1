import { UsageError } from '../../model/errors.ts';
import { oneOf as oneOfThem } from '../../model/nearest.ts';
import type { Query } from './query.ts';

/** What was said of an option of a report's own. */
export const word = ({ own }: Query, option: string): string | null => (typeof own[option] === 'string' ? own[option] : null);

/** One of a closed list, also written with blanks or dashes; null: nothing was said. */
export function oneOf<T extends string>(query: Query, option: string, allowed: readonly T[]): T | null {
  const value = word(query, option);
  return value === null ? null : oneOfThem(`--${option}`, value.replaceAll(/[ -]/g, '_'), allowed);
}

/** A whole number from 0 on; null: nothing was said. `what`: of what it is one. */
export function numberOf(query: Query, option: string, what: string): number | null {
  const value = word(query, option);
  if (value !== null && !/^\d{1,9}$/.test(value))
    throw new UsageError(`--${option} ${value} is not a number of ${what}.`, `Use for example --${option} 14.`);
  return value === null ? null : Number(value);
}
