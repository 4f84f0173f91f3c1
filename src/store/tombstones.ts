import type { Database } from 'better-sqlite3';
import { crypto } from './crypto.ts';
import { storeSecret } from './meta.ts';

/** What was taken out and must not come in again. Only digests under a key of this store are kept: no id can be read from them. */
export interface Tombstones {
  /** No look-up is needed where nothing was ever taken out. */
  readonly isEmpty: boolean;
  has(...name: readonly (string | number)[]): boolean;
  add(...name: readonly (string | number)[]): void;
}

/** Of 2⁶⁴ digests: two names share one with a chance of 10⁻⁷ among a million. */
const BYTES = 8;

export function openTombstones(db: Database): Tombstones {
  const has = db.prepare<[Buffer]>('select 1 from tombstones where digest = ?');
  const add = db.prepare('insert into tombstones (digest) values (?) on conflict do nothing');
  let isEmpty = db.prepare('select 1 from tombstones limit 1').get() === undefined;
  const secret = storeSecret(db);
  const digest = (name: readonly (string | number)[]): Buffer =>
    crypto().createHmac('sha256', secret).update(name.join('\0')).digest().subarray(0, BYTES);
  // For statements that take out many facts at once.
  db.function('tombstone', { deterministic: true, directOnly: true }, (type, key) => digest([String(type), String(key)]));

  return {
    get isEmpty() {
      return isEmpty;
    },
    has: (...name) => !isEmpty && has.get(digest(name)) !== undefined,
    add: (...name) => {
      add.run(digest(name));
      isEmpty = false;
    },
  };
}
