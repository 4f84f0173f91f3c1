import type { Migration } from '../migrate.ts';

/* Indexes that are made at the end of an import, as the statements that make them. */
export const migration: Migration = {
  name: '006-pending-indexes',
  sql: `create table pending_indexes (sql text primary key) strict, without rowid;`,
};
