import { expect } from 'vitest';

type Sql = (query: string) => readonly Readonly<Record<string, unknown>>[];

/** Each request with each list before it in its thread, thing by thing; the last one first. */
const CARRYING = `
  with carrying as (
    select r.id as request, r.day, r.session_id, s.source, e.item_id, l.change, (e.size_bytes + 3) / 4 as tokens,
      row_number() over (partition by r.id, e.item_id order by coalesce(l.at, 0) desc, l.list_id desc, l.id desc) as back
    from requests r join sessions s on s.id = r.session_id join listings l on l.session_id = r.session_id and l.agent = r.agent
    join item_list_items e on e.list_id = l.list_id
    where r.status = 'ok' and r.started_at is not null and (l.at is null or l.at <= r.started_at)
  )`;

/**
 * The sums of what requests carried are what the facts give: of each day, and of each window between two days the sessions.
 * So are the times of uses. Returns how many there were, how many sums and how many sessions on several days there were.
 */
export function expectCarried(sql: Sql): { readonly used: number; readonly sums: number; readonly again: number } {
  expect(sql('select day from carried_queue')).toEqual([]);
  const stored = sql(`select day, source, item_id, exposed_tokens as tokens from carried where exposed_tokens > 0 order by 1, 2, 3`);
  expect(stored).toEqual(
    sql(`${CARRYING}, sized as (
        select *, (select t.tokens from carrying t where t.request = c.request and t.item_id = c.item_id and t.change = 'added' and t.tokens > 0
          order by t.back limit 1) as last_tokens
        from carrying c where back = 1 and change = 'added'
      )
      select day, source, item_id, sum(last_tokens) as tokens from sized where last_tokens > 0 group by 1, 2, 3 order by 1, 2, 3`),
  );
  const windows = 'days f join days u on u.day >= f.day';
  const days = 'days as (select distinct day from requests where day is not null)';
  expect(
    sql(`with ${days} select f.day as first, u.day as last, c.source, c.item_id, sum(c.sessions) as sessions
      from ${windows} join carried_sessions c on c.day between f.day and u.day and c.before < f.day
      where c.server = '' group by 1, 2, 3, 4 order by 1, 2, 3, 4`),
  ).toEqual(
    sql(`${CARRYING}, ${days} select f.day as first, u.day as last, c.source, c.item_id, count(distinct c.session_id) as sessions
      from ${windows} join carrying c on c.day between f.day and u.day and c.change = 'added' group by 1, 2, 3, 4 order by 1, 2, 3, 4`),
  );
  const used = sql('select day, source, kind, name, first_at, last_at from used order by 1, 2, 3, 4');
  expect(used).toEqual(
    sql(`with uses as (
        select coalesce(c.day, -1000000) as day, c.session_id, t.kind, c.item as name, c.started_at as first_at, c.started_at as last_at
          from tool_calls c join tools t on t.id = c.tool_id where t.kind in ('skill', 'agent', 'command') and c.item is not null
        union all select coalesce(day, -1000000), session_id, 'typed', command, started_at, started_at from turns where command is not null
        union all select c.day, c.session_id, 'mcp_server', t.server, c.first_at, c.last_at from rollup_calls c join tools t on t.id = c.tool_id
          where t.server is not null
      )
      select u.day, s.source, u.kind, u.name, min(u.first_at) as first_at, max(u.last_at) as last_at
      from uses u join sessions s on s.id = u.session_id group by 1, 2, 3, 4 order by 1, 2, 3, 4`),
  );
  return { used: used.length, sums: stored.length, again: sql('select 1 from carried_sessions where before > -1000000').length };
}
