import { parse } from 'smol-toml';
import { asObject, type JsonObject } from '../../model/json.ts';
import type { ConfigPlace } from '../../model/catalog.ts';

/** `$CODEX_HOME`, else `~/.codex`. */
export const codexHome = ({ env, home }: ConfigPlace): string =>
  (env['CODEX_HOME'] || `${home}/.codex`).replace(/(?<=.)\/+$/, '').replace(/^~(?=\/|$)/, home);

/** The file with settings of the user or of a project. What the parser says of a broken one quotes it, so only its line is told. */
export function readToml(place: ConfigPlace, path: string): JsonObject | undefined {
  const text = place.files.read(path);
  if (text === undefined) return undefined;
  try {
    return asObject(parse(text));
  } catch (error) {
    const line = error instanceof Error && 'line' in error ? ` (line ${String(error.line)})` : '';
    place.warn(path, `is no TOML${line}; it is left out`);
    return undefined;
  }
}
