import type { Db, SqlRow } from '../../store/db.ts';
import { UNKNOWN_TOOL } from '../../model/tool.ts';
import { asks, sessionConditionsOf, windowOf, type Query } from './query.ts';

/*
 * What does not fit together in the logs. Nothing of it is stored as such: it is concluded from the facts, so that a result
 * that arrives later or a replay changes it by itself.
 */

export const ANOMALIES = {
  orphan_result: 'a result whose call is in no log',
  unanswered_call: 'a call without a result, though its session went on for half an hour',
  time_goes_back: 'a call that ended before it began',
  id_given_twice: 'one id whose lines name different tools or models',
  session_misfiled: 'a log whose lines name another session than its file',
  undated: 'a fact without a time',
} as const;

/** An index holds just these calls; the condition must be written as it is there. */
const ODD = `(c.outcome = 'open' or c.ended_at < c.started_at or c.conflict = 1)`;

const PARTS: readonly (readonly [kind: keyof typeof ANOMALIES, from: string, at: string, day: string, only: string])[] = [
  ['orphan_result', 'tool_calls c join tools t on t.id = c.tool_id', 'c.started_at', 'c.day', `t.name = '${UNKNOWN_TOOL}'`],
  ['unanswered_call', 'tool_calls c', 'c.started_at', 'c.day', `${ODD} and c.outcome = 'open' and c.started_at < s.last_at - 1800000`],
  ['time_goes_back', 'tool_calls c', 'c.started_at', 'c.day', `${ODD} and c.ended_at < c.started_at`],
  ['id_given_twice', 'tool_calls c', 'c.started_at', 'c.day', `${ODD} and c.conflict = 1`],
  ['id_given_twice', 'requests c', 'c.started_at', 'c.day', 'c.conflict = 1'],
  ['session_misfiled', 'session_files c', 's.first_at', 's.day', 'c.misfiled = 1'],
  [
    'undated',
    'tool_calls c',
    'c.started_at',
    'c.day',
    `c.day is null and c.tool_id not in (select id from tools where name = '${UNKNOWN_TOOL}')`,
  ],
  ['undated', 'requests c', 'c.started_at', 'c.day', 'c.day is null'],
  ['undated', 'turns c', 'c.started_at', 'c.day', 'c.day is null'],
];

/** Anomalies by `group` (SQL over a.day, a.at, sessions s, projects p) and kind: rows of grp, kind, n. */
export async function anomaliesBy(db: Db, query: Query, group: string): Promise<readonly SqlRow[]> {
  const sessions = sessionConditionsOf(query);
  const parts = PARTS.map(([kind, from, at, day, only]) => {
    const window = windowOf(query, at, day);
    return {
      sql: `select '${kind}' as kind, ${at} as at, ${day} as day, c.session_id from ${from}
        join sessions s on s.id = c.session_id left join projects p on p.id = s.project_id
        where ${only} and ${window.sql} and ${sessions.sql}`,
      params: { ...window.params, ...sessions.params },
    };
  });
  return db.all(
    `select ${group} as grp, a.kind, count(*) as n from (${parts.map(({ sql }) => sql).join(' union all ')}) a
     join sessions s on s.id = a.session_id left join projects p on p.id = s.project_id group by 1, 2 order by 2, 1`,
    Object.assign({}, ...parts.map(({ params }) => params)),
  );
}

/** An anomaly belongs to no model and, as most are about what is missing, to no tool. */
export const isAttributable = ({ filters }: Query): boolean => filters.model === null && !asks(filters);
