import type { CatalogItem, ConfigPlace } from '../../model/catalog.ts';
import type { Scope } from './claude.ts';

/** Imports of imports are followed this far, as the client does. */
const MAX_IMPORTS = 5;
const MAX_READ = 50;

/**
 * A memory file, with the size of what it imports by `@path`. `isAlways` false: it is loaded only where it fits, so what it
 * takes up is not known.
 */
export function memoryFile(
  place: ConfigPlace,
  path: string,
  owner: Scope & { readonly source: CatalogItem['source'] },
  remove: string,
  isAlways = true,
): readonly CatalogItem[] {
  const size = place.files.sizeBytes(path);
  if (size === null) return [];
  return [
    {
      kind: 'memory',
      name: path,
      ...owner,
      state: 'enabled',
      path,
      residentBytes: isAlways ? size + importedBytes(place, path) : null,
      addedAt: place.files.madeAt(path),
      remove,
    },
  ];
}

/** Not inside of code, where an `@` means other things. */
const CODE = /```[^]*?(?:```|$)|`[^`\n]*`/g;
const IMPORT = /(?:^|\s)@(~?[\w./-][^\s,;:!?)'"]*)/g;

function importedBytes(place: ConfigPlace, path: string): number {
  const seen = new Set([path]);
  const follow = (from: string, depth: number): number => {
    const text = depth > MAX_IMPORTS || seen.size > MAX_READ ? undefined : place.files.read(from);
    if (text === undefined || !text.includes('@')) return 0;
    let total = 0;
    for (const [, written = ''] of text.replace(CODE, '').matchAll(IMPORT)) {
      const target = resolved(written, from, place.home);
      const size = seen.has(target) ? null : place.files.sizeBytes(target);
      if (size === null) continue;
      seen.add(target);
      total += size + follow(target, depth + 1);
    }
    return total;
  };
  return follow(path, 1);
}

function resolved(written: string, from: string, home: string): string {
  const path = written.startsWith('~/')
    ? home + written.slice(1)
    : written.startsWith('/')
      ? written
      : `${from.replace(/\/[^/]*$/, '')}/${written}`;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
