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
      `select m.id, nullif(m.provider, '') as provider, m.name, max(r.started_at) as lastAt
       from models m left join requests r on r.model_id = m.id where m.id not in (select model_id from model_rates) group by m.id`,
    )
    .all();

export const saveRates = (db: Database, modelId: number, rates: Rates | null): void =>
  void db
    .prepare('insert or replace into model_rates (model_id, input_usd, cache_read_usd, cache_write_usd) values (?, ?, ?, ?)')
    .run(modelId, rates?.inputUsd ?? null, rates?.cacheReadUsd ?? null, rates?.cacheWriteUsd ?? null);

/** The prices are other ones now. */
export const forgetRates = (db: Database): void => void db.exec('delete from model_rates');
