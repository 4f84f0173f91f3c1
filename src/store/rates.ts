import type { Database } from 'better-sqlite3';

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

/** The prices are other ones now. */
export const forgetRates = (db: Database): void => void db.exec('delete from model_rates');
