import type { Database } from 'better-sqlite3';
import type { KeptPrices } from '../model/price.ts';
import type { Names } from './names.ts';

/** A model whose list prices are not known yet. */
export interface UnratedModel {
  readonly id: number;
  readonly provider: string | null;
  readonly name: string;
  /** Of its last request; null: none has a time. */
  readonly lastAt: number | null;
}

/** USD per million tokens; null: no price is known. */
export interface Rates {
  readonly inputUsd: number;
  readonly cacheReadUsd: number;
  readonly cacheWriteUsd: number;
}

export const unratedModels = (db: Database): readonly UnratedModel[] =>
  db
    .prepare<[], UnratedModel>(
      `with unrated as (select * from models where id not in (select model_id from model_rates)),
         last as (select model_id, max(started_at) as lastAt from requests where model_id in (select id from unrated) group by model_id)
       select m.id, nullif(m.provider, '') as provider, m.name, lastAt from unrated m left join last on last.model_id = m.id order by m.id`,
    )
    .all();

export const saveRates = (db: Database, modelId: number, rates: Rates | null): void =>
  void db
    .prepare('insert or replace into model_rates (model_id, input_usd, cache_read_usd, cache_write_usd) values (?, ?, ?, ?)')
    .run(modelId, rates?.inputUsd ?? null, rates?.cacheReadUsd ?? null, rates?.cacheWriteUsd ?? null);

/** A day of prices that hold on all days. */
const ALL_DAYS = -1;

/** What the price table says of the models of the store. The caller of `keep` holds the transaction. */
export function openKeptPrices(db: Database, modelOf: Names['model']): KeptPrices {
  const find = db.prepare<[string, string, number], { price: string | null }>(
    `select price from kept_prices where model_id = (select id from models where provider = ? and name = ?) and day in (?, ${ALL_DAYS})`,
  );
  const keep = db.prepare('insert or replace into kept_prices (model_id, day, price) values (?, ?, ?)');
  return {
    find: (provider, model, day) => find.get(provider ?? '', model, day)?.price,
    keep: (provider, model, day, price) => void keep.run(modelOf(provider ?? '', model), day ?? ALL_DAYS, price),
  };
}

/** The prices are other ones now. */
export const forgetRates = (db: Database): void => void db.exec('delete from model_rates; delete from kept_prices');
