import type { Migration } from '../migrate.ts';

/*
 * What was taken out stays out: keyed digests of pruned facts and of forgotten sessions and logs, of which nothing can be
 * read. Undated facts age by when they were imported, so of these alone the time of import is kept, by key: it outlives a
 * rebuild.
 */
export const migration: Migration = {
  name: '003-retention',
  sql: `
create table tombstones (digest blob primary key) strict, without rowid;
create table undated (fact text not null, key text not null, imported_at integer not null, primary key (fact, key)) strict, without rowid;
create index compactions_undated on compactions (key) where day is null;
create index contexts_undated on contexts (key) where day is null;
create index listings_undated on listings (key) where day is null;
alter table tool_scores add column median_exact integer not null default 1;
`,
};
