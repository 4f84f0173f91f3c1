import { array, asObject, field, object, type JsonObject } from '../../model/json.ts';
import type { CatalogItem, ConfigPlace } from '../../model/catalog.ts';
import { parseToml } from './toml.ts';

/** `$CODEX_HOME`, else `~/.codex`. */
export const codexHome = ({ env, home }: ConfigPlace): string =>
  (env['CODEX_HOME'] || `${home}/.codex`).replace(/(?<=.)\/+$/, '').replace(/^~(?=\/|$)/, home);

/** The file with settings of the user or of a project. */
export function readToml(place: ConfigPlace, path: string): JsonObject | undefined {
  const text = place.files.read(path);
  if (text === undefined) return undefined;
  const parsed = parseToml(text);
  if ('fields' in parsed) return parsed.fields;
  place.warn(path, `is no TOML${parsed.brokenAt === null ? '' : ` (line ${parsed.brokenAt})`}; it is left out`);
  return undefined;
}

/** `[[skills.config]]` of the user's settings turns single skills off, by their path or their name. */
export function skillSwitch(place: ConfigPlace): (item: CatalogItem) => CatalogItem {
  const config = object(readToml(place, `${codexHome(place)}/config.toml`), 'skills');
  const off = new Set(
    array(config, 'config')
      .map(asObject)
      .filter((entry) => field(entry, 'enabled') === false)
      .flatMap((entry) => [field(entry, 'path'), field(entry, 'name')]),
  );
  return (item) =>
    [item.path, item.path.replace(/\/SKILL\.md$/, ''), item.name].some((word) => off.has(word)) ? { ...item, state: 'disabled' } : item;
}
