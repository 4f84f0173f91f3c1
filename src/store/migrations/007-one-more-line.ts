import type { Migration } from '../migrate.ts';

/*
 * What the price table says of a model on a UTC day, as JSON; -1: on all days; null: it has no price for it. To load the table
 * takes longer than to import what an agent wrote in an hour.
 *
 * Logs are settled when nothing of them is left to be read: a meta row names them until any row of a log changes.
 *
 * The durations of a tool's calls are in its index, from which its percentiles are made; the sums of its days are found by it.
 */
export const migration: Migration = {
  name: '007-one-more-line',
  sql: `
create table kept_prices (
  model_id integer not null references models,
  day integer not null,
  price text,
  primary key (model_id, day)
) strict, without rowid;
drop index tool_calls_tool;
create index tool_calls_tool on tool_calls (tool_id, duration_ms, outcome, day);
create index rollup_calls_tool on rollup_calls (tool_id);
create trigger log_files_added after insert on log_files begin delete from meta where key = 'settled_logs'; end;
create trigger log_files_changed after update on log_files begin delete from meta where key = 'settled_logs'; end;
create trigger log_files_removed after delete on log_files begin delete from meta where key = 'settled_logs'; end;
`,
};
