/*
 * What `usage sql` offers: names that stay when tables change. They are views of the connection alone, so they need no
 * room in the store and no change of its schema. Times are RFC 3339 UTC, days dates of the store's zone, money USD.
 */

const time = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;
/** Facts without a time have no day. */
const day = (column: string): string => `case when ${column} > -1000000 then date(${column} * 86400, 'unixepoch') end`;
const usd = (column: string): string => `${column} / 1e9`;
const SESSION = 'join main.sessions s on s.id = f.session_id left join main.projects p on p.id = s.project_id';

export const VIEWS: readonly { readonly name: string; readonly holds: string; readonly sql: string }[] = [
  {
    name: 'v_calls',
    holds: 'tool calls: outcome, duration, cost',
    sql: `select ${time('f.started_at')} as started_at, ${day('f.day')} as day, t.name as tool, t.kind, t.server, f.item, f.outcome, f.error_class,
      f.duration_ms, ${usd('f.cost_nano_usd')} as cost_usd, m.name as model, s.source, s.key as session, p.path as project
      from main.tool_calls f join main.tools t on t.id = f.tool_id ${SESSION}
      left join main.requests r on r.id = f.request_id left join main.models m on m.id = r.model_id`,
  },
  {
    name: 'v_requests',
    holds: 'requests to models: tokens, cost, status',
    sql: `select ${time('f.started_at')} as started_at, ${day('f.day')} as day, m.name as model, f.status, f.http_status, f.input_tokens,
      f.cache_read_tokens, f.cache_write_5m_tokens + f.cache_write_1h_tokens as cache_write_tokens, f.output_tokens,
      ${usd('f.cost_nano_usd')} as cost_usd, s.source, s.key as session, p.path as project
      from main.requests f left join main.models m on m.id = f.model_id ${SESSION}`,
  },
  {
    name: 'v_sessions',
    holds: 'sessions: agent, project, first and last event',
    sql: `select s.key as session, s.source, p.path as project, s.branch, s.client_version, ${time('s.first_at')} as first_at,
      ${time('s.last_at')} as last_at, ${day('s.day')} as day from main.sessions s left join main.projects p on p.id = s.project_id`,
  },
  {
    name: 'v_tools',
    holds: 'scores of tools over all time, as `usage tools` shows them',
    sql: `select tool, kind, server, calls, settled, ok, errors, timeouts, declined, success_rate, median_ms, p95_ms,
      ${usd('avg_cost_nano_usd')} as avg_cost_usd, ${usd('total_cost_nano_usd')} as total_cost_usd, sessions, ${time('last_used_at')} as last_used
      from main.tool_scores`,
  },
];

export const CREATE_VIEWS = VIEWS.map(({ name, sql }) => `create temp view if not exists ${name} as ${sql};`).join('\n');
