import { formatDay, rfc3339, type Window } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import type { Query } from './query.ts';

/** The question as it was understood, for machines. */
export function describe(query: Query): Readonly<Record<string, unknown>> {
  const { window, filters, by, sort, limit } = query;
  return {
    from: window.from === null ? null : rfc3339(window.from),
    until: window.until === null ? null : rfc3339(window.until),
    timezone: query.zone.name,
    by,
    sort,
    limit,
    ...Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null)),
  };
}

/** One line for people: which days, in which zone, how many of them the store can see, and the filters. */
export async function headerOf(db: Db, query: Query): Promise<readonly string[]> {
  const parts = [windowText(query), query.zone.name];
  const covered = await coverage(db, query);
  if (covered.days === 0) parts.push('nothing recorded yet');
  else if (query.window.from === null && covered.firstDay !== null) parts.push(`recorded from ${formatDay(covered.firstDay)} on`);
  else if (covered.isPartial) parts.push(`the store covers ${covered.days} of these days`);
  for (const [name, value] of Object.entries(query.filters)) if (value !== null) parts.push(`${name} ${value}`);
  return [parts.join(' · ')];
}

function windowText({ window, zone }: Query): string {
  const day = (ms: number): string => formatDay(zone.dayOf(ms));
  const { from, until } = window;
  if (from === null) return until === null ? 'All time' : `Until ${day(until - 1)}`;
  if (until === null) return `Since ${moment(from, zone)}`;
  const days = zone.dayOf(until - 1) - zone.dayOf(from) + 1;
  const isWhole = zone.startOf(zone.dayOf(from)) === from && zone.startOf(zone.dayOf(until)) === until;
  if (!isWhole) return `${moment(from, zone)} to ${moment(until, zone)}`;
  return days === 1 ? day(from) : `${day(from)} to ${day(until - 1)} (${days} days)`;
}

/** A day where the instant begins one, else the instant. */
function moment(ms: number, zone: Query['zone']): string {
  const day = zone.dayOf(ms);
  return zone.startOf(day) === ms ? formatDay(day) : rfc3339(ms).slice(0, 16).replace('T', ' ') + ' UTC';
}

/**
 * How many days of the window the store can really see: those from its first recorded day on. What happened before
 * that is not known, which is another thing than nothing.
 */
export async function coverage(db: Db, query: Query): Promise<{ days: number; isPartial: boolean; firstDay: number | null }> {
  const first = await db.get('select min(day) as day from sessions');
  const firstHomeDay = first?.['day'];
  if (typeof firstHomeDay !== 'number') return { days: 0, isPartial: false, firstDay: null };
  const firstAt = query.homeZone.startOf(firstHomeDay);
  const window: Window = query.window;
  const lastDay = query.zone.dayOf(Math.min(window.until ?? Infinity, query.now + 1) - 1);
  const firstDay = query.zone.dayOf(firstAt);
  const fromDay = window.from === null ? firstDay : query.zone.dayOf(window.from);
  return { days: Math.max(0, lastDay - Math.max(firstDay, fromDay) + 1), isPartial: firstDay > fromDay, firstDay };
}
