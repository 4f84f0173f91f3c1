import type { CatalogItem } from '../../model/catalog.ts';
import { asObject, object, type JsonObject } from '../../model/json.ts';
import { serverName } from '../../model/tool.ts';
import type { Scope } from './claude.ts';

/** The servers of a map of servers, by their names alone. What their tools take up no configuration tells. */
export const serversIn = (
  map: JsonObject | undefined,
  owner: Scope & { readonly source: CatalogItem['source'] },
  path: string,
  isOn: (name: string) => boolean,
  remove: (name: string) => string,
  prefix = '',
): readonly CatalogItem[] =>
  namesOf(map).map((name): CatalogItem => ({
    kind: 'mcp_server',
    name: serverName(prefix + name),
    ...owner,
    state: isOn(name) ? 'enabled' : 'disabled',
    path,
    residentBytes: null,
    addedAt: null,
    remove: remove(name),
  }));

/** What is no object describes no server: `$schema` and the like. */
const namesOf = (map: JsonObject | undefined): readonly string[] =>
  Object.entries(map ?? {}).flatMap(([name, server]) => (asObject(server) === undefined ? [] : [name]));

/** The file of a plugin may hold its servers without a name around them. */
export const mapOf = (file: JsonObject | undefined): JsonObject | undefined => object(file, 'mcpServers') ?? file;
