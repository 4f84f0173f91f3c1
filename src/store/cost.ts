import type { Database } from 'better-sqlite3';
import type { CallFact } from '../model/facts/call.ts';
import { compareText } from '../model/facts/fact.ts';
import { UNDATED_DAY } from '../model/time.ts';

export interface Shares {
  /** Divides the cost of these requests among their calls again. The calls' tools and days are queued to be added up anew. */
  divide(requestIds: ReadonlySet<number>): void;
}

export interface KeyedCall {
  readonly key: string;
  readonly call: CallFact;
}

/** The shares of the only calls of a request, by call. */
export function divided(whole: number | null, calls: readonly KeyedCall[]): readonly (readonly [CallFact, number | null])[] {
  const share = whole === null ? null : Math.floor(whole / calls.length);
  const rest = whole === null || share === null ? 0 : whole - share * calls.length;
  const sorted = calls.length === 1 ? calls : calls.toSorted(byStart);
  return sorted.map(({ call }, index) => [call, share === null ? null : share + (index === 0 ? rest : 0)]);
}

const byStart = (a: KeyedCall, b: KeyedCall): number =>
  (a.call.startedAt ?? -Infinity) - (b.call.startedAt ?? -Infinity) || compareText(a.key, b.key);

/**
 * A call costs its request's cost divided by the number of its calls; what the division leaves over goes to the first
 * one, so that the shares add up to the request's cost exactly.
 */
export function openShares(db: Database): Shares {
  db.exec('create temp table if not exists parted (request_id integer primary key)');
  const add = db.prepare('insert into parted values (?)');
  const clear = db.prepare('delete from parted');
  const update = db.prepare(`
    update tool_calls set cost_nano_usd = share from (
      select id as call_id, whole / n + case when nth = 1 then whole % n else 0 end as share from (
        select c.id, r.cost_nano_usd as whole, count(*) over (partition by c.request_id) as n,
          row_number() over (partition by c.request_id order by c.started_at, c.key) as nth
        from parted p cross join tool_calls c on c.request_id = p.request_id join requests r on r.id = p.request_id
      )
    ) where id = call_id and cost_nano_usd is not share`);
  const queueTools = db.prepare(`insert into score_queue (tool_id)
    select distinct tool_id from parted p cross join tool_calls c on c.request_id = p.request_id where true on conflict do nothing`);
  // The sums of a call are by its request's model, which may have changed while the share did not.
  const queueDays = db.prepare(`insert into rollup_queue (day, session_id)
    select distinct coalesce(day, ${UNDATED_DAY}), session_id from parted p cross join tool_calls c on c.request_id = p.request_id
    where true on conflict do nothing`);
  return {
    divide: (requestIds) => {
      if (requestIds.size === 0) return;
      for (const id of requestIds) add.run(id);
      update.run();
      queueTools.run();
      queueDays.run();
      clear.run();
    },
  };
}
