import type { Database } from 'better-sqlite3';
import { readMeta, writeMeta } from './meta.ts';

/** Facts before this were pruned: days before `day` of the home zone are sealed, and nothing that began before `at` comes in again. */
export interface Floor {
  readonly day: number;
  readonly at: number;
}

export function readFloor(db: Database): Floor | null {
  const [day, at] = [readMeta(db, 'floor_day'), readMeta(db, 'floor_at')];
  return day === undefined || at === undefined ? null : { day: Number(day), at: Number(at) };
}

/** A floor is never lowered: what lies below it is gone. Returns the one that holds. */
export function raiseFloor(db: Database, floor: Floor): Floor {
  const known = readFloor(db);
  if (known !== null && known.at >= floor.at) return known;
  writeMeta(db, 'floor_day', String(floor.day));
  writeMeta(db, 'floor_at', String(floor.at));
  return floor;
}
