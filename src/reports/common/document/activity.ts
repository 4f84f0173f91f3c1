import type { Row, Table } from '../../../model/table.ts';
import type { Db } from '../../../store/db.ts';
import { SLOT_MS } from '../groups.ts';
import { asks, callsWhere, FROM_CALLS, requestsWhere, sessionOf, type Query } from '../query.ts';
import { prunedNote } from '../sealed.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** When the work is done: requests, or calls where certain tools are asked for, by weekday and hour. */
export async function activity(db: Db, query: Query): Promise<readonly Table[]> {
  const ofCalls = asks(query.filters);
  const where = ofCalls ? callsWhere(query) : requestsWhere(query);
  const rows = await db.all(
    ofCalls
      ? `select c.started_at / ${SLOT_MS} as slot, count(*) as n ${FROM_CALLS} where c.started_at is not null and ${where.sql} group by 1`
      : `select r.started_at / ${SLOT_MS} as slot, count(*) as n from requests r ${sessionOf('r')} left join models m on m.id = r.model_id
         where r.started_at is not null and r.status <> 'retry' and ${where.sql} group by 1`,
    where.params,
  );
  const counts = WEEKDAYS.map(() => HOURS.map(() => 0));
  for (const { slot, n } of rows) {
    const ms = Number(slot) * SLOT_MS;
    const day = counts[(((query.zone.dayOf(ms) + 3) % 7) + 7) % 7]; // 1970-01-01 was a Thursday
    const hour = query.zone.hourOf(ms);
    if (day !== undefined) day[hour] = (day[hour] ?? 0) + Number(n);
  }
  const what = ofCalls ? 'calls' : 'requests';
  return [
    {
      title: 'Activity',
      header: [`${what} by weekday and hour, ${query.zone.name}`],
      columns: [
        { name: 'weekday', title: '', kind: 'text' },
        ...HOURS.map((hour) => ({ name: `h${hour}`, title: String(hour).padStart(2, '0'), kind: 'count' as const })),
      ],
      rows:
        rows.length === 0
          ? []
          : WEEKDAYS.map((weekday, at): Row => ({
              weekday,
              ...Object.fromEntries(HOURS.map((hour) => [`h${hour}`, counts[at]?.[hour] ?? 0])),
            })),
      chart: { shape: 'heat', kind: 'count', x: HOURS, series: WEEKDAYS.map((label, at) => ({ label, values: counts[at] ?? [] })) },
      empty: `No ${what} in this window.`,
      footer: await prunedNote(db, query, 'times of day'),
    },
  ];
}
