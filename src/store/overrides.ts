import type { Database } from 'better-sqlite3';
import type { PriceOverride } from '../model/price.ts';
import type { SqlRow } from './db.ts';

/** A price that a person set, as it is stored: what was not said is null. */
export type PriceOverrideRow = Required<PriceOverride>;

export const OVERRIDES_SQL = 'select * from price_overrides order by model, from_at';

/** A row of `OVERRIDES_SQL`. The order of its fields is part of the name of the prices that costs are computed with. */
export function overrideOf(row: SqlRow): PriceOverrideRow {
  const orNull = (field: string): number | null => (typeof row[field] === 'number' ? row[field] : null);
  return {
    model: String(row['model']),
    from: orNull('from_at'),
    inputUsd: Number(row['input_usd']),
    outputUsd: Number(row['output_usd']),
    cacheReadUsd: orNull('cache_read_usd'),
    cacheWriteUsd: orNull('cache_write_usd'),
    cacheWrite1hUsd: orNull('cache_write_1h_usd'),
  };
}

export function setPrice(db: Database, price: PriceOverrideRow): void {
  db.prepare(
    `insert or replace into price_overrides (model, from_at, input_usd, output_usd, cache_read_usd, cache_write_usd, cache_write_1h_usd)
     values (?, ?, ?, ?, ?, ?, ?)`,
  ).run(price.model, price.from, price.inputUsd, price.outputUsd, price.cacheReadUsd, price.cacheWriteUsd, price.cacheWrite1hUsd);
}

/** False: there was none. */
export const unsetPrice = (db: Database, model: string, from: number | null): boolean =>
  db.prepare('delete from price_overrides where model = ? and from_at is ?').run(model, from).changes > 0;
