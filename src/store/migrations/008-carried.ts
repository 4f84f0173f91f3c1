import type { Migration } from '../migrate.ts';

/*
 * What the requests of a day carried because a list named it, by thing; and how many sessions did, by thing or server and by
 * the last day before on which they did, so that a window can count each session once. -1000000: on none.
 *
 * A day is made anew when a request of it changes, which the import notes, or what its requests carried: lists and list prices
 * are few, and whatever changes one of them puts its days on the queue.
 */
export const migration: Migration = {
  name: '008-carried',
  sql: `
create table carried (
  day integer not null,
  source text not null,
  item_id integer not null,
  tokens integer,
  told_at integer not null,
  deferred integer not null,
  exposed_tokens integer,
  cost_usd real,
  primary key (day, source, item_id)
) strict, without rowid;
create table carried_sessions (
  day integer not null,
  source text not null,
  item_id integer not null,
  server text not null,
  before integer not null,
  sessions integer not null,
  primary key (day, source, item_id, server, before)
) strict, without rowid;
-- When on a day a skill, agent or command was called, a command typed, or a tool of a server called.
create table used (
  day integer not null,
  source text not null,
  kind text not null,
  name text not null,
  first_at integer,
  last_at integer,
  primary key (day, source, kind, name)
) strict, without rowid;
create table carried_queue (day integer primary key) strict;
insert into carried_queue (day) select day from rollup_requests union select day from rollup_calls union select day from rollup_turns;

${(['insert', 'update', 'delete'] as const)
  .map(
    (event) => `
create trigger listings_${event} after ${event} on listings begin
${(event === 'update' ? ['old', 'new'] : [event === 'insert' ? 'new' : 'old'])
  .map(
    (row) => `  insert into carried_queue (day) select distinct day from requests
    where session_id = ${row}.session_id and day >= coalesce(${row}.day, -1000000) on conflict do nothing;`,
  )
  .join('\n')}
end;`,
  )
  .join('')}
${(['insert', 'delete'] as const)
  .map(
    (event) => `
create trigger model_rates_${event} after ${event} on model_rates begin
  insert into carried_queue (day) select distinct day from rollup_requests
    where model_id = ${event === 'insert' ? 'new' : 'old'}.model_id on conflict do nothing;
end;`,
  )
  .join('')}
`,
};
