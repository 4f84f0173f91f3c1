import type { ListedItem, ListedKind, ListingEvent } from '../event.ts';
import { compareText, label, least, type FactRule } from './fact.ts';

export type ListingFact = {
  readonly at: number | null;
  readonly kind: ListedKind;
  readonly change: 'added' | 'removed';
  readonly deferred: number;
  /** As `itemsText` writes them: equal lists are equal texts. */
  readonly items: string;
};

export const listingRule: FactRule<ListingEvent, ListingFact> = {
  type: 'listing',
  read,
  join,
  prefer: (first, then) => ({ ...first, at: first.at ?? then.at }),
  startOf: (listing) => listing.at,
  pathsOf: (listing) => listing.items,
};

function read(event: ListingEvent): ListingFact {
  return {
    at: event.at ?? null,
    kind: event.kind,
    change: event.change,
    deferred: Number(event.deferred ?? false),
    items: itemsText(event.items),
  };
}

/** Lines of one id say the same; where they do not, the order of reading decides nothing. */
function join(a: ListingFact, b: ListingFact): ListingFact {
  return {
    at: least(a.at, b.at),
    kind: a.kind < b.kind ? b.kind : a.kind,
    change: a.change < b.change ? b.change : a.change,
    deferred: Math.max(a.deferred, b.deferred),
    items: label(a.items, b.items) ?? a.items,
  };
}

/** JSON of `[name, bytes or null]` in the order of the names. A name that is listed twice counts once, at its largest. */
export function itemsText(items: readonly ListedItem[]): string {
  const sizes = new Map<string, number | null>();
  for (const { name, sizeBytes } of items) sizes.set(name, Math.max(sizeBytes ?? -1, sizes.get(name) ?? -1));
  const sorted = [...sizes].sort(([a], [b]) => compareText(a, b));
  return JSON.stringify(sorted.map(([name, size]) => [name, size === -1 ? null : size]));
}

/** The same items by other names. */
export function renamed(text: string, nameOf: (name: string) => string): string {
  const items: readonly (readonly [string, number | null])[] = JSON.parse(text);
  return itemsText(items.map(([name, size]) => ({ name: nameOf(name), ...(size !== null && { sizeBytes: size }) })));
}
