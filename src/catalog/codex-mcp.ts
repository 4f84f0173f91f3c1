import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { field, object } from '../model/json.ts';
import { projectScope, quoted, short, USER, type Scope } from './common/claude.ts';
import { codexHome, readToml } from './common/codex.ts';
import { serversIn } from './common/servers.ts';

/** Codex CLI: `[mcp_servers.<name>]` of `config.toml`, by name and whether it is enabled. */
export const inventory: Inventory = {
  read: (place) => [
    ...servers(place, `${codexHome(place)}/config.toml`, USER, (name) => `codex mcp remove ${quoted(name)}`),
    ...place.projects.flatMap((project) => {
      const path = `${project}/.codex/config.toml`;
      if (path === `${codexHome(place)}/config.toml`) return [];
      return servers(place, path, projectScope(project), (name) => `delete [mcp_servers.${name}] in ${short(path, place.home)}`);
    }),
  ],
};

function servers(place: ConfigPlace, path: string, scope: Scope, remove: (name: string) => string): readonly CatalogItem[] {
  const map = object(readToml(place, path), 'mcp_servers');
  const isOn = (name: string): boolean => field(object(map, name), 'enabled') !== false;
  return serversIn(map, { ...scope, source: 'codex' }, path, isOn, remove);
}
