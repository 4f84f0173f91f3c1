import type { Database } from 'better-sqlite3';
import type { ListingEvent } from '../../model/event.ts';
import { listingRule, type ListingFact } from '../../model/facts/listing.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openListings(db: Database, context: FactContext): FactTable<ListingEvent, ListingFact> {
  return openTable<ListingEvent, ListingFact, ListingFact>(db, context, listingRule, {
    table: 'listings',
    inRollups: false,
    columns: (listing) => ({
      at: listing.at,
      day: listing.at === null ? null : context.dayOf(listing.at),
      change: listing.change,
      deferred: listing.deferred,
      list_id: context.names.list(listing.kind, listing.items),
    }),
    select: `f.at, f.change, f.deferred, l.kind, ${itemsOf('f.list_id')} as items from listings f join item_lists l on l.id = f.list_id`,
    restore: ({ at, kind, change, deferred, items }) => ({ at, kind, change, deferred, items }),
  });
}

/** The items of a list, in the form of the fact. */
export const itemsOf = (listId: string): string => `(select json_group_array(json_array(name, size_bytes)) from (
  select i.name, x.size_bytes from item_list_items x join items i on i.id = x.item_id where x.list_id = ${listId} order by i.name))`;
