import { existsSync } from 'node:fs';
import { Argument } from 'commander';
import { UsageError } from '../../model/errors.ts';
import { didYouMean } from '../../model/nearest.ts';
import type { Row, Table } from '../../model/table.ts';
import { modeOf } from '../../model/labels.ts';
import { editConfig, withKey, withoutKey } from '../config-file.ts';
import type { CliCommand, Context } from '../context.ts';
import { verb, type About } from '../help/about.ts';
import { followSettings } from '../follow-settings.ts';
import { addCommonOptions, addStoreOption, type CommonOptions } from '../options.ts';
import { configPath, lineOf, readConfig, SETTINGS, type Setting, type SettingValue } from '../settings.ts';

/** What is set, and where: flags, then `USAGE_*`, then the config file, then the default. */
export const command: CliCommand = {
  name: 'config',
  summary: 'Show and change settings',
  purpose: 'Show and change settings. A flag counts before the environment (USAGE_DAYS and so on), that before the config file.',
  examples: [
    ['usage config', 'every setting and where it comes from'],
    ['usage config set labels hashed', 'keep hashes of paths, no paths'],
  ],
  words: { title: 'Settings', rows: SETTINGS.map(({ key, help, allowed }) => [key, `${help} (${allowed})`]) },
  group: 'care',
  order: 30,
  add: (config, context) => {
    const list = addCommonOptions(verb(config, LIST, true));
    list.action(() => listSettings(context, list.optsWithGlobals<CommonOptions>()));

    const get = addStoreOption(verb(config, GET)).addArgument(keyArgument());
    get.action(async (key: string) => {
      const { value } = await valueOf(settingOf(key), context, get.optsWithGlobals<CommonOptions>());
      context.say(String(value ?? ''));
    });

    const set = addStoreOption(verb(config, SET)).addArgument(keyArgument()).argument('<value>', 'its value');
    set.action((key: string, value: string) => change(context, set.optsWithGlobals<CommonOptions>(), settingOf(key), value));

    verb(config, UNSET)
      .addArgument(keyArgument())
      .action((key: string) => unset(context, key));
    verb(config, PATH).action(() => context.say(configPath(context.world)));
  },
};

const LIST: About = {
  name: 'list',
  summary: 'List every setting and where it comes from (default)',
  purpose: 'List every setting: its value, where that comes from, and what is allowed.',
  examples: [['usage config list --json', 'for a script']],
};
const GET: About = {
  name: 'get',
  summary: 'Print one value',
  purpose: 'Print the value of one setting.',
  examples: [['usage config get timezone', 'where days are cut']],
};
const SET: About = {
  name: 'set',
  summary: 'Set a value in the config file',
  purpose: 'Set a value in the config file. The store follows at once, also in what was imported before.',
  examples: [
    ['usage config set labels hashed', 'keep hashes of paths, no paths'],
    ['usage config set keep_days 365', 'prune after each import'],
  ],
};
const UNSET: About = {
  name: 'unset',
  summary: 'Go back to the default of a setting',
  purpose: 'Go back to the default of a setting.',
  examples: [['usage config unset days', 'each report has its own window again']],
};
const PATH: About = {
  name: 'path',
  summary: 'Print where the config file is',
  purpose: 'Print where the config file is, whether it is there or not.',
  examples: [['usage config path', 'to edit it by hand']],
};

const KEYS: readonly string[] = SETTINGS.map(({ key }) => key);

const keyArgument = (): Argument => {
  const argument = new Argument('<key>', 'a setting');
  argument.argChoices = [...KEYS];
  return argument;
};

function settingOf(key: string): Setting {
  const setting = SETTINGS.find((each) => each.key === key);
  if (setting === undefined) throw new UsageError(`${key} is no setting.`, `${didYouMean(key, KEYS)}There are ${KEYS.join(', ')}.`);
  return setting;
}

