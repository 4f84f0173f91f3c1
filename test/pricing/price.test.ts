import { readFileSync } from 'node:fs';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptPrices } from '../../src/model/price.ts';
import { loadPrices, priceTableVersion, type Priceable, type Prices } from '../../src/pricing/price.ts';

const NOTHING: Priceable = {
  provider: null,
  model: '',
  at: Date.UTC(2026, 5, 15, 12),
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  webSearches: 0,
};

const MILLION = 1_000_000;
const USD = 1_000_000_000;
const prices = await loadPrices([]);

/** USD for a million tokens of uncached input. */
const inputUsd = (model: string, more: Partial<Priceable> = {}): number | null => {
  const cost = prices.costNanoUsd({ ...NOTHING, model, inputTokens: 1000, ...more });
  return cost === null ? null : cost / MILLION;
};

/** What the library itself asks for a request, in 10⁻⁹ USD, unrounded; null: it knows no such model. */
function expectedNanoUsd(request: Priceable): number | null {
  const cacheWriteTokens = request.cacheWrite5mTokens + request.cacheWrite1hTokens;
  const usage = {
    input_tokens: request.inputTokens + request.cacheReadTokens + cacheWriteTokens,
    cache_read_tokens: request.cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
    cache_write_5m_tokens: request.cacheWrite5mTokens,
    cache_write_1h_tokens: request.cacheWrite1hTokens,
    output_tokens: request.outputTokens,
    web_searches: request.webSearches,
  };
  const provider = request.provider === null ? {} : { providerId: request.provider };
  const result = calcPrice(usage, request.model, { ...provider, timestamp: new Date(request.at ?? 0) });
  return result === null ? null : result.total_price * USD;
}

/** Whole, and no other whole number is nearer; the library's own sums are off by a few parts in 10¹⁵. */
function expectSameCost(request: Priceable): void {
  const cost = prices.costNanoUsd(request);
  const expected = expectedNanoUsd(request);
  if (cost === null || expected === null) return expect(cost, JSON.stringify(request)).toBe(expected);
  expect(Number.isSafeInteger(cost), `${cost} for ${JSON.stringify(request)}`).toBe(true);
  expect(Math.abs(cost - expected), JSON.stringify(request)).toBeLessThanOrEqual(0.5 + expected * 1e-11);
}

describe('as the library asks', () => {
  const models: readonly (readonly [string, string])[] = [
    ['anthropic', 'claude-sonnet-4-20250514'],
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-opus-4-5-20251101'],
    ['anthropic', 'claude-opus-4-6'],
    ['anthropic', 'claude-haiku-4-5-20251001'],
    ['anthropic', 'claude-3-5-haiku-20241022'],
    ['openai', 'gpt-5-codex'],
    ['openai', 'gpt-5.2'],
    ['openai', 'gpt-5.4'],
    ['openai', 'o3'],
    ['deepseek', 'deepseek-chat'],
    ['google', 'gemini-3-pro-preview'],
    ['google', 'gemini-2.5-pro'],
    ['moonshotai', 'kimi-k2'],
    ['x-ai', 'grok-code-fast-1'],
  ];
  const tokens = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 180_000 }));
  const request: fc.Arbitrary<Priceable> = fc
    .record({
      named: fc.constantFrom(...models),
      isNamed: fc.boolean(),
      at: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }),
      inputTokens: tokens,
      cacheReadTokens: tokens,
      cacheWrite5mTokens: tokens,
      cacheWrite1hTokens: tokens,
      outputTokens: tokens,
      webSearches: fc.nat({ max: 3 }),
    })
    .map(({ named: [provider, model], isNamed, ...rest }) => ({ provider: isNamed ? provider : null, model, ...rest }));

  test('any request to the models that agents use', () => {
    const hasSameCost = (asked: Priceable): void => {
      expect(expectedNanoUsd(asked), asked.model).not.toBeNull();
      expectSameCost(asked);
    };
    fc.assert(fc.property(request, hasSameCost), { numRuns: 2000 });
  });

  test.each(['anthropic', 'openai', 'google', 'deepseek', 'x-ai', 'moonshotai', 'mistral', 'perplexity', 'openrouter', 'aws'])(
    'every model of %s, in a small and a large context, at two times',
    (provider) => {
      const modelIds = findProvider({ providerId: provider })?.models.map((model) => model.id) ?? [];
      expect(modelIds.length).toBeGreaterThan(0);
      for (const model of modelIds) {
        for (const at of [Date.UTC(2025, 3, 1, 3), Date.UTC(2026, 9, 1, 20)]) {
          const small = { ...NOTHING, provider, model, at, inputTokens: 1234, cacheReadTokens: 5678, outputTokens: 91 };
          expectSameCost(small);
          expectSameCost({ ...small, cacheWrite5mTokens: 70_001, cacheWrite1hTokens: 900_003, webSearches: 1 });
        }
      }
    },
  );
});

