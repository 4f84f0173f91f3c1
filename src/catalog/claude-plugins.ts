import type { CatalogItem, CatalogState, ConfigPlace, Inventory } from '../model/catalog.ts';
import { asObject, bytes, field, object, type JsonObject } from '../model/json.ts';
import { instant } from '../model/time.ts';
import { flagOf, quoted, settingsOf, userFolders, type Scope } from './common/claude.ts';
import { readJson } from './common/parse.ts';
import { serversIn } from './common/servers.ts';
import { agentsIn, commandsIn, skillsIn } from './common/skills.ts';

/*
 * Claude Code: plugins of `plugins/installed_plugins.json`, which are on unless `enabledPlugins` of the settings says false,
 * and what they bring: skills, commands and agents by the name `<plugin>:<name>`, servers as `plugin_<plugin>_<server>`. They
 * are taken away with their plugin.
 */
export const inventory: Inventory = {
  read: (place) =>
    userFolders(place).flatMap((folder) => {
      const path = `${folder}/plugins/installed_plugins.json`;
      const plugins = object(readJson(place, path), 'plugins');
      return Object.entries(plugins ?? {}).flatMap(([id, value]) =>
        installs(value).flatMap((install) => ofPlugin(place, path, id, install)),
      );
    }),
};

/** One install, or since version 2 of the file a list of them. */
const installs = (value: unknown): readonly JsonObject[] =>
  (Array.isArray(value) ? value : [value]).map(asObject).filter((each) => each !== undefined);

function ofPlugin(place: ConfigPlace, path: string, id: string, install: JsonObject): readonly CatalogItem[] {
  const project = bytes(install, 'projectPath') ?? null;
  if (project !== null && !place.projects.includes(project)) return [];
  const state: CatalogState = flagOf(settingsOf(place, project), 'enabledPlugins', id) === false ? 'disabled' : 'enabled';
  const remove = `claude plugin uninstall ${quoted(id)}`;
  const scope: Scope = { scope: 'plugin', project, plugin: id };
  const plugin: CatalogItem = {
    kind: 'plugin',
    name: id,
    source: 'claude',
    scope: project === null ? 'user' : 'project',
    project,
    plugin: null,
    state,
    path,
    residentBytes: null,
    addedAt: instant(field(install, 'installedAt')) ?? null,
    remove,
  };
  const folder = bytes(install, 'installPath');
  return folder === undefined ? [plugin] : [plugin, ...partsOf(place, folder, id, scope, remove).map((part) => ({ ...part, state }))];
}

function partsOf(place: ConfigPlace, folder: string, id: string, scope: Scope, remove: string): readonly CatalogItem[] {
  const name = id.replace(/@.*$/, '');
  const owner = { ...scope, source: 'claude' } as const;
  const manifest = readJson(place, `${folder}/.claude-plugin/plugin.json`);
  const servers = [
    [`${folder}/.mcp.json`, mapOf(readJson(place, `${folder}/.mcp.json`))],
    [`${folder}/.claude-plugin/plugin.json`, object(manifest, 'mcpServers')],
  ] as const;
  return [
    ...skillsIn(place, `${folder}/skills`, owner, () => remove, `${name}:`),
    ...agentsIn(place, `${folder}/agents`, owner, () => remove, `${name}:`),
    ...commandsIn(place, `${folder}/commands`, owner, () => remove, `${name}:`),
    ...servers.flatMap(([path, map]) =>
      serversIn(
        map,
        owner,
        path,
        () => true,
        () => remove,
        `plugin_${name}_`,
      ),
    ),
  ];
}

/** A plugin's own file may hold the servers without a name around them. */
const mapOf = (file: JsonObject | undefined): JsonObject | undefined => object(file, 'mcpServers') ?? file;
