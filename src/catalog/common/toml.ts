import { parse } from 'smol-toml';
import { asObject, type JsonObject } from '../../model/json.ts';

/** What the parser says of a broken file quotes it, so only its line is told; null: it does not say. */
export function parseToml(text: string): { readonly fields: JsonObject } | { readonly brokenAt: number | null } {
  try {
    return { fields: asObject(parse(text)) ?? {} };
  } catch (error) {
    return { brokenAt: error instanceof Error && 'line' in error && typeof error.line === 'number' ? error.line : null };
  }
}
