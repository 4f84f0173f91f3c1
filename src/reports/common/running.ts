import type { Row, Table } from '../../model/table.ts';
import type { Db } from '../../store/db.ts';
import { report as sessions } from '../sessions.ts';
import { everything, type Query } from './query.ts';
import type { Outside } from './report.ts';
import { IDLE_MS } from './session-state.ts';

/** Sessions that said something lately, the latest first: those that run, and those that ended, failed or wait since then. */
export async function liveSessions(db: Db, now: number, homeZone: Query['homeZone'], outside: Outside): Promise<Table> {
  const since = now - IDLE_MS;
  const first = await db.get('select min(first_at) as at from sessions where last_at > :since', { since });
  const began = first?.['at'];
  if (typeof began !== 'number') return { columns: COLUMNS, rows: [] };
  // From the day on that the oldest of them began, so that the figures are those of the whole session.
  const window = { from: homeZone.startOf(homeZone.dayOf(began)), until: null };
  const { rows, query } = await sessions.run(db, { ...everything(now, homeZone), window, sort: 'last' }, outside);
  const lastCalls = await lastCallsOf(db, since);
  const live = rows.filter((row) => typeof row['last_at'] === 'number' && row['last_at'] > since);
  return {
    columns: COLUMNS,
    rows: live.map((row): Row => ({ ...row, last_call: lastCalls.get(JSON.stringify([row['source'], row['session']])) ?? null })),
    ...(query && { query }),
  };
}

const COLUMNS: Table['columns'] = [
  { name: 'session', title: 'session', kind: 'id' },
  { name: 'source', title: 'source', kind: 'text', drop: 3 },
  { name: 'project', title: 'project', kind: 'text', drop: 1 },
  { name: 'state', title: 'state', kind: 'text', hidden: true },
  { name: 'tool_calls', title: 'calls', kind: 'count' },
  { name: 'tool_errors', title: 'errors', kind: 'count' },
  { name: 'total_tokens', title: 'tokens', kind: 'tokens' },
  { name: 'cost_usd', title: 'cost', kind: 'usd' },
  { name: 'last_call', title: 'last call', kind: 'text' },
  { name: 'last_at', title: 'last', kind: 'time', drop: 2 },
];

/** The tool that each of them called last, by source and session. */
async function lastCallsOf(db: Db, since: number): Promise<ReadonlyMap<string, string>> {
  const rows = await db.all(
    `select source, session, tool from (
       select s.source, s.key as session, t.name as tool, row_number() over (partition by s.id order by c.started_at desc, c.key desc) as place
       from sessions s join tool_calls c on c.session_id = s.id join tools t on t.id = c.tool_id
       where s.last_at > :since and c.started_at is not null) last where place = 1`,
    { since },
  );
  return new Map(rows.map((row) => [JSON.stringify([row['source'], row['session']]), String(row['tool'])]));
}
