import { parse } from 'smol-toml';
import type { PlainObject } from '../../model/json.ts';

/** What the parser says of a broken file quotes it, so only its line is told; null: it does not say. */
export function parseToml(text: string): { readonly fields: PlainObject } | { readonly brokenAt: number | null } {
  try {
    return { fields: parse(text) };
  } catch (error) {
    return { brokenAt: error instanceof Error && 'line' in error && typeof error.line === 'number' ? error.line : null };
  }
}
