import type { Where } from '../model/event.ts';
import { callRule } from '../model/facts/call.ts';
import { compactionRule } from '../model/facts/compaction.ts';
import { contextRule } from '../model/facts/context.ts';
import type { AnyFact } from '../model/facts/fact.ts';
import { listingRule } from '../model/facts/listing.ts';
import { requestRule } from '../model/facts/request.ts';
import type { Saying, Told } from '../model/facts/saying.ts';
import { turnRule } from '../model/facts/turn.ts';

/**
 * What was told, for another thread. Objects take several times as long on the way as what is in them: numbers pass as they
 * are, and a text, which many facts have, once.
 */
export interface Packed {
  /** JSON: signs, places, texts. */
  readonly heading: string;
  /** The sayings of each kind: their number, and of each the key, the place, how many lines, these, and the values of its fact. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** A value that is a text is its number below this one; no count or time is. */
const TEXTS = -(2 ** 52);

const NOWHERE: Where = { session: '', agent: '', sidechain: false, copied: false };
/** Facts that say nothing yet: each kind has its fields in one order, whoever makes one. */
const BLANK = {
  turn: () => turnRule.read({ type: 'turn', where: NOWHERE, key: '' }),
  request: () => requestRule.read({ type: 'request', where: NOWHERE, key: '' }),
  call: () => callRule.read({ type: 'call', where: NOWHERE, key: '' }),
  compaction: () => compactionRule.read({ type: 'compaction', where: NOWHERE, key: '' }),
  context: () => contextRule.read({ type: 'context', where: NOWHERE, key: '', kind: '', slug: '', role: 'use' }),
  listing: () => listingRule.read({ type: 'listing', where: NOWHERE, key: '', kind: 'skill', change: 'added', items: [] }),
};

interface Packing {
  readonly numbers: Float64Array<ArrayBuffer>;
  at: number;
  readonly places: Map<Where, number>;
  readonly texts: Map<string, number>;
}

export function pack({ signs, sayings, factLines }: Told): Packed {
  const { turns, requests, calls, compactions, contexts, listings } = sayings;
  const size = sizeOf(turns) + sizeOf(requests) + sizeOf(calls) + sizeOf(compactions) + sizeOf(contexts) + sizeOf(listings);
  const packing: Packing = { numbers: new Float64Array(size), at: 0, places: new Map(), texts: new Map() };
  add(packing, turns);
  add(packing, requests);
  add(packing, calls);
  add(packing, compactions);
  add(packing, contexts);
  add(packing, listings);
  if (packing.at !== size) throw new Error('facts of one kind with different fields');
  const heading = { signs, factLines, places: [...packing.places.keys()], texts: [...packing.texts.keys()] };
  return { heading: JSON.stringify(heading), numbers: packing.numbers };
}

/** How many numbers it takes. */
function sizeOf<F extends AnyFact>(said: readonly Saying<F>[]): number {
  const [first] = said;
  let size = 1;
  if (first !== undefined) size += said.length * (3 + Object.keys(first.fact).length);
  for (const { lines } of said) size += lines.length;
  return size;
}

/*
 * No functions are made for each stretch of a log: with the last one of its kind V8 would throw away the code that it made,
 * and make it again a hundred times.
 */
function add<F extends AnyFact>(packing: Packing, said: readonly Saying<F>[]): void {
  put(packing, said.length);
  for (const saying of said) addSaying(packing, saying);
}

function addSaying<F extends AnyFact>(packing: Packing, { key, where, lines, fact }: Saying<F>): void {
  const { places, texts } = packing;
  put(packing, numberOf(texts, key));
  put(packing, numberOf(places, where));
  put(packing, lines.length);
  for (const line of lines) put(packing, line);
  for (const value of Object.values(fact))
    put(packing, typeof value === 'number' ? value : typeof value === 'string' ? TEXTS - numberOf(texts, value) : NaN);
}

const put = (packing: Packing, number: number): void => void (packing.numbers[packing.at++] = number);

function numberOf<T>(known: Map<T, number>, thing: T): number {
  let number = known.get(thing);
  if (number === undefined) known.set(thing, (number = known.size));
  return number;
}

interface Unpacking {
  readonly numbers: Float64Array;
  at: number;
  readonly places: readonly Where[];
  readonly texts: readonly string[];
}

export function unpack({ heading, numbers }: Packed): Told {
  const { signs, factLines, places, texts } = JSON.parse(heading);
  const unpacking: Unpacking = { numbers, at: 0, places, texts };
  const sayings = {
    turns: take(unpacking, BLANK.turn),
    requests: take(unpacking, BLANK.request),
    calls: take(unpacking, BLANK.call),
    compactions: take(unpacking, BLANK.compaction),
    contexts: take(unpacking, BLANK.context),
    listings: take(unpacking, BLANK.listing),
  };
  return { signs, factLines, sayings };
}

function take<F extends AnyFact>(unpacking: Unpacking, blank: () => F): readonly Saying<F>[] {
  const fields = Object.keys(blank());
  const said: Saying<F>[] = [];
  for (let left = next(unpacking); left > 0; left--) said.push(takeSaying(unpacking, blank(), fields));
  return said;
}

function takeSaying<F extends AnyFact>(unpacking: Unpacking, fact: F, fields: readonly string[]): Saying<F> {
  const { texts, places } = unpacking;
  const [key, where] = [texts[next(unpacking)], places[next(unpacking)]];
  if (key === undefined || where === undefined) throw new Error('a saying without a key or a place');
  const lines: number[] = [];
  for (let more = next(unpacking); more > 0; more--) lines.push(next(unpacking));
  const values: Record<string, string | number | null> = fact;
  for (const field of fields) {
    const value = next(unpacking);
    values[field] = value <= TEXTS ? (texts[TEXTS - value] ?? null) : Number.isNaN(value) ? null : value;
  }
  return { key, where, lines, fact };
}

const next = (unpacking: Unpacking): number => unpacking.numbers[unpacking.at++] ?? NaN;
