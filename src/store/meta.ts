import { hostname } from 'node:os';
import type { Database } from 'better-sqlite3';

/** Single facts about the store itself. */
export const META_KEYS = ['home_zone', 'machine', 'price_revision', 'floor_day', 'floor_at', 'secret', 'labels', 'settled_logs'] as const;
export type MetaKey = (typeof META_KEYS)[number];

export function readMeta(db: Database, key: MetaKey): string | undefined {
  return db.prepare<[string], { value: string }>('select value from meta where key = ?').get(key)?.value;
}

export function writeMeta(db: Database, key: MetaKey, value: string): void {
  db.prepare('insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value').run(key, value);
}

export const deleteMeta = (db: Database, key: MetaKey): void => void db.prepare('delete from meta where key = ?').run(key);

/** The zone that days are cut in: the system's when the store was made. */
export function homeZone(db: Database, system: { readonly timeZone: string }): string {
  const known = readMeta(db, 'home_zone');
  if (known !== undefined) return known;
  writeMeta(db, 'home_zone', system.timeZone);
  return system.timeZone;
}

/** A random key that is only in this store, made on first use: digests under it can be compared and not be read. */
export function storeSecret(db: Database): string {
  const known = readMeta(db, 'secret');
  if (known !== undefined) return known;
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
  writeMeta(db, 'secret', secret);
  return secret;
}

/** Id of this machine's row, made on first use. Its key is random: nothing about the machine can be read from it. */
export function machineId(db: Database): number {
  let key = readMeta(db, 'machine');
  if (key === undefined) {
    key = crypto.randomUUID();
    writeMeta(db, 'machine', key);
    db.prepare('insert into machines (key, name) values (?, ?)').run(key, hostname());
  }
  return db.prepare<[string], { id: number }>('select id from machines where key = ?').get(key)?.id ?? 0;
}
