import { FailError } from '../model/errors.ts';
import type { Table } from '../model/table.ts';
import type { Applier } from '../store/apply.ts';
import type { Removal } from '../store/prune.ts';
import type { Store } from '../store/store.ts';
import { REMOVED_COLUMNS, removedRows } from './prune.ts';

export interface Forgotten extends Removal {
  readonly sessions: number;
  /** A plan is `none`. `held`: a reader keeps the old pages in the write-ahead log until it ends. */
  readonly applied: 'none' | 'held' | 'whole';
}

/** What forgetting would remove: it is done and taken back, so the numbers are the same. */
export async function planForget(store: Store, applier: Applier, sessionIds: readonly number[]): Promise<Forgotten> {
  const removal = await store.rehearse(async () => store.forgetSessions(applier, sessionIds));
  return { ...removal, sessions: sessionIds.length, applied: 'none' };
}

/** Erases sessions for good. The file is written anew, so that no page of it still holds what was erased. */
export function applyForget(store: Store, applier: Applier, sessionIds: readonly number[]): Forgotten {
  const removal = store.forgetSessions(applier, sessionIds);
  try {
    return { ...removal, sessions: sessionIds.length, applied: store.rewrite() ? 'whole' : 'held' };
  } catch (cause) {
    throw new FailError(
      'The sessions are forgotten, but the file of the store could not be written anew; its free pages are overwritten.',
      'Free as much space as the store takes, and forget another session.',
      { cause },
    );
  }
}

export function forgetTable(forgotten: Forgotten, what: string): Table {
  const { sessions, applied, bytesFreed } = forgotten;
  const isPlan = applied === 'none';
  return {
    columns: REMOVED_COLUMNS,
    rows: removedRows(forgotten),
    header: [what],
    headline: [{ label: isPlan ? 'sessions that would be erased' : 'sessions erased', kind: 'count', value: sessions }],
    footer: [
      isPlan ? 'a plan: nothing was erased' : 'logs were not touched, and what they tell of these sessions is not read again',
      'what other sessions tell as well stays theirs; totals fall by the rest',
      ...(applied === 'held' ? ['another program reads the store: until it ends, old pages are in the -wal file beside the store'] : []),
    ],
    fields: { sessions, bytes_freed: bytesFreed, applied: !isPlan },
  };
}
