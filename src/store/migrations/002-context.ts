import type { Migration } from '../migrate.ts';

/*
 * What stands in the context: lists of skills, tools, servers, agents and memory files, each list stored once however many
 * sessions begin with it. Beside it: what calls read into the context, ids that were given twice, logs whose lines name
 * another session, and a histogram of durations. `bucket` is the whole part of ln(ms) / ln(1.01), so a bucket is 1 % wide;
 * -1 stands for 0 ms.
 */
export const migration: Migration = {
  name: '002-context',
  sql: `
create table items (id integer primary key, kind text not null, name text not null, unique (kind, name)) strict;

create table item_lists (id integer primary key, kind text not null, digest text not null unique) strict;
create table item_list_items (
  list_id integer not null references item_lists,
  item_id integer not null references items,
  size_bytes integer,
  primary key (list_id, item_id)
) strict, without rowid;
create index item_list_items_item on item_list_items (item_id);

create table listings (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  at integer,
  day integer,
  change text not null check (change in ('added', 'removed')),
  deferred integer not null,
  list_id integer not null references item_lists
) strict;
create index listings_session on listings (session_id);
create index listings_list on listings (list_id);

alter table tool_calls add column reads_id integer references item_lists;
alter table tool_calls add column conflict integer not null default 0;
alter table requests add column conflict integer not null default 0;
alter table session_files add column misfiled integer not null default 0;
create index tool_calls_reads on tool_calls (reads_id) where reads_id is not null;
create index tool_calls_odd on tool_calls (day) where (outcome = 'open' or ended_at < started_at or conflict = 1);
create index requests_odd on requests (day) where conflict = 1;

create index requests_skill on requests (skill) where skill is not null;
create index turns_command on turns (command) where command is not null;

-- List prices of a model's tokens, in USD per million, on the day of its last request. Null: no price is known.
create table model_rates (
  model_id integer primary key references models,
  input_usd real,
  cache_read_usd real,
  cache_write_usd real
) strict;

create table new_sightings (
  fact text not null check (fact in ('turn', 'request', 'call', 'compaction', 'context', 'listing')),
  fact_id integer not null,
  session_id integer not null references sessions,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  file_id integer references log_files,
  said text not null,
  primary key (fact, fact_id, session_id, agent)
) strict, without rowid;
insert into new_sightings select * from sightings;
update new_sightings set said = json_set(said, '$.conflict', 0) where fact = 'request';
update new_sightings set said = json_set(said, '$.conflict', 0, '$.reads', null) where fact = 'call';
drop table sightings;
alter table new_sightings rename to sightings;
create index sightings_session on sightings (session_id);

create table rollup_durations (
  day integer not null,
  session_id integer not null,
  tool_id integer not null,
  model_id integer not null,
  bucket integer not null,
  calls integer not null,
  primary key (day, session_id, tool_id, model_id, bucket)
) strict, without rowid;
insert into rollup_queue (day, session_id) select day, session_id from rollup_calls where true on conflict do nothing;
`,
};
