import { formatDay } from '../../model/time.ts';
import { FLOOR_SQL } from '../../scores/sealed.ts';
import type { Db } from '../../store/db.ts';
import { source, type Query } from './query.ts';

/** The first instant whose facts are all there; null: nothing was ever pruned. */
export async function floorAt(db: Db): Promise<number | null> {
  const at = (await db.get(FLOOR_SQL))?.['floor_at'];
  return typeof at === 'number' ? at : null;
}

/** Is there a part of the window of which only sums are left? */
export async function reachesSealed(db: Db, { window }: Query): Promise<boolean> {
  const at = await floorAt(db);
  return at !== null && (window.from ?? -Infinity) < at;
}

/** Says of figures that need facts from which day on they are whole. `what`: which figures. Empty where all facts are there. */
export async function prunedNote(db: Db, query: Query, what: string): Promise<readonly string[]> {
  const at = await floorAt(db);
  if (at === null || (query.window.from ?? -Infinity) >= at) return [];
  const { dayOf, name } = query.homeZone;
  return [`${what} begin on ${formatDay(dayOf(at))}: of the days before only sums are kept, of whole days in ${name}`];
}

/** For figures that sums of whole days can answer, but not the way they were asked for. */
export const unlessSums = async (db: Db, query: Query, what: string): Promise<readonly string[]> =>
  source(query) === 'rollups' ? [] : prunedNote(db, query, what);