describe('token parts', () => {
  test.each([
    ['inputTokens', 3],
    ['cacheReadTokens', 0.3],
    ['cacheWrite5mTokens', 3.75],
    ['cacheWrite1hTokens', 6],
    ['outputTokens', 15],
  ])('a million of Claude Sonnet 4 as %s costs $%d', (part, usd) => {
    const request = { ...NOTHING, model: 'claude-sonnet-4-20250514', [part]: MILLION };
    expect(prices.costNanoUsd(request)).toBe(usd * USD);
  });

  test('a web search costs a cent', () => {
    expect(prices.costNanoUsd({ ...NOTHING, model: 'claude-sonnet-4-20250514', webSearches: 1 })).toBe(USD / 100);
  });

  test('a model without a price for cache writes takes its input price for them', () => {
    expect(prices.costNanoUsd({ ...NOTHING, model: 'gpt-5-codex', cacheWrite1hTokens: 1000 })).toBe(1000 * 1250);
  });

  test('a request of no tokens to a model with a price costs 0', () => {
    expect(prices.costNanoUsd({ ...NOTHING, model: 'gpt-5-codex' })).toBe(0);
  });

  test('a half is rounded up, once, on the sum', async () => {
    const halves = await loadPrices([{ model: 'tiny', from: null, inputUsd: 0.0005, outputUsd: 0.0005 }]);
    const cost = (inputTokens: number, outputTokens: number): number | null =>
      halves.costNanoUsd({ ...NOTHING, model: 'tiny', inputTokens, outputTokens });
    expect([cost(1, 0), cost(1, 1), cost(2, 1)]).toEqual([1, 1, 2]);
  });

  test('a half is one as the price is written, though binary fractions fall short of it', async () => {
    const written = await loadPrices([{ model: 'tiny', from: null, inputUsd: 0.000249, outputUsd: 0 }]);
    expect(written.costNanoUsd({ ...NOTHING, model: 'tiny', inputTokens: 500 })).toBe(125); // 124.5
  });
});

describe('tiers', () => {
  const longContext = (inputTokens: number, cacheReadTokens: number): number | null =>
    prices.costNanoUsd({ ...NOTHING, model: 'gemini-3-pro-preview', inputTokens, cacheReadTokens, outputTokens: 1000 });

  test('up to its start, the base price holds', () => {
    expect(longContext(200_000, 0)).toBe(200_000 * 2000 + 1000 * 12_000);
  });

  test('beyond it, every token of the request costs more, and cached input counts', () => {
    expect(longContext(200_001, 0)).toBe(200_001 * 4000 + 1000 * 18_000);
    expect(longContext(1, 200_000)).toBe(4000 + 200_000 * 400 + 1000 * 18_000);
  });
});

describe('time', () => {
  const cut = Date.UTC(2025, 5, 10);

  test.each([
    ['before first', [cut - 1, cut], [10, 2]],
    ['after first', [cut, cut - 1], [2, 10]],
  ])('a price holds from its UTC midnight on, asked %s', async (_, times, usd) => {
    const fresh = await loadPrices([]);
    const costs = times.map((at) => fresh.costNanoUsd({ ...NOTHING, model: 'o3', at, inputTokens: MILLION }));
    expect(costs).toEqual(usd.map((each) => each * USD));
  });

  test('a price that depends on the time of day is not kept for the day', () => {
    const hours = [0, 12, 20].map((hour) => inputUsd('deepseek-chat', { at: Date.UTC(2025, 4, 1, hour) }));
    expect(hours).toEqual([0.135, 0.27, 0.135]);
  });

  test('an undated request has the oldest price', () => {
    expect(inputUsd('o3', { at: null })).toBe(10);
  });
});

