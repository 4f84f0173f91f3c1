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
  const { turns, requests, calls, compactions, contexts, listings, sessionIds } = groups;
  for (const { fileId, source, signs, sayings, factLines } of files) {
    const file: FileTelling = { fileId, source, linesBefore: groups.factLines, names, sessionIds, last: undefined };
    for (const sign of signs) see(placeOf(file, sign.where).sessionId, fileId, sign);
    addAll(turns, sayings.turns, file);
    addAll(requests, sayings.requests, file);
    addAll(calls, sayings.calls, file);
    addAll(compactions, sayings.compactions, file);
    addAll(contexts, sayings.contexts, file);
    addAll(listings, sayings.listings, file);
    groups.factLines += factLines;
  }
  return groups;
}

interface FileTelling {
  readonly fileId: number;
  readonly source: string;
  readonly linesBefore: number;
  readonly names: Names;
  readonly sessionIds: Set<number>;
  /** Neighbours are of one place. */
  last: { readonly where: Where; readonly place: Place } | undefined;
}

function placeOf(file: FileTelling, where: Where): Place {
  if (file.last?.where === where) return file.last.place;
  const sessionId = file.names.session(where.source ?? file.source, where.session);
  file.sessionIds.add(sessionId);
  const place = { sessionId, agent: where.agent, sidechain: Number(where.sidechain), copied: Number(where.copied) };
  file.last = { where, place };
  return place;
}

function addAll<F>(entries: Map<string, Entry<F>>, said: readonly Saying<F>[], file: FileTelling): void {
  for (const saying of said) addEntry(entries, saying, placeOf(file, saying.where), file);
}

function addEntry<F>(
  entries: Map<string, Entry<F>>,
  { key, fact, lines }: Saying<F>,
  { sessionId, agent, sidechain, copied }: Place,
  { fileId, linesBefore }: FileTelling,
): void {
  const entry: Entry<F> = { sessionId, agent, sidechain, copied, fileId, fact, lines, linesBefore, id: 0, more: undefined };
  const first = entries.get(key);
  if (first === undefined) entries.set(key, entry);
  else if (first.more === undefined) first.more = [entry];
  else first.more.push(entry);
}
