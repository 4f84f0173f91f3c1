import { resolve } from 'node:path';
import type { Command as CommanderCommand } from 'commander';
import type { Table } from '../model/table.ts';
import { zone, type Zone } from '../model/time.ts';
import type { Output, World } from '../model/world.ts';
import type { Outside } from '../reports/common/report.ts';
import type { Db } from '../store/db.ts';
import type { Store } from '../store/store.ts';
import type { Placed } from './help/about.ts';
import { safeText } from '../render/safe-text.ts';
import { dataFolder } from './world.ts';
import { guarded, print } from './output.ts';
import type { CommonOptions } from './options.ts';
import { loadSettings, settingsOf, type Origin, type Said, type Settings } from './settings.ts';

/** A verb: a file of `commands/`, of the verb's name, exports it as `command`. */
export interface CliCommand extends Placed {
  /** Tells the parser what the command takes, and runs it through `context`. */
  add(command: CommanderCommand, context: Context): void;
}

/** What commands share: the world, the store, and the one way to print. */
export interface Context {
  readonly world: World;
  /** The exit code, unless an error decides otherwise. */
  exitCode: number;
  now(options: CommonOptions): number;
  /** What is set in the environment and the config file, understood. */
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
  storePath(options: CommonOptions): string;
  /** How many days of single facts are kept; 0: all. */
  keepDays(): number;
  /** Opens the store for writing for as long as `work` takes. */
  writing<T>(path: string, work: (store: Store) => Promise<T>): Promise<T>;
  /** Opens the store for reading; a store that is not there yet answers like an empty one. */
  reading<T>(path: string, work: (db: Db, homeZone: Zone) => Promise<T>): Promise<T>;
  print(table: Table, command: string, options: CommonOptions): Promise<void>;
  /** The terminal itself, for a text that may act on it: whoever made it made its names safe. */
  readonly terminal: Output;
  /** One line, whatever is in it. */
  say(line: string): void;
  /** One line that is no part of the answer. */
  warn(line: string): void;
  /** The same where another home is, and nothing is set. */
  at(home: string, env: World['env']): Context;
  readonly outside: Outside;
}

/** A part of the settings is not understood: what does not need them goes on, everything else says so. */
type Known = Said | { readonly error: unknown };

export async function loadContext(world: World): Promise<Context> {
  try {
    return openContext(world, await loadSettings(world));
  } catch (error) {
    return openContext(world, { error });
  }
}

export function openContext(world: World, known: Known = { origins: new Map(), ignored: [] }): Context {
  const said = (): Said => {
    if ('error' in known) throw known.error;
    return known;
  };
  const context: Context = {
    world: guarded(world),
    get terminal() {
      return world.stdout;
    },
    exitCode: 0,
    now: (options) => clock(options.now ?? world.env['USAGE_NOW']) ?? world.now(),
    storePath: (options) => {
      const named = options.db ?? context.settings.db;
      return named === undefined || named === '' ? `${dataFolder(world)}/usage.sqlite3` : resolve(world.cwd, named);
    },
    keepDays: () => context.settings.keepDays,
    get settings() {
      return settingsOf(said().origins, world);
    },
    get origins() {
      return said().origins;
    },
    writing: async (path, work) => {
      const { openStore } = await import('../store/store.ts');
      const store = openStore(path, world);
      try {
        return await work(store);
      } finally {
        store.close();
      }
    },
    reading: async (path, work) => {
      const { openReader } = await import('../store/reader.ts');
      const reader = openReader(path, world);
      try {
        return await work(reader.db, zone(reader.homeZone));
      } finally {
        reader.close();
      }
    },
    outside: {
      catalog: async (projects, alsoHere) =>
        (await import('./catalog.ts')).readCatalog(world, alsoHere ? [...projects, world.cwd] : projects),
      ignored: () => said().ignored,
      cleanupDays: async () => (await import('./catalog.ts')).cleanupDays(world),
    },
    print: (table, command, options) => print(world, table, command, context.now(options), options),
    say: (line) => world.stdout.write(`${safeText(line)}\n`),
    warn: (line) => world.stderr.write(`${safeText(line)}\n`),
    at: (home, env) => openContext({ ...world, home, env }),
  };
  return context;
}

function clock(value: string | undefined): number | undefined {
  const ms = value === undefined ? NaN : Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
