import type { Migration } from '../migrate.ts';

/** A place that says of a fact what its row says, as nearly all copies do, need not say it again: `said` is null. */
export const migration: Migration = {
  name: '009-same-said',
  sql: `
create table new_sightings (
  fact text not null check (fact in ('turn', 'request', 'call', 'compaction', 'context', 'listing')),
  fact_id integer not null,
  session_id integer not null references sessions,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  file_id integer references log_files,
  said text,
  primary key (fact, fact_id, session_id, agent)
) strict, without rowid;
insert into new_sightings select * from sightings;
drop table sightings;
alter table new_sightings rename to sightings;
create index sightings_session on sightings (session_id);
`,
};
