import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { field, object } from '../model/json.ts';
import { quoted, USER, type Scope } from './common/claude.ts';
import { codexHome, readToml, skillSwitch } from './common/codex.ts';
import { readJson } from './common/parse.ts';
import { mapOf, serversIn } from './common/servers.ts';
import { skillsIn } from './common/skills.ts';
import { foldersIn } from './common/walk.ts';

/*
 * Codex CLI: plugins in `$CODEX_HOME/plugins/cache/<marketplace>/<plugin>/<version>`, which `[plugins."<plugin>@<marketplace>"]`
 * of config.toml turns off, and what they bring: skills by the name `<plugin>:<skill>`, and servers by their own names.
 */
export const inventory: Inventory = {
  read: (place) => {
    const cache = `${codexHome(place)}/plugins/cache`;
    const plugins = object(readToml(place, `${codexHome(place)}/config.toml`), 'plugins');
    return foldersIn(place, cache).flatMap((market) =>
      foldersIn(place, `${cache}/${market}`).flatMap((plugin) => {
        const latest = foldersIn(place, `${cache}/${market}/${plugin}`).toSorted(byNumbers).at(-1);
        const state = field(object(plugins, `${plugin}@${market}`), 'enabled') === false ? 'disabled' : 'enabled';
        return latest === undefined
          ? []
          : ofPlugin(place, `${cache}/${market}/${plugin}/${latest}`, plugin, market).map((item): CatalogItem =>
              state === 'disabled' ? { ...item, state } : item,
            );
      }),
    );
  },
};

/** A folder without one of these is no plugin. */
const MANIFESTS = ['.codex-plugin/plugin.json', '.claude-plugin/plugin.json'];

/** Version 1.10 comes after 1.9. */
function byNumbers(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

let collator: Intl.Collator | undefined;

function ofPlugin(place: ConfigPlace, path: string, plugin: string, market: string): readonly CatalogItem[] {
  const id = `${plugin}@${market}`;
  const remove = `codex plugin remove ${quoted(id)}`;
  const scope: Scope = { scope: 'plugin', project: null, plugin: id };
  const owner = { ...scope, source: 'codex' } as const;
  const servers = `${path}/.mcp.json`;
  const manifest = MANIFESTS.map((name) => `${path}/${name}`).find((each) => place.files.sizeBytes(each) !== null);
  if (manifest === undefined) return [];
  return [
    {
      kind: 'plugin',
      name: id,
      ...USER,
      source: 'codex',
      state: 'enabled',
      path: manifest,
      residentBytes: null,
      addedAt: place.files.madeAt(manifest),
      remove,
    },
    ...skillsIn(place, `${path}/skills`, owner, () => remove, `${plugin}:`).map(skillSwitch(place)),
    ...serversIn(
      mapOf(readJson(place, servers)),
      owner,
      servers,
      () => true,
      () => remove,
    ),
  ];
}
