import type { ConfigPlace } from '../../model/catalog.ts';

/** Imports of imports are followed this far, as the client does. */
const MAX_IMPORTS = 5;
const MAX_READ = 50;

/** Not inside of code, where an `@` means other things. */
const CODE = /```[^]*?(?:```|$)|`[^`\n]*`/g;
const IMPORT = /(?:^|\s)@(~?[\w./-][^\s,;:!?)'"]*)/g;

/** Bytes of the files that a memory file of Claude Code imports by `@path`: each once, however often it is named. */
export function importedBytes(place: ConfigPlace, path: string): number {
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
