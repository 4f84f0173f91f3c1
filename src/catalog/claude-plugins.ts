import type { CatalogItem, CatalogState, ConfigPlace, Inventory } from '../model/catalog.ts';
import { asObject, bytes, field, object, type JsonObject } from '../model/json.ts';
import { instant } from '../model/time.ts';
import { quoted, settingsOf, short, userFolders, type Scope } from './common/claude.ts';
import { readJson } from './common/parse.ts';
import { mapOf, serversIn } from './common/servers.ts';
import { agentsIn, commandsIn, skillsIn } from './common/skills.ts';

/*
 * Claude Code: plugins of `plugins/installed_plugins.json` and what they bring: skills, commands and agents by the name
 * `<plugin>:<name>`, servers as `plugin_<plugin>_<server>`. They are taken away with their plugin. One that `enabledPlugins` of
 * no settings names is installed and not loaded.
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
  const scope = SCOPES.find((each) => each === field(install, 'scope')) ?? (project === null ? 'user' : 'project');
  const state = stateOf(place, project, id);
  const remove = removal(place, id, scope, project);
  const plugin: CatalogItem = {
    kind: 'plugin',
    name: id,
    source: 'claude',
    scope,
    project,
    plugin: null,
    state,
    path,
    residentBytes: null,
    addedAt: instant(field(install, 'installedAt')) ?? null,
    remove,
  };
  const folder = bytes(install, 'installPath');
  const owner: Scope = { scope: 'plugin', project, plugin: id };
  return folder === undefined ? [plugin] : [plugin, ...partsOf(place, folder, id, owner, remove).map((part) => ({ ...part, state }))];
}

const SCOPES = ['user', 'project', 'local', 'managed'] as const;

/** What the weightiest settings that name it say: `true`, or which versions. */
function stateOf(place: ConfigPlace, project: string | null, id: string): CatalogState {
  const said = settingsOf(place, project).map((settings) => field(object(settings, 'enabledPlugins'), id));
  return (said.findLast((value) => value !== undefined) ?? false) === false ? 'disabled' : 'enabled';
}

function removal({ home }: ConfigPlace, id: string, scope: CatalogItem['scope'], project: string | null): string {
  if (scope === 'managed') return `ask for ${id} to be taken out of the managed settings`;
  const there = project === null ? '' : ` --scope ${scope} (in ${short(project, home)})`;
  return `claude plugin uninstall ${quoted(id)}${there}`;
}

function partsOf(place: ConfigPlace, folder: string, id: string, scope: Scope, remove: string): readonly CatalogItem[] {
  const name = id.replace(/@.*$/, '');
  const owner = { ...scope, source: 'claude' } as const;
  const manifestPath = `${folder}/.claude-plugin/plugin.json`;
  const manifest = readJson(place, manifestPath);
  /** Where parts of a kind are: in the folder of that name, and where the manifest says. */
  const places = (kind: string): readonly string[] => [...new Set([`${folder}/${kind}`, ...named(folder, field(manifest, kind))])];
  const servers = (path: string, map: JsonObject | undefined): readonly CatalogItem[] =>
    serversIn(
      map,
      owner,
      path,
      () => true,
      () => remove,
      `plugin_${name}_`,
    );
  return [
    ...places('skills').flatMap((at) => skillsIn(place, at, owner, () => remove, `${name}:`)),
    ...places('agents').flatMap((at) => agentsIn(place, at, owner, () => remove, `${name}:`)),
    ...places('commands').flatMap((at) => commandsIn(place, at, owner, () => remove, `${name}:`)),
    ...[...new Set([`${folder}/.mcp.json`, ...named(folder, field(manifest, 'mcpServers'))])].flatMap((at) =>
      servers(at, mapOf(readJson(place, at))),
    ),
    ...servers(manifestPath, object(manifest, 'mcpServers')),
  ];
}

/** Paths that a manifest names, one or a list; they stay inside of the plugin. */
const named = (folder: string, value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((path) => typeof path === 'string')
    .filter((path) => path.startsWith('./') && !path.split('/').includes('..'))
    .map((path) => `${folder}/${path.slice(2).replace(/\/+$/, '')}`);
