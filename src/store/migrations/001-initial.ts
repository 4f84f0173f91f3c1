import type { Migration } from '../migrate.ts';

/*
 * Times are epoch milliseconds UTC; `day` is the calendar day in the home zone as a number since 1970-01-01; money is
 * whole 10⁻⁹ USD. Null is "not known". Integer ids are local to this store; `key` is what a fact is known by anywhere.
 */
export const migration: Migration = {
  name: '001-initial',
  sql: `
create table meta (key text primary key, value text not null) strict, without rowid;

create table machines (id integer primary key, key text not null unique, name text not null) strict;
create table projects (id integer primary key, path text not null unique) strict;
create table models (id integer primary key, provider text not null, name text not null, unique (provider, name)) strict;
create table tools (id integer primary key, name text not null unique, kind text not null, server text) strict;

create table log_files (
  id integer primary key,
  machine_id integer not null references machines,
  source text not null,
  path text not null,
  state text not null check (state in ('present', 'gone')),
  device integer not null,
  inode integer not null,
  size_bytes integer not null,
  modified_ms real not null,
  changed_ms real not null,
  offset_bytes integer not null,
  line integer not null,
  head_hash text not null,
  tail_hash text not null,
  reader_state text,
  parser_version integer not null
) strict;
create unique index log_files_present on log_files (machine_id, path) where state = 'present';

create table sessions (
  id integer primary key,
  machine_id integer not null references machines,
  source text not null,
  key text not null,
  project_id integer references projects,
  branch text,
  client_version text,
  entrypoint text,
  parent text,
  first_at integer,
  last_at integer,
  day integer,
  unique (machine_id, source, key)
) strict;
create index sessions_day on sessions (day);

-- What one file says about a session; the row of sessions is made of these.
create table session_files (
  session_id integer not null references sessions,
  file_id integer not null references log_files,
  first_at integer,
  last_at integer,
  project_id integer, project_at integer,
  branch text, branch_at integer,
  client_version text, client_version_at integer,
  entrypoint text,
  parent text,
  primary key (session_id, file_id)
) strict, without rowid;
create index session_files_file on session_files (file_id);

-- file_id of a fact: the one file that told it; null when several did.
create table turns (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  started_at integer,
  ended_at integer,
  reported_ms integer,
  day integer,
  trigger text,
  command text,
  outcome text not null
) strict;
create index turns_session on turns (session_id, day);
create index turns_day on turns (day);

create table requests (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  turn_id integer references turns,
  model_id integer references models,
  started_at integer,
  ended_at integer,
  day integer,
  input_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_5m_tokens integer not null,
  cache_write_1h_tokens integer not null,
  output_tokens integer not null,
  reasoning_tokens integer not null,
  web_searches integer not null,
  reported_nano_usd integer,
  cost_nano_usd integer,
  status text not null,
  http_status integer,
  skill text
) strict;
create index requests_session on requests (session_id, day);
create index requests_day on requests (day);

create table tool_calls (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  turn_id integer references turns,
  request_id integer references requests,
  tool_id integer not null references tools,
  item text,
  started_at integer,
  ended_at integer,
  reported_ms integer,
  duration_ms integer,
  day integer,
  outcome text not null,
  error_class text,
  cost_nano_usd integer
) strict;
create index tool_calls_session on tool_calls (session_id, day);
create index tool_calls_request on tool_calls (request_id);
create index tool_calls_tool on tool_calls (tool_id, day);
create index tool_calls_day on tool_calls (day);

create table compactions (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  at integer,
  day integer,
  trigger text,
  pre_tokens integer
) strict;
create index compactions_session on compactions (session_id);

-- Records that were taken into the context: asked for (use), or put there unasked (exposure).
create table contexts (
  id integer primary key,
  key text not null unique,
  session_id integer not null references sessions,
  file_id integer references log_files,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  at integer,
  day integer,
  kind text not null,
  slug text not null,
  origin text,
  role text not null check (role in ('use', 'exposure')),
  size_bytes integer,
  tokens integer
) strict;
create index contexts_record on contexts (kind, slug);
create index contexts_session on contexts (session_id);

-- Only of facts that were seen in several places: what each place says. The fact's row is resolved from these.
create table sightings (
  fact text not null check (fact in ('turn', 'request', 'call', 'compaction', 'context')),
  fact_id integer not null,
  session_id integer not null references sessions,
  agent text not null,
  sidechain integer not null,
  copied integer not null,
  file_id integer references log_files,
  said text not null,
  primary key (fact, fact_id, session_id, agent)
) strict, without rowid;
create index sightings_session on sightings (session_id);

create table issues (
  id integer primary key,
  file_id integer not null references log_files,
  line integer not null,
  offset_bytes integer not null,
  reason text not null,
  unique (file_id, offset_bytes, reason)
) strict;

create table import_runs (
  id integer primary key,
  started_at integer not null,
  finished_at integer not null,
  state text not null check (state in ('ok', 'failed')),
  files_read integer not null,
  bytes_read integer not null,
  events_new integer not null,
  issue_count integer not null,
  error text
) strict;

-- Prices that a person set; USD per million tokens. from_at null: always.
create table price_overrides (
  model text not null,
  from_at integer,
  input_usd real not null,
  output_usd real not null,
  cache_read_usd real,
  cache_write_usd real,
  cache_write_1h_usd real
) strict;
create unique index price_overrides_key on price_overrides (model, coalesce(from_at, -1));

-- Tools whose calls changed since their scores were computed.
create table score_queue (tool_id integer primary key) strict;

-- Sums of one session's facts on one day of the home zone; undated facts have day -1000000, no model is model 0.
create table rollup_requests (
  day integer not null,
  session_id integer not null,
  model_id integer not null,
  requests integer not null,
  failed_requests integer not null,
  retries integer not null,
  input_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_5m_tokens integer not null,
  cache_write_1h_tokens integer not null,
  output_tokens integer not null,
  reasoning_tokens integer not null,
  web_searches integer not null,
  cost_nano_usd integer,
  unpriced_tokens integer not null,
  primary key (day, session_id, model_id)
) strict, without rowid;

create table rollup_calls (
  day integer not null,
  session_id integer not null,
  tool_id integer not null,
  model_id integer not null,
  calls integer not null,
  ok integer not null,
  errors integer not null,
  timeouts integer not null,
  declined integer not null,
  interrupted integer not null,
  blocked integer not null,
  cancelled integer not null,
  open integer not null,
  unknown integer not null,
  duration_n integer not null,
  duration_sum_ms integer not null,
  cost_calls integer not null,
  cost_nano_usd integer,
  first_at integer,
  last_at integer,
  primary key (day, session_id, tool_id, model_id)
) strict, without rowid;

create table rollup_turns (
  day integer not null,
  session_id integer not null,
  turns integer not null,
  commands integer not null,
  primary key (day, session_id)
) strict, without rowid;

-- Days of sessions whose facts changed since their rollups were made.
create table rollup_queue (day integer not null, session_id integer not null, primary key (day, session_id)) strict, without rowid;

create table tool_scores (
  tool text primary key,
  kind text not null,
  server text,
  calls integer not null,
  settled integer not null,
  ok integer not null,
  errors integer not null,
  timeouts integer not null,
  declined integer not null,
  interrupted integer not null,
  blocked integer not null,
  cancelled integer not null,
  open integer not null,
  unknown integer not null,
  success_rate real,
  duration_n integer not null,
  median_ms real,
  p95_ms integer,
  p99_ms integer,
  cost_calls integer not null,
  total_cost_nano_usd integer,
  avg_cost_nano_usd real,
  sessions integer not null,
  first_used_at integer,
  last_used_at integer
) strict, without rowid;
`,
};
