import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../model/errors.ts';
import { asObject, field } from '../model/json.ts';
import { parseDay, zone } from '../model/time.ts';
import type { World } from '../model/world.ts';
import type { Ignored } from '../reports/common/report.ts';
import { LABEL_MODES, type LabelMode } from '../model/labels.ts';
import { FORMATS } from './options.ts';
import { configFolder } from './world.ts';

/** What can be set: in the environment as `USAGE_<KEY>`, or in the config file. */
export interface Settings {
  readonly db: string | undefined;
  /** Undefined: what the store has. */
  readonly timezone: string | undefined;
  readonly labels: LabelMode | undefined;
  readonly keepDays: number;
  readonly days: number | 'all' | undefined;
  readonly format: string | undefined;
  readonly color: 'auto' | 'always' | 'never';
}

export type SettingValue = string | number;

export interface Setting {
  readonly key: string;
  readonly help: string;
  readonly allowed: string;
  /** All values, where they are a few words. */
  readonly words?: readonly string[];
  /** Said in a list where nothing is set. */
  readonly default: string;
  /** Undefined: not allowed. */
  parse(value: string): SettingValue | undefined;
}

const word = <T extends string>(allowed: readonly T[]) => ({
  allowed: allowed.join(', '),
  words: allowed,
  parse: (value: string): T | undefined => allowed.find((each) => each === value),
});

/** All keys there are. */
export const SETTINGS = [
  {
    key: 'db',
    help: 'the store',
    allowed: 'a file, from / or ~/ on',
    default: 'the data folder',
    parse: (value: string) => (/^(?:~?[\\/]|[A-Za-z]:[\\/])/.test(value) ? value : undefined),
  },
  {
    key: 'timezone',
    help: 'the home zone: days are cut there',
    allowed: 'a name such as UTC or Europe/Berlin',
    default: 'that of the store',
    parse: (value: string) => (isZone(value) ? value : undefined),
  },
  { key: 'labels', help: 'what is kept of a path', default: 'full_path', ...word(LABEL_MODES) },
  {
    key: 'keep_days',
    help: 'days of single facts that an import keeps',
    allowed: 'a whole number; 0 keeps everything',
    default: '0',
    parse: (value: string) => (/^\d{1,5}$/.test(value) ? Number(value) : undefined),
  },
  {
    key: 'days',
    help: 'the window where none is asked for',
    allowed: 'a whole number from 1 on, or all',
    default: 'that of the command',
    parse: (value: string) => (value === 'all' ? value : /^[1-9]\d{0,4}$/.test(value) ? Number(value) : undefined),
  },
  { key: 'format', help: 'the format of an answer', default: 'table', ...word(FORMATS) },
  { key: 'color', help: 'when to colour', default: 'auto', ...word(['auto', 'always', 'never'] as const) },
] as const satisfies readonly Setting[];

function isZone(name: string): boolean {
  try {
    zone(name).dayOf(0);
    return name !== '';
  } catch {
    return false;
  }
}

/** A value and where it comes from. */
export interface Origin {
  readonly value: SettingValue;
  readonly from: 'environment' | 'config';
  /** For people: the variable, or the file and its line. */
  readonly where: string;
}

export const configPath = (world: World): string => `${configFolder(world)}/config.toml`;

/** What is set, by key, and what is not to be told as dead weight. */
export interface Said {
  readonly origins: ReadonlyMap<string, Origin>;
  readonly ignored: readonly Ignored[];
}

/** Throws UsageError with variable, or file and line, for what is not understood. */
export async function loadSettings(world: World): Promise<Said> {
  const { origins, ignored } = await fromFile(configPath(world));
  for (const { key, parse, allowed } of SETTINGS) {
    const name = `USAGE_${key.toUpperCase()}`;
    const said = world.env[name];
    if (said === undefined || said === '') continue;
    const value = key === 'db' ? said : parse(said); // a relative file is one of the folder it is said in
    if (value === undefined) throw new UsageError(`${name}=${said} is not allowed.`, `Use ${allowed}.`);
    origins.set(key, { value, from: 'environment', where: name });
  }
  return { origins, ignored };
}

