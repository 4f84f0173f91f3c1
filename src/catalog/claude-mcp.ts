import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { flag, object, type JsonObject } from '../model/json.ts';
import { managedFolder, names, projectScope, quoted, settingsOf, short, USER, userFiles, type Scope } from './common/claude.ts';
import { readJson } from './common/parse.ts';
import { serversIn } from './common/servers.ts';

/*
 * Claude Code: MCP servers of the user (`mcpServers` of ~/.claude.json), of the user in one project (there below
 * `projects.<folder>`), of a project (`.mcp.json`, which may be refused), and those that a company manages. Of a server only
 * its name is read: its command, its address and its environment may hold secrets.
 */
export const inventory: Inventory = {
  read: (place) => {
    const users = userFiles(place).map((path) => [path, readJson(place, path)] as const);
    return [
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
      ...managed(place),
    ];
  },
};

function ofUser(place: ConfigPlace, path: string, file: JsonObject | undefined): readonly CatalogItem[] {
  return servers(
    file,
    USER,
    path,
    () => true,
    (name) => `claude mcp remove ${quoted(name)} -s user`,
  );
}

function inProject(place: ConfigPlace, path: string, known: JsonObject | undefined, project: string): readonly CatalogItem[] {
  const scope: Scope = { scope: 'local', project, plugin: null };
  const isOn = (name: string): boolean => !names([known], 'disabledMcpServers', name);
  return servers(known, scope, path, isOn, (name) => `claude mcp remove ${quoted(name)} -s local (in ${short(project, place.home)})`);
}

/** A server of a project is not started before the user lets it in, or all of them; one may be refused. */
function ofProject(place: ConfigPlace, project: string, known: readonly (JsonObject | undefined)[]): readonly CatalogItem[] {
  const path = `${project}/.mcp.json`;
  const said = [...settingsOf(place, project), ...known];
  const isLetIn = (name: string): boolean =>
    said.some((each) => flag(each, 'enableAllProjectMcpServers')) || names(said, 'enabledMcpjsonServers', name);
  const isOn = (name: string): boolean =>
    isLetIn(name) && !names(said, 'disabledMcpjsonServers', name) && !names(known, 'disabledMcpServers', name);
  return servers(
    readJson(place, path),
    projectScope(project),
    path,
    isOn,
    (name) => `claude mcp remove ${quoted(name)} -s project (in ${short(project, place.home)})`,
  );
}

function managed(place: ConfigPlace): readonly CatalogItem[] {
  const path = `${managedFolder(place)}/managed-mcp.json`;
  const scope: Scope = { scope: 'managed', project: null, plugin: null };
  return servers(
    readJson(place, path),
    scope,
    path,
    () => true,
    (name) => `ask for ${name} to be taken out of ${path}`,
  );
}

const servers = (
  file: JsonObject | undefined,
  scope: Scope,
  path: string,
  isOn: (name: string) => boolean,
  remove: (name: string) => string,
): readonly CatalogItem[] => serversIn(object(file, 'mcpServers'), { ...scope, source: 'claude' }, path, isOn, remove);
