import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { array, asObject, bytes, flag, object, type JsonObject } from '../model/json.ts';
import { managedFolder, names, projectScope, quoted, settingsOf, short, USER, userFiles, type Scope } from './common/claude.ts';
import { readJson } from './common/parse.ts';
import { serversIn } from './common/servers.ts';

/*
 * Claude Code: MCP servers of the user (`mcpServers` of ~/.claude.json), of the user in one project (there below
 * `projects.<folder>`), of a project (`.mcp.json`, which may be refused), and those that a company manages: where it does, no
 * others are started. Of a server only its name is read: its command, its address and its environment may hold secrets.
 */
export const inventory: Inventory = {
  read: (place) => {
    const users = userFiles(place).map((path) => [path, readJson(place, path)] as const);
    const managedPath = `${managedFolder(place)}/managed-mcp.json`;
    const managed = readJson(place, managedPath);
    const own = [
      ...users.flatMap(([path, file]) => ofUser(place, path, file)),
      ...users.flatMap(([path, file]) =>
        place.projects.flatMap((project) => inProject(place, path, object(object(file, 'projects'), project), project)),
      ),
      ...place.projects.flatMap((project) =>
        ofProject(
          place,
          project,
          users.map(([, file]) => object(object(file, 'projects'), project)),
        ),
      ),
    ];
    const scope: Scope = { scope: 'managed', project: null, plugin: null };
    return [
      ...own.map((item): CatalogItem => (managed === undefined ? item : { ...item, state: 'disabled' })),
      ...servers(place, managed, scope, managedPath, [], (name) => `ask for ${name} to be taken out of ${managedPath}`),
    ];
  },
};

const ofUser = (place: ConfigPlace, path: string, file: JsonObject | undefined): readonly CatalogItem[] =>
  servers(place, file, USER, path, [], (name) => `claude mcp remove ${quoted(name)} -s user`);

function inProject(place: ConfigPlace, path: string, known: JsonObject | undefined, project: string): readonly CatalogItem[] {
  const scope: Scope = { scope: 'local', project, plugin: null };
  const isOff = (name: string): boolean => names([known], 'disabledMcpServers', name);
  const remove = (name: string): string => `claude mcp remove ${quoted(name)} -s local (in ${short(project, place.home)})`;
  return servers(place, known, scope, path, [isOff], remove);
}

/** A server of a project is not started before the user lets it in, or all of them; one may be refused. */
function ofProject(place: ConfigPlace, project: string, known: readonly (JsonObject | undefined)[]): readonly CatalogItem[] {
  const path = `${project}/.mcp.json`;
  const said = [...settingsOf(place, project), ...known];
  const letsAllIn = said.some((each) => flag(each, 'enableAllProjectMcpServers'));
  const isOut = (name: string): boolean => !letsAllIn && !names(said, 'enabledMcpjsonServers', name);
  const isRefused = (name: string): boolean => names(said, 'disabledMcpjsonServers', name) || names(known, 'disabledMcpServers', name);
  const remove = (name: string): string => `claude mcp remove ${quoted(name)} -s project (in ${short(project, place.home)})`;
  return servers(place, readJson(place, path), projectScope(project), path, [isOut, isRefused], remove);
}

/** `off`: what turns a server off beside a list of names that settings deny. */
function servers(
  place: ConfigPlace,
  file: JsonObject | undefined,
  scope: Scope,
  path: string,
  off: readonly ((name: string) => boolean)[],
  remove: (name: string) => string,
): readonly CatalogItem[] {
  const denied = new Set(settingsOf(place, scope.project).flatMap((settings) => deniedIn(settings)));
  const isOn = (name: string): boolean => !denied.has(name) && !off.some((isOff) => isOff(name));
  return serversIn(object(file, 'mcpServers'), { ...scope, source: 'claude' }, path, isOn, remove);
}

/** Servers may be denied by their names, and by addresses and commands, which are not looked at. */
const deniedIn = (settings: JsonObject): readonly string[] =>
  array(settings, 'deniedMcpServers').flatMap((entry) => bytes(asObject(entry), 'serverName') ?? []);
