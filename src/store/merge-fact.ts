import type { Database, Statement } from 'better-sqlite3';
import type { FactEvent } from '../model/event.ts';
import { compareText, isSameFact, type AnyFact } from '../model/facts/fact.ts';
import type { Floor } from './floor.ts';
import type { FactTable, Place, Sighting, Stored } from './tables/table.ts';

/** What a place and a file of a batch say of a fact. */
export interface Entry<F> extends Sighting<F> {
  /** As of a saying. */
  readonly lines: readonly number[];
  /** How many lines of the batch stand before those. */
  readonly linesBefore: number;
  /** Of the fact's row; 0 until it is merged. */
  id: number;
  /** What else the batch says of the fact. */
  more: Entry<F>[] | undefined;
}

export interface Merged<F> {
  readonly id: number;
  /** The row before, undefined for a new fact; and after. The same object: nothing of the row changed. */
  readonly before: F | undefined;
  readonly after: F;
}

/** What decides which session owns a fact. */
interface SessionRank {
  readonly key: string;
  readonly lastAt: number | null;
}

/** What several entries say about one fact; `told`: those that added something. */
export interface Gathered<F> {
  readonly row: Sighting<F>;
  readonly sightings: readonly Sighting<F>[];
  readonly told: readonly Entry<F>[];
}

export interface FactMerger {
  /** Undefined: the entry alone says it all. */
  gather<E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, entry: Entry<F>): Gathered<F> | undefined;
  /** Merges what a batch says about one fact. Of the lines that told something not known before `isNew` becomes 1. */
  merge<E extends FactEvent, F extends AnyFact>(
    table: FactTable<E, F>,
    key: string,
    entry: Entry<F>,
    isNew: Uint8Array,
    gathered?: Gathered<F>,
  ): Merged<F>;
  /** Decides a fact again after its sessions changed or sightings of it were removed. Undefined: it did not change. */
  settle<E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, id: number): Merged<F> | undefined;
  /** Must be called when sessions changed: their ends decide ownership. */
  forgetRanks(): void;
}

interface SightingRow {
  session_id: number;
  agent: string;
  sidechain: number;
  copied: number;
  file_id: number | null;
  /** Null: what the fact's row says, which nearly all copies do. */
  said: string | null;
}