describe('what the table said is kept', () => {
  /** As a store keeps it. */
  const keeper = (): KeptPrices & { readonly all: Map<string, string | null> } => {
    const all = new Map<string, string | null>();
    const keyOf = (provider: string | null, model: string, day: number | null): string => JSON.stringify([provider, model, day]);
    return {
      all,
      find: (provider, model, day) => [day, null].map((each) => all.get(keyOf(provider, model, each))).find((price) => price !== undefined),
      keep: (provider, model, day, price) => void all.set(keyOf(provider, model, day), price),
    };
  };
  const asked: readonly Priceable[] = [
    'claude-sonnet-4-20250514',
    'gemini-2.5-pro',
    'o3',
    'deepseek-chat',
    'gpt-5.4',
    'no-such-model',
  ].flatMap((model) =>
    [null, Date.UTC(2025, 4, 1, 3), Date.UTC(2025, 4, 1, 20), Date.UTC(2025, 5, 10)].map((at) => ({
      ...NOTHING,
      model,
      at,
      inputTokens: 250_001,
      cacheWrite5mTokens: 1003,
      cacheWrite1hTokens: 10_007,
      outputTokens: 77,
      webSearches: 2,
    })),
  );

  test('and gives the same costs and cards the next time', async () => {
    const kept = keeper();
    for (const each of [await loadPrices([], kept), await loadPrices([], kept)]) {
      expect(asked.map(each.costNanoUsd)).toEqual(asked.map(prices.costNanoUsd));
      const cards = ({ card }: Prices) => asked.map(({ model, at }) => card(null, model, at ?? 0));
      expect(cards(each)).toEqual(cards(prices));
    }
  });

  test('of a model with one price once, of others by day, of none that nobody has, of prices by the hour nothing', async () => {
    const kept = keeper();
    const { costNanoUsd } = await loadPrices([], kept);
    for (const request of asked) costNanoUsd(request);
    const days = (model: string): unknown[] =>
      [...kept.all.keys()].map((key): unknown[] => JSON.parse(key)).flatMap((key) => (key[1] === model ? [key[2]] : []));
    expect(days('claude-sonnet-4-20250514')).toEqual([null]);
    expect(days('o3')).toEqual([0, 20_209, 20_249]);
    expect(kept.all.get(JSON.stringify([null, 'no-such-model', null]))).toBeNull();
    expect(days('deepseek-chat')).toEqual([]);
  });

  test('and a price that a person set comes before it', async () => {
    const kept = keeper();
    (await loadPrices([], kept)).costNanoUsd({ ...NOTHING, model: 'o3', inputTokens: 1 });
    const own = await loadPrices([{ model: 'o3', from: null, inputUsd: 7, outputUsd: 7 }], kept);
    expect(own.costNanoUsd({ ...NOTHING, model: 'o3', inputTokens: MILLION })).toBe(7 * USD);
  });
});

describe('which model', () => {
  test.each([
    ['no provider', null, 'gpt-5', 1.25],
    ['a gateway of one’s own', 'my-gateway', 'gpt-5', 1.25],
    ['a provider with prices of its own', 'groq', 'openai/gpt-oss-120b', 0.15],
    ['upper case', null, 'GPT-5', 1.25],
    ['the mark of a long context', 'openai', 'gpt-5[1m]', 1.25],
    ['a provider in front', null, 'openai/gpt-5', 1.25],
    ['a gateway in front', 'my-gateway', 'my-team/gpt-5', 1.25],
    ['two in front', 'openrouter', 'openrouter/z-ai/glm-4.6', 0.43],
    ['the one in front has prices of its own', null, 'openrouter/z-ai/glm-4.6', 0.43],
    ['all of it', 'my-gateway', 'my-team/OpenAI/GPT-5[1m]', 1.25],
  ])('%s: %s %s', (_, provider, model, usd) => {
    expect(inputUsd(model, { provider })).toBe(usd);
  });

  test.each([
    ['a name that nobody uses', null, 'no-such-model'],
    ['no model at all', 'anthropic', '<synthetic>'],
    ['an empty name', null, ''],
    ['a model that its provider does not offer', 'anthropic', 'gpt-5'],
    ['a known name inside another', null, 'not-gpt-5'],
  ])('%s has no price', (_, provider, model) => {
    expect(inputUsd(model, { provider })).toBeNull();
    expect(prices.card(provider, model, 0)).toBeNull();
  });

  test('one name has its own price at each provider, which may be none', () => {
    const asked = ['openai', 'github-copilot', 'openai'].map((provider) => inputUsd('gpt-4.1', { provider }));
    expect(asked).toEqual([2, 0, 2]);
  });
});

