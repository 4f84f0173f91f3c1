import type { ListedItem } from '../../model/event.ts';
import { text } from '../../model/json.ts';

/** One item as the log lists it: its name, and the bytes of the text that stands in the context for it. */
export function listed(name: unknown, sizeBytes?: number): readonly ListedItem[] {
  const known = text(name);
  return known === undefined ? [] : [{ name: known, sizeBytes }];
}

const ENTRY = /^- ([\w.-]+(?::[\w.-]+)*)(?=:|[ \t]*$)/gm;

interface EntryForm {
  /** Is this the name of an item? A description may have such lines of its own. */
  isName?(name: string): boolean;
  /** Is this the whole text of an item, or does it go on behind a line that only looks like another one? */
  isWhole?(entry: string): boolean;
}

/**
 * A list that is written as `- name: description` for each item. A description may go on in lines of its own, so an item
 * ends where the next begins. Sizes include the line end between two items.
 */
export function listedLines(list: string, { isName = () => true, isWhole = () => true }: EntryForm = {}): readonly ListedItem[] {
  const starts = [...list.matchAll(ENTRY)].filter(([, name = '']) => isName(name));
  const items: ListedItem[] = [];
  let begun: { readonly name: string; readonly from: number } | undefined;
  for (const [at, { 1: name = '', index }] of starts.entries()) {
    begun ??= { name, from: index };
    const entry = list.slice(begun.from, starts[at + 1]?.index ?? list.length);
    if (!isWhole(entry)) continue;
    items.push(...listed(begun.name, entry.length));
    begun = undefined;
  }
  return items;
}
