import type { Database, Statement } from 'better-sqlite3';
import type { FactEvent } from '../model/event.ts';
import { compareText, type AnyFact } from '../model/facts/fact.ts';
import type { Floor } from './floor.ts';
import type { FactTable, Place, Sighting, Stored } from './tables/table.ts';

/** An event with its place, its file and the number of its line within the batch. */
export interface Entry<E> {
  readonly event: E;
  readonly place: Place;
  readonly fileId: number;
  readonly line: number;
}

export interface Merged<F> {
  readonly id: number;
  /** The row before, undefined for a new fact; and after. */
  readonly before: F | undefined;
  readonly after: F;
}

/** What decides which session owns a fact. */
interface SessionRank {
  readonly key: string;
  readonly lastAt: number | null;
}

/** What a batch alone says about one fact. */
export interface Gathered<F> {
  readonly row: Sighting<F>;
  readonly sightings: readonly Sighting<F>[];
  readonly told: readonly Told[];
}

/** A line that added something, and where it stands. */
interface Told {
  readonly line: number;
  readonly by: Place;
}

export interface FactMerger {
  gather<E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, entries: readonly Entry<E>[]): Gathered<F>;
  /** Merges what a batch says about one fact. `onNew` gets the lines that told something not known before. */
  merge<E extends FactEvent, F extends AnyFact>(
    table: FactTable<E, F>,
    key: string,
    entries: readonly Entry<E>[],
    onNew: (line: number) => void,
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
  said: string;
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
      fact: JSON.parse(row.said),
    }));
  };

  const save = <E extends FactEvent, F extends AnyFact>(table: FactTable<E, F>, id: number, sighting: Sighting<F>): void => {
    const { sessionId, agent, sidechain, copied, fileId, fact } = sighting;
    replace.run(table.type, id, sessionId, agent, sidechain, copied, fileId, JSON.stringify(fact));
  };

  const gather: FactMerger['gather'] = (table, entries) => {
    const { sightings, told } = joinEntries(table, [], entries);
    const [first] = sightings;
    if (first === undefined) throw new Error('a fact without an event');
    return { row: sightings.length === 1 ? first : resolve(table, sightings), sightings, told };
  };

  const merge: FactMerger['merge'] = (table, key, entries, onNew, gathered = gather(table, entries)) => {
    const { row } = gathered;
    const id = table.insert(key, row);
    if (id !== 0) {
      if (gathered.sightings.length > 1) for (const sighting of gathered.sightings) save(table, id, sighting);
      // Of the original and its copies in one batch, the copies tell nothing new.
      for (const { line, by } of gathered.told) if (isSamePlace(by, row)) onNew(line);
      return { id, before: undefined, after: row.fact };
    }
    const stored = table.load(key);
    if (stored === undefined) throw new Error(`a fact that is there and is not: ${table.type}`);
    const known = sightingsOf(table, stored);
    const { sightings, told } = joinEntries(table, known, entries);
    if (sightings.every((sighting, index) => sighting === known[index])) return { id: stored.id, before: stored.fact, after: stored.fact };
    if (sightings.length > 1) {
      for (const [index, sighting] of sightings.entries()) {
        if (known.length === 1 || sighting !== known[index]) save(table, stored.id, sighting);
      }
    }
    const resolved = resolve(table, sightings);
    table.update(stored, resolved);
    if (!same(resolved.fact, stored.fact)) for (const { line } of told) onNew(line);
    return { id: stored.id, before: stored.fact, after: resolved.fact };
  };

  const settle: FactMerger['settle'] = (table, id) => {
    const stored = table.loadById(id);
    if (stored === undefined) return undefined;
    // What is left of a sealed day stays as it was.
    if (floor !== null && (table.startOf(stored.fact) ?? Infinity) < floor.at) return undefined;
    const resolved = resolve(table, sightingsOf(table, stored));
    if (same(resolved.fact, stored.fact) && resolved.sessionId === stored.sessionId && resolved.agent === stored.agent) return undefined;
    table.update(stored, resolved);
    return { id, before: stored.fact, after: resolved.fact };
  };

  return { gather, merge, settle, forgetRanks: () => ranks.clear() };
}

/** Joins events into the sightings of their places. `told`: the lines that added something. Untouched sightings stay the same object. */
function joinEntries<E extends FactEvent, F extends AnyFact>(
  table: FactTable<E, F>,
  known: readonly Sighting<F>[],
  entries: readonly Entry<E>[],
) {
  const sightings = known.slice();
  const told: Told[] = [];
  for (const { event, place, fileId, line } of entries) {
    const said = table.read(event);
    const index = indexOf(sightings, place);
    const at = sightings[index];
    if (at === undefined) {
      sightings.push(sighting(place, place.copied, fileId, said));
      told.push({ line, by: place });
      continue;
    }
    const fact = table.join(at.fact, said);
    const copied = Math.max(at.copied, place.copied);
    if (copied === at.copied && same(fact, at.fact)) continue;
    sightings[index] = sighting(at, copied, at.fileId === fileId ? fileId : null, fact);
    told.push({ line, by: place });
  }
  return { sightings, told };
}

/** Spelled out: it is made for every fact, and taking an object apart takes several times as long. */
const sighting = <F>({ sessionId, agent, sidechain }: Place, copied: number, fileId: number | null, fact: F): Sighting<F> => ({
  sessionId,
  agent,
  sidechain,
  copied,
  fileId,
  fact,
});

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

function same<F extends AnyFact>(a: F, b: F): boolean {
  for (const field in a) if (a[field] !== b[field]) return false;
  return true;
}
