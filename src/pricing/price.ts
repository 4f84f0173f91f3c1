import { DAY_MS } from '../model/time.ts';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ModelPrice } from '@pydantic/genai-prices';
import { asObject, field } from '../model/json.ts';
import type { KeptPrices, PriceOverride } from '../model/price.ts';

/** One response of a model. The token parts are disjoint. */
export interface Priceable {
  readonly provider: string | null;
  readonly model: string;
  readonly at: number | null;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly webSearches: number;
}

/**
 * Overrides come first, by the exact name of the model in any case. Else the table is asked for the model at its
 * provider; where the table does not know the provider (a gateway of one's own) or none is given, the model's name
 * decides, so `gpt-5` at `my-gateway` costs what it costs in public. A model that a known provider does not offer has
 * no price.
 *
 * A request without a time has the oldest price: the answer must not depend on the day of the import.
 */
export interface Prices {
  /** In whole 10⁻⁹ USD, rounded half up; null: no price is known. */
  costNanoUsd(request: Priceable): number | null;
  /** Null: no price is known. */
  card(provider: string | null, model: string, at: number): PriceCard | null;
}

/** What each part is charged at, in USD per million tokens; of a tiered price, its base. */
export interface PriceCard {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cacheReadUsd: number;
  readonly cacheWriteUsd: number;
  readonly cacheWrite1hUsd: number;
  /** A large input costs more than this. */
  readonly tiered: boolean;
  readonly origin: 'table' | 'override';
}

/** Changes with the table, which is not loaded for it (some 65 ms). */
export const priceTableVersion = (): string => (tableVersion ??= readVersion());

let tableVersion: string | undefined;

function readVersion(): string {
  const version = field(asObject(JSON.parse(readManifest())), 'version');
  if (typeof version !== 'string') throw new Error(`${TABLE} states no version`);
  return version;
}

const TABLE = '@pydantic/genai-prices';

/** Looked for by hand: the package does not export it, and to have Node look for the package takes ten times as long. */
function readManifest(): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(TABLE) ?? []) {
    try {
      return readFileSync(`${folder}/${TABLE}/package.json`, 'utf8');
    } catch {
      // The next folder may have it.
    }
  }
  throw new Error(`${TABLE} is not installed`);
}

/** `kept`: what the table said before; it must be of the same version. */
export async function loadPrices(overrides: readonly PriceOverride[], kept?: KeptPrices): Promise<Prices> {
  const stated = openOverrides(overrides);
  const table = openTable(kept);
  const charges = openCharges();
  return {
    costNanoUsd(request) {
      const { provider, model, at } = request;
      const price = stated(model, at) ?? table(provider, model, at);
      return price === null ? null : nanoUsd(charges(price, request), request);
    },
    card(provider, model, at) {
      const override = stated(model, at);
      const price = override ?? table(provider, model, at);
      if (price === null) return null;
      return { ...tokenRates(price, 0), tiered: isTiered(price), origin: override === null ? 'table' : 'override' };
    },
  };
}

/** The latest one that holds at the time; for an undated request the earliest of all. */
function openOverrides(overrides: readonly PriceOverride[]): (model: string, at: number | null) => ModelPrice | null {
  const caseless = (model: string): string => model.trim().toLowerCase();
  const sorted = overrides
    .map((override) => ({
      model: caseless(override.model),
      from: override.from ?? Number.NEGATIVE_INFINITY,
      price: {
        input_mtok: override.inputUsd,
        output_mtok: override.outputUsd,
        cache_read_mtok: override.cacheReadUsd ?? undefined,
        cache_write_mtok: override.cacheWriteUsd ?? undefined,
        cache_write_1h_mtok: override.cacheWrite1hUsd ?? undefined,
      },
    }))
    .toSorted((a, b) => a.from - b.from);
  return (model, at) => {
    const ofModel = sorted.filter((override) => override.model === caseless(model));
    const found = at === null ? ofModel[0] : ofModel.findLast((override) => override.from <= at);
    return found?.price ?? null;
  };
}

/** The library's name for "some gateway": a `provider/` prefix that it knows is the provider, else the model's name decides. */
const ANY_PROVIDER = 'litellm';

/**
 * A look-up in the library takes longer than all else that is done for a request, so its answer is kept: of a model that has
 * one price or none for good, else for a UTC day, as prices start at UTC midnights. Only those that depend on the time of day
 * are asked for each time.
 */