async function fromFile(path: string): Promise<{ origins: Map<string, Origin>; ignored: readonly Ignored[] }> {
  const origins = new Map<string, Origin>();
  let ignored: readonly Ignored[] = [];
  if (!existsSync(path)) return { origins, ignored };
  const text = readConfig(path);
  for (const [key, said] of Object.entries(await parseConfig(text, path))) {
    const where = `${path}:${lineOf(text, key)}`;
    if (key === IGNORE) {
      ignored = ignoredOf(said, where);
      continue;
    }
    const setting = SETTINGS.find((each) => each.key === key);
    if (setting === undefined)
      throw new UsageError(
        `${where}: ${key} is no setting.`,
        `There are ${SETTINGS.map((each) => each.key).join(', ')}, and [[${IGNORE}]].`,
      );
    const value = typeof said === 'string' || typeof said === 'number' ? setting.parse(String(said)) : undefined;
    if (value === undefined)
      throw new UsageError(`${where}: ${key} = ${shown(said)} is not allowed.`, `Use ${setting.allowed}; or: usage config unset ${key}`);
    origins.set(key, { value, from: 'config', where });
  }
  return { origins, ignored };
}

const IGNORE = 'ignore';

const IGNORE_FORM = `Write [[${IGNORE}]] with name = "…", reason = "…", and if you like kind = "…" and until = "2026-12-31".`;

/** A list of tables, each with a name and a reason, and if wanted a kind and a last day. */
function ignoredOf(said: unknown, where: string): readonly Ignored[] {
  const entries = Array.isArray(said) ? said : [undefined];
  return entries.map((entry: unknown): Ignored => {
    const fields = asObject(entry);
    const word = (key: string): string | null => {
      const value = field(fields, key);
      return typeof value === 'string' && value !== '' ? value : null;
    };
    const until = field(fields, 'until');
    // TOML has dates of its own; a date in quotes means the same.
    const date = until instanceof Date ? until.toISOString().slice(0, 10) : (word('until') ?? '');
    const day = until === undefined ? null : parseDay(date);
    const [name, reason] = [word('name'), word('reason')];
    const unknown = Object.keys(fields ?? {}).find((key) => !['name', 'kind', 'reason', 'until'].includes(key));
    if (name === null || reason === null || day === undefined || unknown !== undefined)
      throw new UsageError(`${where}: an entry of ${IGNORE} is not understood.`, IGNORE_FORM);
    return { name, kind: word('kind'), reason, until: day };
  });
}

const shown = (value: unknown): string => (typeof value === 'object' ? 'a table or list' : JSON.stringify(value));

export function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${codeOf(error)}).`, 'Check its permissions, or remove it.');
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

/** Throws UsageError with the line where the file is no TOML. */
export async function parseConfig(text: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { parseToml } = await import('../catalog/common/toml.ts');
  const parsed = parseToml(text);
  if ('fields' in parsed) return parsed.fields;
  throw new UsageError(`${path}:${parsed.brokenAt ?? 1} is no TOML.`, 'Mend the line, or set its key anew with usage config set.');
}

/** The line that sets a key, counted from 1. */
export const lineOf = (text: string, key: string): number =>
  text
    .split('\n')
    .findIndex((line) =>
      new RegExp(`^\\s*["']?${key.replace(/[^\w-]/g, '.')}["']?\\s*[=.]|^\\s*\\[+\\s*${key.replace(/[^\w-]/g, '.')}`).test(line),
    ) + 1;

export function settingsOf(origins: ReadonlyMap<string, Origin>, world: World): Settings {
  const text = (key: string): string | undefined => origins.get(key)?.value.toString();
  const days = origins.get('days')?.value;
  const color = text('color');
  return {
    db: text('db')?.replace(/^~(?=[\\/])/, world.home),
    timezone: text('timezone'),
    labels: LABEL_MODES.find((mode) => mode === text('labels')),
    keepDays: Number(origins.get('keep_days')?.value ?? 0),
    days: typeof days === 'number' ? days : days === undefined ? undefined : 'all',
    format: FORMATS.find((format) => format === text('format')),
    color: color === 'always' || color === 'never' ? color : 'auto',
  };
}
