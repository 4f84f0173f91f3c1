/**
 * USD per million tokens, as a person states it. It is the model's whole price, at any provider and in any context
 * length: cache tokens that have no price of their own cost like input, 1 h writes like other cache writes, and web
 * searches are not charged.
 */
export interface PriceOverride {
  readonly model: string;
  /** First instant it holds, epoch ms; null: always. */
  readonly from: number | null;
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cacheReadUsd?: number | null;
  readonly cacheWriteUsd?: number | null;
  readonly cacheWrite1hUsd?: number | null;
}

/** What the price table says, between runs: few need to load it. */
export interface KeptPrices {
  /** The price of a model on a UTC day (days since 1970) as it was kept, null: it has none. Undefined: it must be asked for. */
  find(provider: string | null, model: string, day: number): string | null | undefined;
  /** `day` null: it holds on all days. */
  keep(provider: string | null, model: string, day: number | null, price: string | null): void;
}
