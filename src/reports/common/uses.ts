import { agentCallsWhere, attributionsWhere, commandsWhere, recordCallsWhere, sessionOf, type Query, type Where } from './query.ts';

/*
 * Structural uses of skills, sub-agents, slash commands and memory files: a call, a typed command, a file that was read, a
 * request that the log holds a skill responsible for. A mention in a text is none.
 */

/**
 * A row for each use: kind, name, origin, at, session_id, loaded, key. `loaded` is 0 where it was asked for and nothing came:
 * a call that failed or has no result. A command that goes by the name of a skill is that skill. Where all that is told of a
 * skill in a session is that requests were made for it, that is one use, at the first of them.
 */
export function usesSql(query: Query): Where {
  const [calls, records, commands, attributions] = [
    agentCallsWhere(query),
    recordCallsWhere(query),
    commandsWhere(query),
    attributionsWhere(query),
  ];
  return {
    sql: `
      select t.kind, c.item as name, t.name as origin, c.started_at as at, c.session_id, case when c.outcome = 'ok' then 1 else 0 end as loaded, c.key
      from tool_calls c join tools t on t.id = c.tool_id ${sessionOf('c')} where ${calls.sql}
      union all
      select i.kind, i.name, t.name, c.started_at, c.session_id, 1, c.key
      from tool_calls c join items i on i.id = c.record_id join tools t on t.id = c.tool_id ${sessionOf('c')} where ${records.sql}
      union all
      select case when exists (${IS_SKILL}) then 'skill' else 'command' end, u.command, 'typed', u.started_at, u.session_id, 1, u.key
      from turns u ${sessionOf('u')} where ${commands.sql}
      union all
      select 'skill', r.skill, 'attribution', min(r.started_at), r.session_id, 1, min(r.key)
      from requests r ${sessionOf('r')} left join models m on m.id = r.model_id
      where ${attributions.sql}
        and not exists (select 1 from tool_calls c join tools t on t.id = c.tool_id where c.session_id = r.session_id and t.kind = 'skill' and c.item = r.skill)
        and not exists (select 1 from turns u where u.session_id = r.session_id and u.command = r.skill)
      group by r.skill, r.session_id`,
    params: { ...calls.params, ...records.params, ...commands.params, ...attributions.params },
  };
}

const IS_SKILL = `select 1 from items i where i.kind = 'skill' and i.name = u.command union all
  select 1 from tool_calls c join tools t on t.id = c.tool_id where t.kind = 'skill' and c.item = u.command`;