function openTable(kept: KeptPrices | undefined): (provider: string | null, model: string, at: number | null) => ModelPrice | null {
  let library: typeof import('@pydantic/genai-prices') | undefined;
  /** Asked of few runs, and it takes as long to load as a report. */
  const table = (): typeof import('@pydantic/genai-prices') => (library ??= createRequire(import.meta.url)(TABLE));

  const lookUp = (provider: string | null, model: string, at: number) => {
    const { calcPrice, findProvider } = table();
    const isKnown = provider !== null && findProvider({ providerId: provider }) !== undefined;
    const options = { providerId: isKnown ? provider : ANY_PROVIDER, timestamp: new Date(at) };
    for (const spelling of spellings(model)) {
      const found = calcPrice({}, spelling, options);
      if (found !== null) return found;
    }
    return null;
  };

  interface Answer {
    readonly price: ModelPrice | null;
    /** The days that it holds on: all, one, or none as it depends on the time. */
    readonly holds: 'always' | 'day' | 'never';
  }
  const ask = (provider: string | null, model: string, time: number): Answer => {
    const found = lookUp(provider, model, time);
    const price = found?.model_price ?? null;
    const variants = found?.model.prices;
    const holds = !Array.isArray(variants)
      ? 'always'
      : variants.some((variant) => variant.constraint?.type === 'time_of_date')
        ? 'never'
        : 'day';
    if (holds !== 'never') kept?.keep(provider, model, holds === 'day' ? Math.floor(time / DAY_MS) : null, price && JSON.stringify(price));
    return { price, holds };
  };
  const recall = (provider: string | null, model: string, day: number): Answer | undefined => {
    const price = kept?.find(provider, model, day);
    return price === undefined ? undefined : { price: price === null ? null : JSON.parse(price), holds: 'day' };
  };

  const always = new Map<string, Answer>();
  const byDay = new Map<string, Answer>();
  const find = (provider: string | null, model: string, time: number, day: number): Answer => {
    const name = `${provider ?? ''}\n${model}`;
    const dayAndName = `${day}\n${name}`;
    const known = always.get(name) ?? byDay.get(dayAndName);
    if (known !== undefined) return known;
    const answer = recall(provider, model, day) ?? ask(provider, model, time);
    if (answer.holds === 'always') always.set(name, answer);
    if (answer.holds === 'day') byDay.set(dayAndName, answer);
    return answer;
  };

  /** Neighbours mostly ask for the same, and the names of what is kept take time to make. */
  let last: (Answer & { readonly provider: string | null; readonly model: string; readonly day: number }) | undefined;
  return (provider, model, at) => {
    const time = at ?? 0;
    const day = Math.floor(time / DAY_MS);
    if (last?.model === model && last.provider === provider && (last.day === day || last.holds === 'always')) return last.price;
    const answer = find(provider, model, time, day);
    last = answer.holds === 'never' ? undefined : { ...answer, provider, model, day };
    return answer.price;
  };
}

/** As it is, then without Claude Code's mark of a long context, then without each `x/` in front. The library ignores case. */
function spellings(model: string): readonly string[] {
  const parts = model.replace(/\[1m\]$/i, '').split('/');
  return [model, ...parts.map((_, start) => parts.slice(start).join('/'))];
}

/** What one unit of each part is charged at, in 10⁻¹² USD. */
interface Charges {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly webSearch: number;
  readonly request: number;
}

function nanoUsd(charge: Charges, request: Priceable): number {
  const costPicoUsd =
    request.inputTokens * charge.input +
    request.cacheReadTokens * charge.cacheRead +
    request.cacheWrite5mTokens * charge.cacheWrite +
    request.cacheWrite1hTokens * charge.cacheWrite1h +
    request.outputTokens * charge.output +
    request.webSearches * charge.webSearch +
    charge.request;
  return Math.round(costPicoUsd / 1e3);
}

/** Those of a price without tiers are the same for every request, and are kept. */
function openCharges(): (price: ModelPrice, request: Priceable) => Charges {
  const flat = new WeakMap<ModelPrice, Charges>();
  return (price, request) => {
    const kept = flat.get(price);
    if (kept !== undefined) return kept;
    const cacheWriteTokens = request.cacheWrite5mTokens + request.cacheWrite1hTokens;
    const charges = chargesOf(price, request.inputTokens + request.cacheReadTokens + cacheWriteTokens);
    if (!isTiered(price)) flat.set(price, charges);
    return charges;
  };
}

const isTiered = (price: ModelPrice): boolean => Object.values(price).some((rate) => typeof rate === 'object');

function chargesOf(price: ModelPrice, totalInput: number): Charges {
  const rates = tokenRates(price, totalInput);
  return {
    input: picoUsdEach(rates.inputUsd, 1e6),
    cacheRead: picoUsdEach(rates.cacheReadUsd, 1e6),
    cacheWrite: picoUsdEach(rates.cacheWriteUsd, 1e6),
    cacheWrite1h: picoUsdEach(rates.cacheWrite1hUsd, 1e6),
    output: picoUsdEach(rates.outputUsd, 1e6),
    webSearch: picoUsdEach(rateAt(price, 'web_searches_kcount', totalInput) ?? 0, 1e3),
    request: picoUsdEach(rateAt(price, 'requests_kcount', totalInput) ?? 0, 1e3),
  };
}

/** Whole for a price per million of up to six decimals, which nearly all are; so sums of them are exact, ties included. */
const picoUsdEach = (usd: number, units: number): number => Math.round(usd * 1e12) / units;

/**
 * The library's rules: a part without a price of its own costs what the part that holds it costs, and a part without
 * any price is free (a free model has an empty price).
 */
function tokenRates(price: ModelPrice, totalInput: number): Omit<PriceCard, 'tiered' | 'origin'> {
  const inputUsd = rateAt(price, 'input_mtok', totalInput) ?? 0;
  const cacheWriteUsd = rateAt(price, 'cache_write_mtok', totalInput) ?? inputUsd;
  return {
    inputUsd,
    outputUsd: rateAt(price, 'output_mtok', totalInput) ?? 0,
    cacheReadUsd: rateAt(price, 'cache_read_mtok', totalInput) ?? inputUsd,
    cacheWriteUsd,
    cacheWrite1hUsd: rateAt(price, 'cache_write_1h_mtok', totalInput) ?? cacheWriteUsd,
  };
}

/** The total input picks the tier, of output prices too, and all tokens of the request are charged at it. */
function rateAt(price: ModelPrice, key: string, totalInput: number): number | undefined {
  const rate = price[key];
  if (typeof rate !== 'object') return rate;
  const reached = rate.tiers.filter((tier) => tier.start < totalInput).toSorted((a, b) => a.start - b.start);
  return reached.at(-1)?.price ?? rate.base;
}
