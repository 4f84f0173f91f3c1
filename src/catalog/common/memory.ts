import type { CatalogItem, ConfigPlace } from '../../model/catalog.ts';
import { short, type Scope } from './claude.ts';

/** A memory file. `weigh` tells the bytes of it that stand in every context, by its size; null: not known. */
export function memoryFile(
  { files, home }: ConfigPlace,
  path: string,
  owner: Scope & { readonly source: CatalogItem['source'] },
  weigh: (sizeBytes: number) => number | null,
): readonly CatalogItem[] {
  const sizeBytes = files.sizeBytes(path);
  if (sizeBytes === null) return [];
  return [
    {
      kind: 'memory',
      name: path,
      ...owner,
      state: 'enabled',
      path,
      residentBytes: weigh(sizeBytes),
      addedAt: files.madeAt(path),
      remove: `shorten or delete ${short(path, home)}`,
    },
  ];
}
