import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Catalog, CatalogItem, ConfigFiles, ConfigPlace } from '../model/catalog.ts';
import { clean, count } from '../model/json.ts';
import type { World } from '../model/world.ts';
import { settingsOf } from '../catalog/common/claude.ts';
import { parsing } from '../catalog/common/parse.ts';
import { loadInventories } from './load.ts';

/** What is installed for the agents on this machine, for the user and in these folders as far as they are there. */
export async function readCatalog(world: World, projects: readonly string[]): Promise<Catalog> {
  const warnings = new Set<string>();
  const warn = (path: string, what: string): void => void warnings.add(`${path} ${what}.`);
  const files = configFiles(warn);
  const there = new Set(projects.filter((folder) => folder.startsWith('/') && isFolder(folder)).flatMap(withRepository));
  const place = placeOf(world, files, [...there].sort(), warn);
  const inventories = await loadInventories();
  const items = await parsing(() => inventories.flatMap((inventory) => inventory.read(place)));
  return { items: items.map(cleaned), warnings: [...warnings] };
}

/** Agents that work in a folder of a repository read what the folders above it hold, too, up to the repository's own. */
function withRepository(folder: string): readonly string[] {
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    above.push(at);
    if (statOf(`${at}/.git`) !== undefined) return above;
    if (dirname(at) === at) return [folder];
  }
}

/** After how many days Claude Code deletes logs, by the user's settings; where several homes are set, the soonest. */
export async function cleanupDays(world: World): Promise<number> {
  const quiet = (): void => {};
  const said = settingsOf(placeOf(world, configFiles(quiet), [], quiet), null).map((settings) => count(settings, 'cleanupPeriodDays'));
  return Math.min(
    ...said.filter((days) => days !== undefined),
    ...(said.every((days) => days === undefined) ? [DEFAULT_CLEANUP_DAYS] : []),
  );
}

const DEFAULT_CLEANUP_DAYS = 30;

const placeOf = (world: World, files: ConfigFiles, projects: readonly string[], warn: ConfigPlace['warn']): ConfigPlace => ({
  files,
  home: world.home,
  env: world.env,
  platform: world.platform,
  projects,
  warn,
});

/** Names of files and of servers may be anything. */
const cleaned = (item: CatalogItem): CatalogItem => ({
  ...item,
  name: clean(item.name),
  plugin: item.plugin === null ? null : clean(item.plugin),
  path: clean(item.path),
  remove: clean(item.remove),
});

/** What is larger is no configuration, but for the file that Claude Code keeps everything in. */
const maxBytes = (path: string): number => (path.endsWith('/.claude.json') ? 16 << 20 : 1 << 20);

/** Each file and folder is looked at once; what is not there is nothing to speak of. */
function configFiles(warn: ConfigPlace['warn']): ConfigFiles {
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    const stat = statOf(path);
    if (stat === undefined || !stat.isFile()) return undefined;
    if (stat.size > maxBytes(path)) {
      warn(path, `is larger than any configuration (${maxBytes(path) >> 20} MB); it is left out`);
      return undefined;
    }
    try {
      return readFileSync(path, 'utf8');
    } catch {
      warn(path, 'cannot be read; it is left out');
      return undefined;
    }
  };
  return {
    read: (path) => {
      if (!texts.has(path)) texts.set(path, read(path));
      return texts.get(path);
    },
    list: (folder) => {
      try {
        return readdirSync(folder)
          .map((name) => (isFolder(`${folder}/${name}`) ? `${name}/` : name))
          .sort();
      } catch {
        return [];
      }
    },
    real: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return path;
      }
    },
    madeAt: (path) => {
      const stat = statOf(path);
      // Not every file system knows when a file was made; none is changed before that.
      return stat === undefined ? null : Math.floor(Math.min(stat.birthtimeMs || Infinity, stat.mtimeMs));
    },
    sizeBytes: (path) => {
      const stat = statOf(path);
      return stat === undefined || !stat.isFile() ? null : stat.size;
    },
  };
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
