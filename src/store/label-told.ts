import { renamed } from '../model/facts/listing.ts';
import type { Saying, Told } from '../model/facts/saying.ts';
import type { Labels } from './labels.ts';

const MEMORY = 'memory:';

/** What a store may keep of what was told: names of memory files are paths, and a branch may tell as much. Projects get theirs with their rows. */
export function labelTold({ signs, sayings, factLines }: Told, labels: Labels): Told {
  const { calls, contexts, listings } = sayings;
  return {
    signs: signs.map((sign) => (sign.branch === undefined ? sign : { ...sign, branch: labels.branch(sign.branch) })),
    sayings: {
      ...sayings,
      calls: changed(
        calls,
        ({ reads }) => reads?.startsWith(MEMORY) === true && { reads: MEMORY + renamed(reads.slice(MEMORY.length), labels.file) },
      ),
      // Of other memories the slug is a name that somebody gave.
      contexts: changed(contexts, ({ kind, slug }) => kind === 'memory' && /[\\/]/.test(slug) && { slug: labels.file(slug) }),
      listings: changed(listings, ({ kind, items }) => kind === 'memory' && { items: renamed(items, labels.file) }),
    },
    factLines,
  };
}

function changed<F>(said: readonly Saying<F>[], change: (fact: F) => Partial<F> | false): readonly Saying<F>[] {
  return said.map((saying) => {
    const other = change(saying.fact);
    return other === false ? saying : { ...saying, fact: { ...saying.fact, ...other } };
  });
}
