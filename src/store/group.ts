import type { SessionEvent, Where } from '../model/event.ts';
import type { CallFact } from '../model/facts/call.ts';
import type { CompactionFact } from '../model/facts/compaction.ts';
import type { ContextFact } from '../model/facts/context.ts';
import type { ListingFact } from '../model/facts/listing.ts';
import type { RequestFact } from '../model/facts/request.ts';
import type { Saying, Told } from '../model/facts/saying.ts';
import type { TurnFact } from '../model/facts/turn.ts';
import type { Entry } from './merge-fact.ts';
import type { Names } from './names.ts';
import type { Place } from './tables/table.ts';

/** What a batch says, by the fact that it speaks of. */
export interface Groups {
  readonly turns: ReadonlyMap<string, Entry<TurnFact>>;
  readonly requests: ReadonlyMap<string, Entry<RequestFact>>;
  readonly calls: ReadonlyMap<string, Entry<CallFact>>;
  readonly compactions: ReadonlyMap<string, Entry<CompactionFact>>;
  readonly contexts: ReadonlyMap<string, Entry<ContextFact>>;
  readonly listings: ReadonlyMap<string, Entry<ListingFact>>;
  readonly sessionIds: ReadonlySet<number>;
  readonly factLines: number;
}

/** What one file of a batch told. */
export interface FileTold extends Told {
  readonly fileId: number;
  readonly source: string;
}

/** Sorts what a batch says; `see` is given each sign of a session. */
export function group(
  files: Iterable<FileTold>,
  names: Names,
  see: (sessionId: number, fileId: number, sign: SessionEvent) => void,
): Groups {
  const groups = {
    turns: new Map<string, Entry<TurnFact>>(),
    requests: new Map<string, Entry<RequestFact>>(),
    calls: new Map<string, Entry<CallFact>>(),
    compactions: new Map<string, Entry<CompactionFact>>(),
    contexts: new Map<string, Entry<ContextFact>>(),
    listings: new Map<string, Entry<ListingFact>>(),
    sessionIds: new Set<number>(),
    factLines: 0,
  };
  for (const { fileId, source, signs, sayings, factLines } of files) {
    const placeOf = placer(source);
    for (const sign of signs) see(placeOf(sign.where).sessionId, fileId, sign);
    const add = <F>(entries: Map<string, Entry<F>>, said: readonly Saying<F>[]): void => {
      for (const saying of said) addEntry(entries, saying, placeOf(saying.where), fileId, groups.factLines);
    };
    add(groups.turns, sayings.turns);
    add(groups.requests, sayings.requests);
    add(groups.calls, sayings.calls);
    add(groups.compactions, sayings.compactions);
    add(groups.contexts, sayings.contexts);
    add(groups.listings, sayings.listings);
    groups.factLines += factLines;
  }
  return groups;

  /** Neighbours are of one place. */
  function placer(source: string): (where: Where) => Place {
    let last: { readonly where: Where; readonly place: Place } | undefined;
    return (where) => {
      if (last?.where === where) return last.place;
      const sessionId = names.session(where.source ?? source, where.session);
      groups.sessionIds.add(sessionId);
      const place = { sessionId, agent: where.agent, sidechain: Number(where.sidechain), copied: Number(where.copied) };
      last = { where, place };
      return place;
    };
  }
}

function addEntry<F>(entries: Map<string, Entry<F>>, saying: Saying<F>, place: Place, fileId: number, linesBefore: number): void {
  const { key, fact, lines } = saying;
  const { sessionId, agent, sidechain, copied } = place;
  const entry: Entry<F> = { sessionId, agent, sidechain, copied, fileId, fact, lines, linesBefore, id: 0, more: undefined };
  const first = entries.get(key);
  if (first === undefined) entries.set(key, entry);
  else if (first.more === undefined) first.more = [entry];
  else first.more.push(entry);
}