describe('overrides', () => {
  const june = Date.UTC(2026, 5, 1);
  const july = Date.UTC(2026, 6, 1);
  const own = loadPrices([
    { model: 'gpt-5', from: july, inputUsd: 7, outputUsd: 70 },
    { model: 'gpt-5', from: june, inputUsd: 6, outputUsd: 60 },
    { model: 'House-Model', from: null, inputUsd: 1, outputUsd: 2, cacheReadUsd: 0.1, cacheWriteUsd: 1.5 },
    { model: 'house-model', from: june, inputUsd: 3, outputUsd: 4, cacheReadUsd: null, cacheWrite1hUsd: 9 },
  ]);
  const cost = async (model: string, more: Partial<Priceable>): Promise<number | null> => {
    const nanoUsd = (await own).costNanoUsd({ ...NOTHING, model, ...more });
    return nanoUsd === null ? null : nanoUsd / USD;
  };

  test.each([
    ['the table before the first', june - 1, 1.25],
    ['the first from its instant on', june, 6],
    ['until the next', july - 1, 6],
    ['the latest', july, 7],
    ['the earliest for an undated request', null, 6],
  ])('%s', async (_, at, usd) => {
    expect(await cost('gpt-5', { at, inputTokens: MILLION })).toBe(usd);
  });

  test('one that always holds serves undated requests and those before a dated one', async () => {
    expect(await cost('house-model', { at: null, inputTokens: MILLION })).toBe(1);
    expect(await cost('house-model', { at: 0, inputTokens: MILLION })).toBe(1);
    expect(await cost('house-model', { at: june, inputTokens: MILLION })).toBe(3);
  });

  test('case does not matter, all else does', async () => {
    const at = june - 1;
    expect(await cost('HOUSE-MODEL', { at, provider: 'openai', outputTokens: MILLION })).toBe(2);
    expect(await cost('house-model-2', { at, outputTokens: MILLION })).toBeNull();
    expect(await cost('my-team/house-model', { at, outputTokens: MILLION })).toBeNull();
  });

  test('a part that is left out costs like input, a 1 h write like other writes', async () => {
    const parts = { cacheReadTokens: MILLION, cacheWrite5mTokens: 10 * MILLION, cacheWrite1hTokens: 100 * MILLION };
    expect(await cost('house-model', { at: 0, ...parts })).toBe(0.1 + 15 + 150);
    expect(await cost('house-model', { at: june, ...parts })).toBe(3 + 30 + 900);
  });
});

describe('card', () => {
  test('of a flat price, with what a part without a price of its own is charged', () => {
    expect(prices.card(null, 'gpt-5-codex', NOTHING.at ?? 0)).toEqual({
      inputUsd: 1.25,
      outputUsd: 10,
      cacheReadUsd: 0.125,
      cacheWriteUsd: 1.25,
      cacheWrite1hUsd: 1.25,
      tiered: false,
      origin: 'table',
    });
  });

  test('of a tiered price, its base', () => {
    expect(prices.card('anthropic', 'claude-sonnet-4-5-20250929', Date.UTC(2025, 11, 1))).toEqual({
      inputUsd: 3,
      outputUsd: 15,
      cacheReadUsd: 0.3,
      cacheWriteUsd: 3.75,
      cacheWrite1hUsd: 6,
      tiered: true,
      origin: 'table',
    });
  });

  test('of an override', async () => {
    const own = await loadPrices([{ model: 'gpt-5', from: 5, inputUsd: 1, outputUsd: 2 }]);
    expect(own.card(null, 'gpt-5', 5)).toMatchObject({ inputUsd: 1, outputUsd: 2, cacheReadUsd: 1, origin: 'override' });
    expect(own.card(null, 'gpt-5', 4)).toMatchObject({ inputUsd: 1.25, origin: 'table' });
  });
});

test('the version is that of the installed table', () => {
  const manifest = readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8');
  expect(manifest).toContain(`"version": "${priceTableVersion()}"`);
});
