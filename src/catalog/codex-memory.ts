import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { projectScope, short, USER, type Scope } from './common/claude.ts';
import { codexHome } from './common/codex.ts';
import { memoryFile } from './common/memory.ts';

/** Codex CLI: `AGENTS.md` of the user and of each project; `AGENTS.override.md` takes its place where there is one. */
export const inventory: Inventory = {
  read: (place) => [
    ...inFolder(place, codexHome(place), USER),
    ...place.projects.flatMap((project) => inFolder(place, project, projectScope(project))),
  ],
};

function inFolder(place: ConfigPlace, folder: string, scope: Scope): readonly CatalogItem[] {
  const [first] = ['AGENTS.override.md', 'AGENTS.md']
    .map((name) => `${folder}/${name}`)
    .filter((path) => place.files.sizeBytes(path) !== null);
  if (first === undefined) return [];
  return memoryFile(place, first, { ...scope, source: 'codex' }, `shorten or delete ${short(first, place.home)}`);
}