export function openFactMerger(db: Database, floor: Floor | null): FactMerger {
  const rankOf: Statement<[number], { key: string; lastAt: number | null }> = db.prepare(
    'select key, last_at as lastAt from sessions where id = ?',
  );
  const select: Statement<[string, number], SightingRow> = db.prepare(
    'select session_id, agent, sidechain, copied, file_id, said from sightings where fact = ? and fact_id = ?',
  );
  const replace = db.prepare(
    `insert into sightings (fact, fact_id, session_id, agent, sidechain, copied, file_id, said) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (fact, fact_id, session_id, agent) do update
     set sidechain = excluded.sidechain, copied = excluded.copied, file_id = excluded.file_id, said = excluded.said`,
  );
  const ranks = new Map<number, SessionRank>();

  const rank = (sessionId: number): SessionRank => {
    let found = ranks.get(sessionId);
    if (found === undefined) {
      found = rankOf.get(sessionId) ?? { key: '', lastAt: null };
      ranks.set(sessionId, found);
    }
    return found;
  };

  /** The better owner first: no copy, then the main thread, then the session whose log ends first, then the smaller id. */
  const byOwner = (a: Place, b: Place): number =>
    a.copied - b.copied ||
    a.sidechain - b.sidechain ||
    (a.sessionId === b.sessionId ? 0 : compareEnds(rank(a.sessionId), rank(b.sessionId))) ||
    compareText(a.agent, b.agent);

  const resolve = <E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, sightings: readonly Sighting<F>[]): Sighting<F> => {
    // Into a sealed day no fact can move.
    const isOld = ({ fact }: Sighting<F>): number => Number(floor !== null && (table.startOf(fact) ?? Infinity) < floor.at);
    const [owner, ...others] = [...sightings].sort((a, b) => isOld(a) - isOld(b) || byOwner(a, b));
    if (owner === undefined) throw new Error('a fact without a sighting');
    return { ...owner, fact: others.reduce((fact, other) => table.prefer(fact, other.fact), owner.fact) };
  };

  /** All that is known of a stored fact: its own row when one place told it, else what each place said. */
  const sightingsOf = <E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, stored: Stored<F>): Sighting<F>[] => {
    const rows = select.all(table.type, stored.id);
    if (rows.length === 0) return [stored];
    return rows.map((row) => ({
      sessionId: row.session_id,
      agent: row.agent,
      sidechain: row.sidechain,
      copied: row.copied,
      fileId: row.file_id,
      fact: row.said === null ? stored.fact : JSON.parse(row.said),
    }));
  };

  /** `row`: the fact as its row says it from now on. When that changes, all sightings are to be saved. */
  const save = <E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, id: number, sighting: Sighting<F>, row: F): void => {
    const { sessionId, agent, sidechain, copied, fileId, fact } = sighting;
    const said = isSameFact(fact, row) && table.isWhole(row) ? null : JSON.stringify(fact);
    replace.run(table.type, id, sessionId, agent, sidechain, copied, fileId, said);
  };

  const gather: FactMerger['gather'] = (table, entry) => {
    if (entry.more === undefined) return undefined;
    const { sightings, told } = joinEntries(table, [], entry);
    const [first = entry] = sightings;
    return { row: sightings.length === 1 ? first : resolve(table, sightings), sightings, told };
  };

  const merge: FactMerger['merge'] = (table, key, entry, isNew, gathered = gather(table, entry)) => {
    const row = gathered?.row ?? entry;
    const id = table.insert(key, row);
    if (id === 0) return mergeKnown(table, key, entry, isNew);
    entry.id = id;
    if (gathered === undefined) markLines(entry, isNew);
    else {
      if (gathered.sightings.length > 1) for (const sighting of gathered.sightings) save(table, id, sighting, row.fact);
      // Of the original and its copies in one batch, the copies tell nothing new.
      for (const by of gathered.told) if (isSamePlace(by, row)) markLines(by, isNew);
    }
    return { id, before: undefined, after: row.fact };
  };

  const mergeKnown = <E extends FactEvent, F extends AnyFact>(
    table: FactTable<E, F>,
    key: string,
    entry: Entry<F>,
    isNew: Uint8Array,
  ): Merged<F> => {
    const stored = table.load(key);
    if (stored === undefined) throw new Error(`a fact that is there and is not: ${table.type}`);
    const { id } = stored;
    entry.id = id;
    const known = sightingsOf(table, stored);
    const { sightings, told } = joinEntries(table, known, entry);
    if (told.length === 0) return { id, before: stored.fact, after: stored.fact };
    const resolved = resolve(table, sightings);
    const isOther = !isSameFact(resolved.fact, stored.fact);
    if (sightings.length > 1) {
      for (const [index, sighting] of sightings.entries()) {
        if (isOther || known.length === 1 || sighting !== known[index]) save(table, id, sighting, resolved.fact);
      }
    }
    if (isSameRow(resolved, stored)) return { id, before: stored.fact, after: stored.fact };
    table.update(stored, resolved);
    // Which lines of a saying told what was not known is not asked: all that made it what it is are counted.
    if (isOther) for (const by of told) markLines(by, isNew);
    return { id, before: stored.fact, after: resolved.fact };
  };

  const settle: FactMerger['settle'] = (table, id) => {
    const stored = table.loadById(id);
    if (stored === undefined) return undefined;
    // What is left of a sealed day stays as it was.
    if (floor !== null && (table.startOf(stored.fact) ?? Infinity) < floor.at) return undefined;
    const sightings = sightingsOf(table, stored);
    const resolved = resolve(table, sightings);
    const isOther = !isSameFact(resolved.fact, stored.fact);
    if (!isOther && isSamePlace(resolved, stored)) return undefined;
    if (isOther) for (const sighting of sightings) save(table, id, sighting, resolved.fact);
    table.update(stored, resolved);
    return { id, before: stored.fact, after: resolved.fact };
  };

  return { gather, merge, settle, forgetRanks: () => ranks.clear() };
}

/** Joins what a batch says into the sightings of its places. Untouched sightings stay the same object. */
function joinEntries<E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, known: readonly Sighting<F>[], entry: Entry<F>) {
  const sightings = known.slice();
  const told: Entry<F>[] = [];
  for (const by of entry.more === undefined ? [entry] : [entry, ...entry.more]) {
    const index = indexOf(sightings, by);
    const at = sightings[index];
    if (at === undefined) {
      sightings.push(sighting(by, by.copied, by.fileId, by.fact));
      told.push(by);
      continue;
    }
    const fact = table.join(at.fact, by.fact);
    const copied = Math.max(at.copied, by.copied);
    if (copied === at.copied && isSameFact(fact, at.fact)) continue;
    sightings[index] = sighting(at, copied, at.fileId === by.fileId ? at.fileId : null, fact);
    told.push(by);
  }
  return { sightings, told };
}

/** Spelled out: taking an object apart takes several times as long. */
const sighting = <F>({ sessionId, agent, sidechain }: Place, copied: number, fileId: number | null, fact: F): Sighting<F> => ({
  sessionId,
  agent,
  sidechain,
  copied,
  fileId,
  fact,
});

const isSameRow = <F extends AnyFact>(a: Sighting<F>, b: Sighting<F>): boolean =>
  isSamePlace(a, b) && a.sidechain === b.sidechain && a.copied === b.copied && a.fileId === b.fileId && isSameFact(a.fact, b.fact);

function markLines<F>({ lines, linesBefore }: Entry<F>, isNew: Uint8Array): void {
  for (const line of lines) if (line > 0) isNew[linesBefore + line] = 1;
}

function indexOf(sightings: readonly Place[], place: Place): number {
  for (let index = 0; index < sightings.length; index++) {
    const other = sightings[index];
    if (other !== undefined && isSamePlace(other, place)) return index;
  }
  return -1;
}

const isSamePlace = (a: Place, b: Place): boolean => a.sessionId === b.sessionId && a.agent === b.agent;

const compareEnds = (a: SessionRank, b: SessionRank): number =>
  (a.lastAt ?? Infinity) - (b.lastAt ?? Infinity) || compareText(a.key, b.key);
