import type { Db, SqlRow } from '../../store/db.ts';
import { isSummed } from './exposure.ts';
import {
  agentCallsWhere,
  attributionsWhere,
  callsWhere,
  commandsWhere,
  readingCallsWhere,
  modelAsked,
  sessionAsked,
  source,
  type Query,
  type Where,
} from './query.ts';

/*
 * Structural uses of skills, sub-agents, slash commands and memory files: a call, a typed command, a file that was read, a
 * request that the log holds a skill responsible for. A mention in a text is none.
 */

/**
 * A row for each use: source, kind, name, origin, at, session_id, loaded, key. `loaded` is 0 where it was asked for and nothing came:
 * a call that failed or has no result. A command that goes by the name of a skill is that skill. Where all that is told of a
 * skill in a session is that requests were made for it, that is one use, at the first of them.
 */
export function usesSql(query: Query, bySums = false): Where {
  const [calls, records, commands, attributions] = [
    agentCallsWhere(query),
    readingCallsWhere(query),
    commandsWhere(query),
    attributionsWhere(query),
  ];
  return {
    sql: `
      with ${skillsSql(bySums)}
      select s.source, t.kind, c.item as name, t.name as origin, c.started_at as at, c.session_id, case when c.outcome = 'ok' then 1 else 0 end as loaded, c.key
      from tool_calls c join tools t on t.id = c.tool_id ${sessionAsked('c', query)} where ${calls.sql}
      union all
${readsSql(query, records)}
      union all
      select s.source, case when u.command in (select name from skills) then 'skill' else 'command' end, u.command, 'typed', u.started_at, u.session_id, 1, u.key
      from turns u ${sessionAsked('u', query)} where ${commands.sql}
      union all
${attributionsSql(query, attributions)}`,
    params: { ...calls.params, ...records.params, ...commands.params, ...attributions.params },
  };
}

/** All that is known to be a skill: what was listed as one, or called. */
const skillsSql = (bySums: boolean): string => `skills (name) as (
        select i.name from items i where i.kind = 'skill'
        union ${
          bySums
            ? `select name from used where kind = 'skill'`
            : `select c.item from tool_calls c where c.tool_id in (select id from tools where kind = 'skill') and c.item is not null`
        }
      )`;

/** Files of skills and memory that were read. */
const readsSql = (
  query: Query,
  { sql }: Where,
): string => `      select s.source, i.kind, i.name, t.name, c.started_at, c.session_id, 1, c.key
      from tool_calls c join item_list_items e on e.list_id = c.reads_id join items i on i.id = e.item_id join tools t on t.id = c.tool_id ${sessionAsked('c', query)} where ${sql}`;

/** Where all that is told of a skill is that requests were made for it. */
const attributionsSql = (
  query: Query,
  { sql }: Where,
): string => `      select s.source, 'skill', r.skill, 'attribution', min(r.started_at), r.session_id, 1, min(r.key)
      from requests r ${sessionAsked('r', query)} ${modelAsked('r', query)}
      where ${sql}
        and not exists (select 1 from tool_calls c join tools t on t.id = c.tool_id where c.session_id = r.session_id and c.item = r.skill and t.kind = 'skill')
        and not exists (select 1 from turns u where u.session_id = r.session_id and u.command = r.skill)
      group by s.source, r.skill, r.session_id`;

/** When a thing was first and last asked for. */
export type Used = Pick<Use, 'source' | 'kind' | 'name' | 'firstAt' | 'lastAt'>;

/** Over all time: from the sums of days where they can tell, else from the facts. */
export async function everUsed(db: Db, asked: Query): Promise<readonly Used[]> {
  const query: Query = { ...asked, window: { from: null, until: null } };
  if (!(await isSummed(db, query))) return usesOf(db, query);
  const [records, attributions] = [readingCallsWhere(query), attributionsWhere(query)];
  const rows = await db.all(
    `with ${skillsSql(true)}, told (source, kind, name, origin, at, session_id, loaded, key) as (
${readsSql(query, records)}
       union all
${attributionsSql(query, attributions)}
     )
     select source, kind, name, min(first_at) as first_at, max(last_at) as last_at from (
       select source, case when kind <> 'typed' then kind when name in (select name from skills) then 'skill' else 'command' end as kind, name,
         first_at, last_at from used
       union all select source, kind, name, at, at from told
     ) where ${query.filters.source === null ? 'true' : 'source = :source'} group by 1, 2, 3`,
    { ...records.params, ...attributions.params },
  );
  return rows.map(usedOf);
}

function usedOf(row: SqlRow): Used {
  const time = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    source: String(row['source']),
    kind: String(row['kind']),
    name: String(row['name']),
    firstAt: time(row['first_at']),
    lastAt: time(row['last_at']),
  };
}

/** How often a thing was asked for, and when. */
export interface Use {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  readonly uses: number;
  readonly sessions: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** Different tools of a server; 0 for what has none. */
  readonly tools: number;
}

/** Uses of each thing, MCP servers among them: a call of one of their tools, however it ended. */
export async function usesOf(db: Db, query: Query): Promise<readonly Use[]> {
  const uses = usesSql(query, await isSummed(db, query));
  const from = source(query);
  const calls = callsWhere(query, from);
  const isRolled = from === 'rollups';
  const models = isRolled ? modelAsked('c', query) : `left join requests r on r.id = c.request_id ${modelAsked('r', query)}`;
  const rows = await db.all(
    `with asked as (${uses.sql})
     select source, kind, name, count(*) as uses, count(distinct session_id) as sessions, min(at) as first_at, max(at) as last_at, 0 as tools
     from asked group by 1, 2, 3
     union all
     select s.source, 'mcp_server', t.server, ${isRolled ? 'sum(c.calls)' : 'count(*)'}, count(distinct c.session_id),
       min(${isRolled ? 'c.first_at' : 'c.started_at'}), max(${isRolled ? 'c.last_at' : 'c.started_at'}), count(distinct c.tool_id)
     from ${isRolled ? 'rollup_calls' : 'tool_calls'} c join tools t on t.id = c.tool_id ${sessionAsked('c', query)}
     ${models} where t.server is not null and ${calls.sql} group by 1, 2, 3`,
    { ...uses.params, ...calls.params },
  );
  return rows.map((row): Use => ({
    ...usedOf(row),
    uses: Number(row['uses']),
    sessions: Number(row['sessions']),
    tools: Number(row['tools']),
  }));
}
