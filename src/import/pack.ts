import type { Where } from '../model/event.ts';
import type { AnyFact } from '../model/facts/fact.ts';
import type { Saying, Told } from '../model/facts/saying.ts';

/**
 * What was told, for another thread. Objects take several times as long on the way as what is in them: numbers pass as they
 * are, and a text, which many facts have, once.
 */
export interface Packed {
  /** JSON: signs, places, texts, and a fact of each kind that was told; the others have the same fields in the same order. */
  readonly heading: string;
  /** The sayings of each kind: their number, and of each the key, the place, how many lines, these, and the values of its fact. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** A value that is a text is its number below this one; no count or time is. */
const TEXTS = -(2 ** 52);

export function pack({ signs, sayings, factLines }: Told): Packed {
  const numbers: number[] = [];
  const places = new Map<Where, number>();
  const texts = new Map<string, number>();

  const numberOf = <T>(known: Map<T, number>, thing: T): number => {
    let number = known.get(thing);
    if (number === undefined) known.set(thing, (number = known.size));
    return number;
  };
  const add = <F extends AnyFact>(said: readonly Saying<F>[]): F | undefined => {
    numbers.push(said.length);
    for (const { key, where, lines, fact } of said) {
      numbers.push(numberOf(texts, key), numberOf(places, where), lines.length);
      for (const line of lines) numbers.push(line);
      for (const value of Object.values(fact))
        numbers.push(typeof value === 'number' ? value : typeof value === 'string' ? TEXTS - numberOf(texts, value) : NaN);
    }
    return said[0]?.fact;
  };

  const { turns, requests, calls, compactions, contexts, listings } = sayings;
  const likes = {
    turns: add(turns),
    requests: add(requests),
    calls: add(calls),
    compactions: add(compactions),
    contexts: add(contexts),
    listings: add(listings),
  };
  const heading = { signs, factLines, places: [...places.keys()], texts: [...texts.keys()], likes };
  return { heading: JSON.stringify(heading), numbers: Float64Array.from(numbers) };
}

export function unpack({ heading, numbers }: Packed): Told {
  const { signs, factLines, places, texts, likes } = JSON.parse(heading);
  let at = 0;
  const next = (): number => numbers[at++] ?? NaN;

  const take = <F extends AnyFact>(like: F | undefined): readonly Saying<F>[] => {
    const said: Saying<F>[] = [];
    const fields = fieldsOf(like);
    for (let left = next(); left > 0 && like !== undefined; left--) {
      const [key, where] = [texts[next()], places[next()]];
      if (key === undefined || where === undefined) throw new Error('a saying without a key or a place');
      const lines: number[] = [];
      for (let more = next(); more > 0; more--) lines.push(next());
      const fact: { -readonly [K in keyof F]: F[K] } = { ...like };
      for (const field of fields) {
        const value = next();
        fact[field] = value <= TEXTS ? texts[TEXTS - value] : Number.isNaN(value) ? null : value;
      }
      said.push({ key, where, lines, fact });
    }
    return said;
  };
  const sayings = {
    turns: take(likes.turns),
    requests: take(likes.requests),
    calls: take(likes.calls),
    compactions: take(likes.compactions),
    contexts: take(likes.contexts),
    listings: take(likes.listings),
  };
  return { signs, factLines, sayings };
}

function fieldsOf<F extends AnyFact>(fact: F | undefined): readonly (keyof F)[] {
  const fields: (keyof F)[] = [];
  for (const field in fact) fields.push(field);
  return fields;
}
