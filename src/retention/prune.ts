import type { Row, Table } from '../model/table.ts';
import { formatDay, rfc3339, type Zone } from '../model/time.ts';
import type { Removal } from '../store/prune.ts';
import type { Store } from '../store/store.ts';

export interface Pruned extends Removal {
  /** The first instant that was kept. */
  readonly cutoff: number;
  /** Null: a plan, of which nothing was done. */
  readonly disk: { readonly bytes: number; readonly canShrink: boolean } | null;
}

/** Removes the facts that are older than `days` days. Days are pruned whole: nothing of the day that long ago goes. */
export function pruneOnly(store: Store, days: number, now: number): Pruned {
  const day = store.homeZone.dayOf(now) - days;
  return { ...store.prune(day, now), cutoff: store.homeZone.startOf(day), disk: null };
}

/** What pruning would remove: it is done and taken back, so the numbers are the same. */
export const planPrune = (store: Store, days: number, now: number): Promise<Pruned> =>
  store.rehearse(async () => pruneOnly(store, days, now));

/** Removes, and gives the room back. */
export function applyPrune(store: Store, days: number, now: number): Pruned {
  const before = store.bytesOnDisk();
  const pruned = pruneOnly(store, days, now);
  const canShrink = store.giveBack();
  return { ...pruned, disk: { bytes: Math.max(0, before - store.bytesOnDisk()), canShrink } };
}

export const rowsOf = (removal: Removal): number => removal.tables.reduce((sum, { rows }) => sum + rows, 0);

/** Null: no number of days was given, so everything is kept. */
export function pruneTable(pruned: Pruned | null, zone: Zone): Table {
  if (pruned === null) {
    return {
      columns: REMOVED_COLUMNS,
      rows: [],
      empty: 'Everything is kept: no number of days was given. See what would go with: usage prune --days 90',
      fields: { cutoff: null, bytes_freed: 0, disk_bytes_freed: 0, applied: false },
    };
  }
  const { cutoff, disk, bytesFreed } = pruned;
  const day = formatDay(zone.dayOf(cutoff));
  return {
    columns: REMOVED_COLUMNS,
    rows: removedRows(pruned),
    header: [`Facts of days before ${day} · ${zone.name}`],
    headline: [
      { label: disk === null ? 'rows that would go' : 'rows removed', kind: 'count', value: rowsOf(pruned) },
      { label: disk === null ? 'bytes it would free' : 'bytes freed in the file', kind: 'bytes', value: bytesFreed },
      ...(disk === null ? [] : [{ label: 'given back to the disk', kind: 'bytes', value: disk.bytes } as const]),
    ],
    footer: [
      disk === null ? 'a plan: nothing was removed; --apply does it' : 'logs were not touched, and what was removed is not read again',
      'the sums and scores of these days stay; what asks for their single calls begins after them',
      ...(disk === null || disk.canShrink
        ? []
        : ['the store was made by a version that cannot shrink it: what is free is used again, and the file stays as large']),
    ],
    empty: `Nothing is older than ${day}.`,
    fields: { cutoff: rfc3339(cutoff), bytes_freed: bytesFreed, disk_bytes_freed: disk?.bytes ?? null, applied: disk !== null },
    query: { timezone: zone.name },
  };
}

export const REMOVED_COLUMNS: Table['columns'] = [
  { name: 'table', title: 'table', kind: 'text' },
  { name: 'rows', title: 'rows', kind: 'count' },
  { name: 'bytes', title: 'bytes', kind: 'bytes' },
];

/** Tables that lose something. */
export const removedRows = ({ tables }: Removal): readonly Row[] =>
  tables.filter(({ rows }) => rows > 0).map((removed): Row => ({ ...removed }));
