import type { JsonObject } from '../../model/json.ts';
import type { ConfigPlace } from '../../model/catalog.ts';
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
