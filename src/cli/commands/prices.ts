import { Option } from 'commander';
import { UsageError } from '../../model/errors.ts';
import type { Column, Row, Table } from '../../model/table.ts';
import { parseMoment, type Zone } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import { OVERRIDES_SQL, overrideOf, type PriceOverrideRow } from '../../store/overrides.ts';
import type { CliCommand, Context } from '../context.ts';
import { verb, type About } from '../help/about.ts';
import { addCommonOptions, addStoreOption, withPreset, type CommonOptions } from '../options.ts';

interface SetOptions extends CommonOptions {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
  readonly cacheWrite1h?: string;
  readonly from?: string;
}

/** What models cost: the built-in table, and what a person knows better. */
export const command: CliCommand = {
  name: 'prices',
  summary: 'Show and set what models cost',
  purpose: 'Show and set what models cost, in USD per million tokens.',
  examples: [
    ['usage prices missing', 'models that are not in the cost'],
    ['usage prices set my-model --input 0.6 --output 2.2', 'give one a price'],
  ],
  group: 'care',
  order: 40,
  add: (prices, context) => {
    const list = addCommonOptions(verb(prices, LIST, true));
    list.action(() => withDb(context, list.optsWithGlobals<CommonOptions>(), listTable, 'prices list'));

    const missing = addCommonOptions(verb(prices, MISSING));
    missing.action(() => withDb(context, missing.optsWithGlobals<CommonOptions>(), missingTable, 'prices missing'));

    const set = verb(prices, SET)
      .argument('<model>', 'the name as the logs have it')
      .requiredOption('--input <usd>', 'uncached input, USD per million tokens')
      .requiredOption('--output <usd>', 'output, USD per million tokens')
      .addOption(withPreset(new Option('--cache-read <usd>', 'cached input'), 'like --input'))
      .addOption(withPreset(new Option('--cache-write <usd>', 'written to a cache'), 'like --input'))
      .addOption(withPreset(new Option('--cache-write-1h <usd>', 'written for an hour'), 'like --cache-write'))
      .option('--from <date>', 'the first day it holds; before it the price stays');
    addStoreOption(set);
    set.action((model: string) => change(context, set.optsWithGlobals<SetOptions>(), model, 'set'));

    const unset = verb(prices, UNSET).argument('<model>', 'the name that was set').option('--from <date>', 'the day that it was set from');
    addStoreOption(unset);
    unset.action((model: string) => change(context, unset.optsWithGlobals<SetOptions>(), model, 'unset'));
  },
};

const LIST: About = {
  name: 'list',
  summary: 'List the price of every model that was used (default)',
  purpose: 'List the price of every model that was used.',
  examples: [['usage prices list', 'as of today']],
};
const MISSING: About = {
  name: 'missing',
  summary: 'List models without a price',
  purpose: 'List models without a price, and the tokens that are not in the cost.',
  examples: [['usage prices missing', 'give one a price with usage prices set']],
};
const SET: About = {
  name: 'set',
  summary: 'Set the price of a model',
  purpose: 'Set the price of a model. Costs are computed anew at once.',
  examples: [
    ['usage prices set my-model --input 0.6 --output 2.2', 'for all time'],
    ['usage prices set my-model --input 1 --output 3 --from 2026-06-01', 'from a day on'],
  ],
};
const UNSET: About = {
  name: 'unset',
  summary: 'Go back to the built-in price of a model',
  purpose: 'Go back to the built-in price of a model. Costs are computed anew at once.',
  examples: [['usage prices unset my-model', 'what usage prices set said is taken back']],
};

async function withDb(
  context: Context,
  options: CommonOptions,
  table: (db: Db, now: number) => Promise<Table>,
  name: string,
): Promise<void> {
  await context.reading(context.storePath(options), async (db) => context.print(await table(db, context.now(options)), name, options));
}

const PRICE_COLUMNS: readonly Column[] = [
  { name: 'model', title: 'model', kind: 'text' },
  { name: 'provider', title: 'provider', kind: 'text', drop: 4 },
  { name: 'input_usd', title: 'input', kind: 'usd' },
  { name: 'output_usd', title: 'output', kind: 'usd' },
  { name: 'cache_read_usd', title: 'cache read', kind: 'usd', drop: 2 },
  { name: 'cache_write_usd', title: 'write 5 m', kind: 'usd', drop: 3 },
  { name: 'cache_write_1h_usd', title: 'write 1 h', kind: 'usd', drop: 3 },
  { name: 'origin', title: 'from', kind: 'text', drop: 1 },
];

