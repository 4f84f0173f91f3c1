import { ERROR_CLASSES, LISTED_KINDS, OUTCOMES, TOOL_KINDS } from '../model/event.ts';
import { MAX_KEY } from '../model/json.ts';
import { json, like, MAX_NAME, named, number, oneOf, path, sentence, bytes, type Holding } from './holding.ts';
import { META_KEYS } from './meta.ts';

/*
 * All that the store can hold: every column of every table, once; columns of one meaning stand together. A test compares it
 * with the schema, `usage doctor --privacy` with what a store holds. No column is for a text that somebody said.
 */

const ROW = number('rows of this and other tables');
const FIGURE = number('times, days, sizes, counts, flags, money');
const ID = named('id of the log', 'log', MAX_KEY);
const SERVER = named('name of an MCP server', 'log');
const SOURCE = named('agent whose log it is', 'log');
const CLIENT = named('branch; version and entry point of the agent', 'log');
const TOOL = named('name of a tool, with its server', 'log', MAX_KEY);
const PATH = path('path, or its label', 'log');
const OUTCOME = oneOf('how it ended', OUTCOMES);
const KIND_OF_TOOL = oneOf('kind of tool', TOOL_KINDS);
const KIND_OF_LIST = oneOf('kind of what is listed', LISTED_KINDS);
const KIND_OF_FACT = oneOf('kind of fact', ['turn', 'request', 'call', 'compaction', 'context', 'listing']);
const HASH = like('hash', 'at most 27 characters of base64url', /^[\w-]{0,27}$/);
const PATH_HASH = like('hashes of the parts of a path', '# and hexadecimal digits', /^#[0-9a-f]{12}(?:\/[0-9a-f]{12})*$/);

/** By table, then by the columns that share a description. */
export const HOLDINGS: Readonly<Record<string, Readonly<Record<string, Holding>>>> = {
  meta: {
    key: oneOf('name of a setting of the store', META_KEYS),
    value: like('zone, random key, number or word', 'one word of at most 100 characters', /^[\w+/.:-]{0,100}$/),
  },
  machines: {
    id: ROW,
    key: like('random id', 'a UUID', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    name: named('name of the machine', 'system'),
  },
  projects: { id: ROW, path: PATH, key: PATH_HASH },
  models: { id: ROW, 'provider name': named('name of a model, of its provider', 'log') },
  tools: { id: ROW, name: TOOL, kind: KIND_OF_TOOL, server: SERVER },
  items: { id: ROW, kind: KIND_OF_LIST, name: path('name; of memory its path, or its label', 'log', MAX_NAME) },
  item_lists: { id: ROW, kind: KIND_OF_LIST, digest: HASH },
  item_list_items: { 'list_id item_id': ROW, size_bytes: FIGURE },
  log_files: {
    'id machine_id': ROW,
    source: SOURCE,
    path: path('path, or its label', 'system'),
    key: PATH_HASH,
    state: oneOf('whether it is there', ['present', 'gone']),
    'device inode size_bytes modified_ms changed_ms offset_bytes line parser_version': FIGURE,
    'head_hash tail_hash': HASH,
    reader_state: json('what reading goes on with: ids, names, the project'),
  },
  sessions: {
    'id machine_id project_id': ROW,
    source: SOURCE,
    'branch client_version entrypoint': CLIENT,
    'key parent': ID,
    'first_at last_at day': FIGURE,
  },
  session_files: {
    'session_id file_id project_id': ROW,
    'branch client_version entrypoint': CLIENT,
    parent: ID,
    'first_at last_at project_at branch_at client_version_at misfiled': FIGURE,
  },
  turns: {
    'id session_id file_id': ROW,
    'key agent': ID,
    command: named('name of a slash command', 'log'),
    trigger: oneOf('what began it', ['human', 'command', 'notification']),
    outcome: OUTCOME,
    'sidechain copied started_at ended_at reported_ms day': FIGURE,
  },
  requests: {
    'id session_id file_id turn_id model_id': ROW,
    'key agent': ID,
    skill: named('name of a skill', 'log'),
    status: oneOf('how it ended', ['ok', 'error', 'retry']),
    'sidechain copied started_at ended_at day conflict http_status': FIGURE,
    'input_tokens cache_read_tokens cache_write_5m_tokens cache_write_1h_tokens output_tokens reasoning_tokens web_searches': FIGURE,
    'reported_nano_usd cost_nano_usd': FIGURE,
  },
  tool_calls: {
    'id session_id file_id turn_id request_id tool_id reads_id': ROW,
    'key agent': ID,
    item: named('skill, sub-agent, slash command, or the name of a program', 'log'),
    outcome: OUTCOME,
    error_class: oneOf('class of the error', ERROR_CLASSES),
    'sidechain copied started_at ended_at reported_ms duration_ms day cost_nano_usd conflict': FIGURE,
  },
  compactions: {
    'id session_id file_id': ROW,
    'key agent': ID,
    trigger: oneOf('what began it', ['auto', 'manual']),
    'sidechain copied at day pre_tokens': FIGURE,
  },
  contexts: {
    'id session_id file_id': ROW,
    'key agent': ID,
    'kind slug origin': path('name of a record, its kind and what brought it; of memory its path, or its label', 'log', MAX_NAME),
    role: oneOf('whether it was asked for', ['use', 'exposure']),
    'sidechain copied at day size_bytes tokens': FIGURE,
  },
  listings: {
    'id session_id file_id list_id': ROW,
    'key agent': ID,
    change: oneOf('what changed', ['added', 'removed']),
    'sidechain copied at day deferred': FIGURE,
  },
  sightings: {
    fact: KIND_OF_FACT,
    'fact_id session_id file_id': ROW,
    agent: ID,
    said: json('the figures, words and names of a fact, as one place tells it'),
    'sidechain copied': FIGURE,
  },
  issues: {
    'id file_id': ROW,
    reason: like('what is wrong with a line', 'one word', /^[a-z][a-z0-9_]{0,39}$/),
    'line offset_bytes': FIGURE,
  },
  import_runs: {
    id: ROW,
    state: oneOf('how it ended', ['ok', 'failed']),
    error: sentence('sentence of usage, which can name a file'),
    'started_at finished_at files_read bytes_read events_new issue_count': FIGURE,
  },
  price_overrides: {
    model: named('name of a model', 'person'),
    'from_at input_usd output_usd cache_read_usd cache_write_usd cache_write_1h_usd': FIGURE,
  },
  kept_prices: { model_id: ROW, day: FIGURE, price: json('prices of a model, by what they are for') },
  model_rates: { model_id: ROW, 'input_usd cache_read_usd cache_write_usd': FIGURE },
  tombstones: {
    digest: bytes('hash of what was taken out', 8),
  },
  undated: { fact: KIND_OF_FACT, key: ID, imported_at: FIGURE },
  score_queue: { tool_id: ROW },
  rollup_queue: { session_id: ROW, day: FIGURE },
  carried: { source: SOURCE, item_id: ROW, 'day tokens told_at deferred exposed_tokens cost_usd': FIGURE },
  carried_sessions: { source: SOURCE, item_id: ROW, server: SERVER, 'day before sessions': FIGURE },
  used: {
    source: SOURCE,
    kind: oneOf('kind of what was used', ['skill', 'agent', 'command', 'typed', 'mcp_server']),
    name: named('name of a skill, sub-agent, slash command or MCP server', 'log'),
    'day first_at last_at': FIGURE,
  },
  carried_queue: { day: FIGURE },
  rollup_requests: {
    'session_id model_id': ROW,
    'day requests failed_requests retries cost_nano_usd unpriced_tokens web_searches': FIGURE,
    'input_tokens cache_read_tokens cache_write_5m_tokens cache_write_1h_tokens output_tokens reasoning_tokens': FIGURE,
  },
  rollup_calls: {
    'session_id tool_id model_id': ROW,
    'day calls ok errors timeouts declined interrupted blocked cancelled open unknown': FIGURE,
    'duration_n duration_sum_ms cost_calls cost_nano_usd first_at last_at': FIGURE,
  },
  rollup_durations: { 'session_id tool_id model_id': ROW, 'day bucket calls': FIGURE },
  rollup_turns: { session_id: ROW, 'day turns commands': FIGURE },
  tool_scores: {
    tool: TOOL,
    kind: KIND_OF_TOOL,
    server: SERVER,
    'calls settled ok errors timeouts declined interrupted blocked cancelled open unknown success_rate': FIGURE,
    'duration_n median_ms median_exact p95_ms p99_ms cost_calls total_cost_nano_usd avg_cost_nano_usd': FIGURE,
    'sessions first_used_at last_used_at': FIGURE,
  },
};
