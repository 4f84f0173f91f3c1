import { readdirSync } from 'node:fs';

/** A folder of src that is its own registry: whatever file is in it is loaded, in the order of their names. */
export type Registry = 'catalog' | 'cli/commands' | 'render/formats' | 'reports' | 'sources';

/** The modules of a folder by the names of their files; `only`: the one of that name, if there is one. The build names each of them (see build.ts). */
export async function modulesOf<M>(folder: Registry, only?: string): Promise<readonly M[]> {
  const url = new URL(`../${folder}/`, import.meta.url);
  const names = readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => entry.name)
    .filter((name) => only === undefined || name === `${only}.ts`)
    .sort();
  return Promise.all(names.map((name): Promise<M> => import(new URL(name, url).href)));
}
