import type { Database } from 'better-sqlite3';
import { migration as initial } from './migrations/001-initial.ts';
import { migration as context } from './migrations/002-context.ts';
import { migration as retention } from './migrations/003-retention.ts';
import { migration as labels } from './migrations/004-labels.ts';
import { migration as openDays } from './migrations/005-open-days.ts';
import { migration as usesByDay } from './migrations/006-uses-by-day.ts';
import { migration as oneMoreLine } from './migrations/007-one-more-line.ts';
import { migration as carried } from './migrations/008-carried.ts';
import { migration as sameSaid } from './migrations/009-same-said.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Append-only. A store's schema version is the number of these that it has seen. */
const MIGRATIONS: readonly Migration[] = [initial, context, retention, labels, openDays, usesByDay, oneMoreLine, carried, sameSaid];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** `usag` in ASCII: tells our stores from other SQLite files. */
export const APPLICATION_ID = 0x75736167;

/** Brings a store to the present schema; each step and its record commit together. */
export function migrate(db: Database): void {
  const applied = () => Number(db.pragma('user_version', { simple: true }));
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < applied()) continue;
    db.transaction(() => {
      if (index < applied()) return; // another process did it while this one waited
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}