async function listTable(db: Db, now: number): Promise<Table> {
  const { loadPrices } = await import('../../pricing/price.ts');
  const prices = await loadPrices((await db.all(OVERRIDES_SQL)).map(overrideOf));
  const models = await db.all('select provider, name from models order by name, provider');
  const cards = models.map((row) => {
    const [model, provider] = [String(row['name']), String(row['provider'])];
    return { model, provider, card: prices.card(provider === '' ? null : provider, model, now) };
  });
  return {
    columns: PRICE_COLUMNS,
    rows: cards.map(({ model, provider, card }): Row => ({
      model,
      provider: provider === '' ? null : provider,
      input_usd: card?.inputUsd ?? null,
      output_usd: card?.outputUsd ?? null,
      cache_read_usd: card?.cacheReadUsd ?? null,
      cache_write_usd: card?.cacheWriteUsd ?? null,
      cache_write_1h_usd: card?.cacheWrite1hUsd ?? null,
      origin: card === null ? null : card.origin === 'override' ? 'set by you' : 'table',
    })),
    header: ['USD per million tokens, today'],
    footer: cards.some(({ card }) => card?.tiered === true)
      ? ['a large input costs more where the provider says so; shown is the base price']
      : [],
    empty: NO_MODEL,
  };
}

const NO_MODEL = 'No model was used yet. Read the logs of this machine with: usage import';

async function missingTable(db: Db): Promise<Table> {
  const rows = await db.all(
    `select m.name as model, m.provider, count(*) as requests, max(r.started_at) as last_used,
       sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens) as total_tokens
     from requests r left join models m on m.id = r.model_id
     where r.cost_nano_usd is null and r.status = 'ok' group by 1, 2 having total_tokens > 0 order by total_tokens desc, model`,
  );
  return {
    columns: [
      { name: 'model', title: 'model', kind: 'text' },
      { name: 'provider', title: 'provider', kind: 'text', drop: 1 },
      { name: 'requests', title: 'requests', kind: 'count' },
      { name: 'total_tokens', title: 'tokens', kind: 'tokens' },
      { name: 'last_used', title: 'last used', kind: 'time' },
    ],
    rows: rows.map((row): Row => ({
      ...row,
      model: row['model'] ?? '(none)',
      provider: row['provider'] === '' ? null : (row['provider'] ?? null),
    })),
    footer: rows.length > 0 ? ['give one a price with: usage prices set MODEL --input USD --output USD'] : [],
    empty: (await db.get('select 1 as there from models limit 1')) === undefined ? NO_MODEL : 'Every model that was used has a price.',
  };
}

async function change(context: Context, options: SetOptions, model: string, verb: 'set' | 'unset'): Promise<void> {
  await context.writing(context.storePath(options), async (store) => {
    const from = dayStart(options.from, context.now(options), store.homeZone);
    if (verb === 'set') {
      const price: PriceOverrideRow = {
        model,
        from,
        inputUsd: usd('--input', options.input) ?? 0,
        outputUsd: usd('--output', options.output) ?? 0,
        cacheReadUsd: usd('--cache-read', options.cacheRead),
        cacheWriteUsd: usd('--cache-write', options.cacheWrite),
        cacheWrite1hUsd: usd('--cache-write-1h', options.cacheWrite1h),
      };
      store.transaction(() => store.setPrice(price));
    } else if (!store.transaction(() => store.unsetPrice(model, from))) {
      throw new UsageError(
        `No price of ${model} was set${options.from === undefined ? '' : ` from ${options.from}`}.`,
        'usage prices list shows the prices that you set.',
      );
    }
    const { repriceIfStale } = await import('../../import/prices.ts');
    await repriceIfStale(store);
    context.say(`The price of ${model} is ${verb === 'set' ? 'set' : 'the built-in one again'}; costs are computed anew.`);
  });
}

function dayStart(date: string | undefined, now: number, zone: Zone): number | null {
  if (date === undefined) return null;
  const ms = parseMoment(date, 'start', now, zone);
  if (ms === undefined) throw new UsageError(`--from ${date} is not a date.`, 'Use a date such as 2026-06-01.');
  return ms;
}

function usd(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(value))
    throw new UsageError(`${option} ${value} is not a price.`, 'Use USD per million tokens, for example 0.6.');
  return Number(value);
}
