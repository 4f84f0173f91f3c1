import type { LogEvent, SessionEvent, Where } from '../model/event.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The place of an event is its number among `places`: many events share one. */
interface Packed {
  readonly places: readonly Where[];
  readonly lines: readonly (readonly (Omit<LogEvent, 'where'> & { where: number | Where })[])[];
}

/** The events of lines as one text: it passes from thread to thread in a fraction of the time that objects take. The events are of no use any more. */
export function pack(lines: readonly (readonly LogEvent[])[]): string {
  const numbers = new Map<string, number>();
  let last: Where | undefined;
  let number = 0;
  const numberOf = (where: Where): number => {
    if (where === last) return number;
    last = where;
    const key = JSON.stringify(where);
    number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  const condensed: Packed['lines'] = condense(lines);
  for (const line of condensed) for (const event of line) if (typeof event.where === 'object') event.where = numberOf(event.where);
  return `{"lines":${JSON.stringify(condensed)},"places":[${[...numbers.keys()].join(',')}]}`;
}

export function unpack(text: string): (readonly LogEvent[])[] {
  const { places, lines }: { readonly places: readonly Where[]; readonly lines: (readonly Mutable<LogEvent>[])[] } = JSON.parse(text);
  for (const line of lines) {
    for (const event of line) {
      const where = places[Number(event.where)];
      if (where === undefined) throw new Error('an event without a place');
      event.where = where;
    }
  }
  return lines;
}

/** A store may begin with some day; a day of any zone begins with a quarter of an hour. */
const SLOT_MS = 900_000;

/** The first and the last of the signs of life of a while that differ in their time only. */
interface Ends {
  first: SessionEvent;
  last: SessionEvent;
}

/** Of the signs of life that differ in their time only, the first and the last of a while say all; they stand in a line of their own. */
function condense(lines: readonly (readonly LogEvent[])[]): readonly (readonly LogEvent[])[] {
  const ends = new Map<string, Ends>();
  const facts: (readonly LogEvent[])[] = [];
  let latest: Ends | undefined;
  for (const line of lines) {
    for (const event of line) if (event.type === 'session') latest = sign(ends, event, latest);
    const first = line.findIndex((event) => event.type !== 'session');
    if (first === -1) continue;
    const rest = line.slice(first);
    facts.push(rest.some((event) => event.type === 'session') ? rest.filter((event) => event.type !== 'session') : rest);
  }
  return [[...ends.values()].flatMap(({ first, last }) => (first === last ? [first] : [first, last])), ...facts];
}

const slotOf = ({ at }: SessionEvent): number => (at === undefined ? -1 : Math.floor(at / SLOT_MS));

function sign(ends: Map<string, Ends>, event: SessionEvent, latest: Ends | undefined): Ends {
  if (latest !== undefined && isSameSign(latest.last, event)) return widen(latest, event);
  const { where, project, branch, clientVersion, entrypoint, parent, misfiled } = event;
  const key = [where.source, where.session, project, branch, clientVersion, entrypoint, parent, misfiled, slotOf(event)].join('\0');
  const known = ends.get(key);
  if (known !== undefined) return widen(known, event);
  const begun = { first: event, last: event };
  ends.set(key, begun);
  return begun;
}

function widen(ends: Ends, event: SessionEvent): Ends {
  const { at } = event;
  if (at !== undefined && at < (ends.first.at ?? at)) ends.first = event;
  else if (at !== undefined && at > (ends.last.at ?? at)) ends.last = event;
  return ends;
}

/** The thread of a session that wrote it plays no part. */
const isSameSign = (a: SessionEvent, b: SessionEvent): boolean =>
  (a.where === b.where || (a.where.session === b.where.session && a.where.source === b.where.source)) &&
  a.project === b.project &&
  a.branch === b.branch &&
  a.clientVersion === b.clientVersion &&
  a.entrypoint === b.entrypoint &&
  a.parent === b.parent &&
  a.misfiled === b.misfiled &&
  slotOf(a) === slotOf(b);
