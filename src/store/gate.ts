import type { Database, Statement } from 'better-sqlite3';
import type { SessionEvent, Where } from '../model/event.ts';
import type { FactType } from '../model/facts/fact.ts';
import type { Saying, Sayings } from '../model/facts/saying.ts';
import type { FileBatch } from './apply.ts';
import { readFloor } from './floor.ts';
import { openTombstones } from './tombstones.ts';

/** Where the rows of each kind of fact are. */
export const TABLES: Readonly<Record<FactType, string>> = {
  turn: 'turns',
  request: 'requests',
  call: 'tool_calls',
  compaction: 'compactions',
  context: 'contexts',
  listing: 'listings',
};
export const FACT_TYPES = ['turn', 'request', 'call', 'compaction', 'context', 'listing'] as const;

/** What of a batch may come in. */
export interface Admitted {
  /** As many as were given, in their order. */
  readonly files: readonly FileBatch[];
  /** Those of them that are not known yet and tell of forgotten sessions only, by index: not even their names are kept. */
  readonly forgotten: ReadonlySet<number>;
  /** Lines that told only what was pruned or forgotten. */
  readonly skippedLines: number;
}

export interface Gate {
  admit(batch: readonly FileBatch[]): Admitted;
}

/**
 * Keeps out what was taken out: facts older than the floor, facts that were pruned (also when a copy or a late half of one
 * has a later time), and sessions that were forgotten.
 */
export function openGate(db: Database, machineId: number): Gate {
  const floor = readFloor(db);
  const tombstones = openTombstones(db);
  if (floor === null && tombstones.isEmpty) return { admit: (files) => ({ files, forgotten: new Set(), skippedLines: 0 }) };

  const dayOf = new Map<FactType, Statement<[string], { day: number | null }>>(
    FACT_TYPES.map((type) => [type, db.prepare(`select day from ${TABLES[type]} where key = ?`)]),
  );
  const sessionOf = db.prepare(`select 1 from sessions where machine_id = ${machineId} and source = ? and key = ?`);
  const known = new Set<string>();
  const isKnown = (source: string, session: string): boolean => {
    const name = `${source}\0${session}`;
    if (!known.has(name) && sessionOf.get(source, session) !== undefined) known.add(name);
    return known.has(name);
  };
  const forgottenSessions = new Map<string, boolean>();
  const isForgotten = (source: string, session: string): boolean => {
    const name = `${source}\0${session}`;
    let answer = forgottenSessions.get(name);
    if (answer === undefined) forgottenSessions.set(name, (answer = tombstones.has('session', source, session)));
    return answer;
  };
  /** New logs of forgotten sessions alone that are handed on in several pieces. */
  const forgottenPaths = new Set<string>();

  const isOld = (at: number | null): boolean => floor !== null && at !== null && at < floor.at;

  /** Labels of old lines are as good as any; their times are not seen, or a session would begin where a log is read again. */
  const admitSession = (source: string, event: SessionEvent): SessionEvent | undefined => {
    const { at, parent, ...rest } = event;
    const kept = parent === undefined || isForgotten(source, parent) ? rest : { ...rest, parent };
    if (!isOld(at ?? null)) return at === undefined ? kept : { ...kept, at };
    return isKnown(source, event.where.session) ? kept : undefined;
  };

  /**
   * Old facts. One that the store never had may have a late half above the floor, from the same thread of the same session:
   * that is no fact of its own. What another session says of it is.
   */
  const bury = (type: FactType, { key, where }: Named): void => {
    if (dayOf.get(type)?.get(key) !== undefined || tombstones.has(type, key)) return;
    tombstones.add(type, key, where.session, where.agent);
  };

  const isBuried = (type: FactType, { key, where }: Named): boolean => {
    if (floor === null) return false;
    const stored = dayOf.get(type)?.get(key);
    // A row of a sealed day that is still there stays as it was when the day was sealed.
    if (stored !== undefined) return stored.day !== null && stored.day < floor.day;
    return tombstones.has(type, key) || tombstones.has(type, key, where.session, where.agent);
  };

  const admit: Gate['admit'] = (batch) => {
    const forgotten = new Set<number>();
    const old: (readonly [FactType, Named])[] = [];
    /** First only what a saying itself shows. */
    const seen = batch.map((file, index) => {
      let hasForgotten =
        forgottenPaths.has(file.path) || (file.fileId === null && file.path.match(ID)?.some((id) => isForgotten(file.source, id)) === true);
      const isKept = ({ where }: { readonly where: Where }): boolean => {
        const isGone = isForgotten(where.source ?? file.source, where.session);
        if (isGone) hasForgotten = true;
        return !isGone;
      };
      const signs = file.signs.filter(isKept).flatMap((sign) => admitSession(sign.where.source ?? file.source, sign) ?? []);
      const sayings = filtered(file.sayings, (type, saying, at) => {
        if (!isKept(saying)) return false;
        if (!isOld(at)) return true;
        old.push([type, saying]);
        return false;
      });
      if (file.fileId === null && hasForgotten && signs.length === 0 && isEmpty(sayings)) {
        forgotten.add(index);
        forgottenPaths.add(file.path);
      }
      return { ...file, signs, sayings };
    });
    for (const [type, saying] of old) bury(type, saying);
    let skippedLines = 0;
    const files = seen.map((file) => {
      const hasFact = new Uint8Array(file.factLines + 1);
      const sayings = filtered(file.sayings, (type, saying) => {
        if (isBuried(type, saying)) return false;
        for (const line of saying.lines) hasFact[line < 0 ? ~line : line] = 1;
        return true;
      });
      skippedLines += file.factLines - hasFact.reduce((sum, each) => sum + each, 0);
      return { ...file, sayings };
    });
    return { files, forgotten, skippedLines };
  };

  return { admit };
}

/** An id as most agents give one; a log is often named by its session. */
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

type Named = Pick<Saying<unknown>, 'key' | 'where' | 'lines'>;

/** `keep` gets the time that a fact is as old as: a late half has its own. */
function filtered(said: Sayings, keep: (type: FactType, saying: Named, at: number | null) => boolean): Sayings {
  return {
    turns: said.turns.filter((turn) => keep('turn', turn, turn.fact.startedAt ?? turn.fact.endedAt)),
    requests: said.requests.filter((request) => keep('request', request, request.fact.startedAt)),
    calls: said.calls.filter((call) => keep('call', call, call.fact.startedAt ?? call.fact.endedAt)),
    compactions: said.compactions.filter((compaction) => keep('compaction', compaction, compaction.fact.at)),
    contexts: said.contexts.filter((record) => keep('context', record, record.fact.at)),
    listings: said.listings.filter((listing) => keep('listing', listing, listing.fact.at)),
  };
}

const isEmpty = (sayings: Sayings): boolean => Object.values(sayings).every(({ length }) => length === 0);
