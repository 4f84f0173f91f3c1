import type { Db } from '../../store/db.ts';
import { amongSessions } from './rows.ts';
import { floorAt } from './sealed.ts';

export interface Compactions {
  /** Null: those of long ago were pruned. */
  readonly count: number | null;
  /** Tokens that left the context, as far as it is known; null: the logs do not tell. */
  readonly savedTokens: number | null;
}

export const NO_COMPACTIONS: Compactions = { count: 0, savedTokens: 0 };

/**
 * Compactions of each of these sessions that had any, by its id. What one saved is the size of the context before it less the input of the next
 * request of the main thread.
 */
export async function compactionsOf(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, Compactions>> {
  const rows = await db.all(`
    with saved as (
      select x.session_id, x.pre_tokens - (
        select r.input_tokens + r.cache_read_tokens + r.cache_write_5m_tokens + r.cache_write_1h_tokens from requests r
        where r.session_id = x.session_id and r.sidechain = 0 and r.status = 'ok' and r.started_at > x.at order by r.started_at, r.key limit 1
      ) as tokens
      from compactions x where ${amongSessions('x.session_id', ids)}
    )
    select session_id, count(*) as n, sum(case when tokens > 0 then tokens else 0 end) filter (where tokens is not null) as tokens
    from saved group by 1`);
  const known = new Map<number, Compactions>(
    rows.map((row) => [
      Number(row['session_id']),
      { count: Number(row['n']), savedTokens: typeof row['tokens'] === 'number' ? row['tokens'] : null },
    ]),
  );
  const pruned = await db.all('select id from sessions where first_at < :floor', { floor: (await floorAt(db)) ?? 0 });
  for (const { id } of pruned) known.set(Number(id), { count: null, savedTokens: null });
  return known;
}