async function listSettings(context: Context, options: CommonOptions): Promise<void> {
  const rows: Row[] = [];
  for (const setting of SETTINGS) {
    const { value, from, where } = await valueOf(setting, context, options);
    rows.push({
      key: setting.key,
      value: value === null ? null : String(value),
      from,
      where,
      default: setting.default,
      allowed: setting.allowed,
    });
  }
  const table: Table = {
    columns: [
      { name: 'key', title: 'setting', kind: 'text' },
      { name: 'value', title: 'value', kind: 'text' },
      { name: 'from', title: 'from', kind: 'text' },
      { name: 'where', title: 'where', kind: 'text', drop: 2 },
      { name: 'allowed', title: 'allowed', kind: 'text', wrap: true, drop: 1 },
      { name: 'default', title: 'default', kind: 'text', hidden: true },
    ],
    rows,
    fields: { path: configPath(context.world) },
  };
  await context.print(table, 'config list', options);
}

/** Null: nothing is set, and the default is no single value. */
async function valueOf(
  { key, default: preset }: Setting,
  context: Context,
  options: CommonOptions,
): Promise<{ value: SettingValue | null; from: string; where: string | null }> {
  if (key === 'db' && options.db !== undefined) return { value: context.storePath(options), from: 'flag', where: '--db' };
  const origin = context.origins.get(key);
  if (origin !== undefined) return origin;
  if (key === 'db') return { value: context.storePath(options), from: 'default', where: null };
  if (key === 'timezone' || key === 'labels') {
    const path = context.storePath(options);
    const isThere = existsSync(path);
    const value = await context.reading(path, async (db, homeZone) =>
      key === 'timezone' ? homeZone.name : modeOf((await db.get(`select value from meta where key = 'labels'`))?.['value']),
    );
    return { value, from: isThere ? 'store' : 'default', where: null };
  }
  return { value: preset.startsWith('that of') ? null : preset, from: 'default', where: null };
}

async function change(context: Context, options: CommonOptions, setting: Setting, said: string): Promise<void> {
  const { world } = context;
  const value = setting.parse(said);
  if (value === undefined) throw new UsageError(`${setting.key} ${said} is not allowed.`, `Use ${setting.allowed}.`);
  // A store that is written right now refuses: then nothing is set, either.
  const isClean = await storeFollows(context, options, setting.key, String(value));
  const left = await editConfig(configPath(world), (text) => withKey(text, setting.key, value));
  context.say(`${setting.key} is ${value}${FOLLOWED[setting.key] ?? ''}.`);
  if (!isClean) context.warn('usage: A reader still holds pages with paths; they are gone when it ends. Run the command again then.');
  if (left !== undefined) context.warn(`usage: ${left.message} ${left.hint ?? ''}`);
}

const FOLLOWED: Readonly<Record<string, string>> = {
  timezone: '; the days of the store are cut there',
  labels: '; the store follows',
};

async function storeFollows(context: Context, options: CommonOptions, key: string, value: string): Promise<boolean> {
  if (key !== 'timezone' && key !== 'labels') return true;
  const path = storePathOf(context, options);
  if (!existsSync(path)) return true;
  return followSettings(path, context, {
    labels: key === 'labels' ? modeOf(value) : undefined,
    timezone: key === 'timezone' ? value : undefined,
  });
}

/** Also where the config file cannot be understood, which this may mend. */
function storePathOf(context: Context, options: CommonOptions): string {
  try {
    return context.storePath(options);
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError(`${error.message} The store cannot be told.`, 'Name it with --db, or mend the file first.');
    throw error;
  }
}

/** Any key: one that is no setting is what somebody wants to be rid of. */
async function unset(context: Context, key: string): Promise<void> {
  const path = configPath(context.world);
  if (!existsSync(path) || lineOf(readConfig(path), key) === 0) settingOf(key);
  const left = existsSync(path) ? await editConfig(path, (text) => withoutKey(text, key)) : undefined;
  const kept = key === 'labels' || key === 'timezone' ? '; the store keeps what it has' : '';
  context.say(`${key} is not set any more${kept}.`);
  if (left !== undefined) context.warn(`usage: ${left.message} ${left.hint ?? ''}`);
}
