import { asObject, type JsonObject } from '../../model/json.ts';

/** Arguments and some outputs are JSON inside of a string; models write it, so it may be no JSON at all. */
export function parseEmbedded(json: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return undefined;
  }
}
