import type { CatalogItem } from '../../model/catalog.ts';
import type { JsonObject } from '../../model/json.ts';
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
  Object.keys(map ?? {}).map((name): CatalogItem => ({
    kind: 'mcp_server',
    name: serverName(prefix + name),
    ...owner,
    state: isOn(name) ? 'enabled' : 'disabled',
    path,
    residentBytes: null,
    addedAt: null,
    remove: remove(name),
  }));
