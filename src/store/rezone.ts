import type { Database } from 'better-sqlite3';
import type { Zone } from '../model/time.ts';
import { FailError } from '../model/errors.ts';
import { refreshCarried } from './carried.ts';
import { readFloor } from './floor.ts';
import { readMeta, writeMeta } from './meta.ts';
import { queueAll, refreshRollups } from './rollups.ts';

/** Tables whose rows have a day, and the time that gives it. */
const DAYS: Readonly<Record<string, string>> = {
  sessions: 'first_at',
  turns: 'started_at',
  requests: 'started_at',
  tool_calls: 'started_at',
  compactions: 'at',
  contexts: 'at',
  listings: 'at',
};

/** Cuts all days anew in another zone, and adds them up; the caller holds the transaction. Of pruned days only sums are left, which cannot be cut. */
export function rezone(db: Database, zone: Zone): void {
  if (readFloor(db) !== null) {
    throw new FailError(
      `Days of this store were pruned; their sums stay cut in ${readMeta(db, 'home_zone') ?? 'their zone'}, and so do all others.`,
      'Ask a report for another zone with --timezone.',
    );
  }
  db.function('day_of', { deterministic: true, directOnly: true }, (at) => (typeof at === 'number' ? zone.dayOf(at) : null));
  queueAll(db);
  for (const [table, time] of Object.entries(DAYS)) db.exec(`update ${table} set day = day_of(${time})`);
  queueAll(db);
  refreshRollups(db);
  refreshCarried(db);
  writeMeta(db, 'home_zone', zone.name);
}
