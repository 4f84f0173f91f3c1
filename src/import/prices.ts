import { loadPrices, priceTableVersion, type Prices } from '../pricing/price.ts';
import { crypto } from '../store/crypto.ts';
import type { CostOf, Store } from '../store/store.ts';

/** Raised when the same table gives other costs. */
const RULES = 1;

/** Names the prices that costs are computed with now: the table, the rules, and what a person set. */
export function priceRevision(store: Store): string {
  const said = store.priceOverrides();
  const overrides = said.length === 0 ? NO_OVERRIDES : digestOf(JSON.stringify(said));
  return `${priceTableVersion()}/${RULES}/${overrides}`;
}

/** The digest of none, at hand. */
const NO_OVERRIDES = 'l9Fw4VUO';

const digestOf = (text: string): string => crypto().createHash('sha1').update(text).digest('base64url').slice(0, 8);

/** What the store keeps of the table is of use while its costs are of the same prices. */
const load = (store: Store): Promise<Prices> =>
  loadPrices(store.priceOverrides(), store.priceRevision() === priceRevision(store) ? store.keptPrices : undefined);

/** What requests cost. The table is loaded for what the store does not keep of it. */
export async function loadCost(store: Store): Promise<CostOf> {
  const prices = await load(store);
  // Spelled out: it is made for every request, and taking an object apart takes several times as long.
  return (request) =>
    request.model === null
      ? null
      : prices.costNanoUsd({
          provider: request.provider,
          model: request.model,
          at: request.startedAt,
          inputTokens: request.inputTokens,
          cacheReadTokens: request.cacheReadTokens,
          cacheWrite5mTokens: request.cacheWrite5mTokens,
          cacheWrite1hTokens: request.cacheWrite1hTokens,
          outputTokens: request.outputTokens,
          webSearches: request.webSearches,
        });
}

/** Computes stored costs anew when the prices are other ones than they were made with. True: they were. */
export async function repriceIfStale(store: Store): Promise<boolean> {
  const revision = priceRevision(store);
  if (store.priceRevision() === revision) return false;
  const costOf = await loadCost(store);
  await store.longTransaction(async () => {
    store.reprice(costOf, revision);
    await rateModels(store);
    store.refreshScores();
  });
  return true;
}

/** Keeps the list prices of models that are new, so that reports need not load the table. */
export async function rateModels(store: Store): Promise<void> {
  const models = store.unratedModels();
  if (models.length === 0) return;
  const prices = await load(store);
  store.transaction(() => {
    for (const { id, provider, name, lastAt } of models) store.saveRates(id, prices.card(provider, name, lastAt ?? 0));
  });
}
