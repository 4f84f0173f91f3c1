import type { SessionEvent } from '../model/event.ts';

export interface Signs {
  add(event: SessionEvent): void;
  all(): SessionEvent[];
}

/** A store may begin with some day; a day of any zone begins with a quarter of an hour. */
const SLOT_MS = 900_000;

/** The first and the last of the signs of life of a while that differ in their time only. */
interface Ends {
  first: SessionEvent;
  last: SessionEvent;
}

/** Of the signs of life that differ in their time only, the first and the last of a while say all. */
export function openSigns(): Signs {
  const ends = new Map<string, Ends>();
  let latest: Ends | undefined;

  const endsOf = (event: SessionEvent): Ends => {
    const { where, project, branch, clientVersion, entrypoint, parent, misfiled } = event;
    const key = [where.source, where.session, project, branch, clientVersion, entrypoint, parent, misfiled, slotOf(event)].join('\0');
    let known = ends.get(key);
    if (known === undefined) ends.set(key, (known = { first: event, last: event }));
    return known;
  };

  return {
    add: (event) => {
      if (latest === undefined || !isSameSign(latest.last, event)) latest = endsOf(event);
      widen(latest, event);
    },
    all: () => [...ends.values()].flatMap(({ first, last }) => (first === last ? [first] : [first, last])),
  };
}

const slotOf = ({ at }: SessionEvent): number => (at === undefined ? -1 : Math.floor(at / SLOT_MS));

function widen(ends: Ends, event: SessionEvent): void {
  const { at } = event;
  if (at === undefined) return;
  if (at < (ends.first.at ?? at)) ends.first = event;
  else if (at > (ends.last.at ?? at)) ends.last = event;
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
