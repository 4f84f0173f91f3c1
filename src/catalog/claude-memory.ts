import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { managedFolder, projectScope, USER, userFolders, type Scope } from './common/claude.ts';
import { importedBytes } from './common/imports.ts';
import { memoryFile } from './common/memory.ts';
import { readMarkdown, words } from './common/parse.ts';
import { markdownBelow } from './common/walk.ts';

/*
 * Claude Code: CLAUDE.md of the user, of each project and of the folders above it, CLAUDE.local.md, rules, and what a company
 * manages. All of it stands in every context with what it imports, but for rules that are bound to paths.
 */
export const inventory: Inventory = {
  read: (place) => {
    const seen = new Set<string>();
    const once = (items: readonly CatalogItem[]): readonly CatalogItem[] =>
      items.filter(({ path }) => !seen.has(path) && seen.add(path) !== undefined);
    const managed = `${managedFolder(place)}/CLAUDE.md`;
    return once([
      ...file(place, managed, { scope: 'managed', project: null, plugin: null }),
      ...userFolders(place).flatMap((folder) => [...file(place, `${folder}/CLAUDE.md`, USER), ...rules(place, `${folder}/rules`, USER)]),
      ...place.projects.flatMap((project) => ofProject(place, project)),
    ]);
  },
};

function ofProject(place: ConfigPlace, project: string): readonly CatalogItem[] {
  const own = projectScope(project);
  return [
    ...above(project).flatMap((folder) => file(place, `${folder}/CLAUDE.md`, projectScope(folder))),
    ...file(place, `${project}/CLAUDE.md`, own),
    ...file(place, `${project}/.claude/CLAUDE.md`, own),
    ...file(place, `${project}/CLAUDE.local.md`, { ...own, scope: 'local' }),
    ...rules(place, `${project}/.claude/rules`, own),
  ];
}

const file = (place: ConfigPlace, path: string, scope: Scope): readonly CatalogItem[] =>
  memoryFile(place, path, { ...scope, source: 'claude' }, (sizeBytes) => sizeBytes + importedBytes(place, path));

/** A rule with `paths` is loaded only where one of them is worked on: how often no configuration tells. */
const rules = (place: ConfigPlace, folder: string, scope: Scope): readonly CatalogItem[] =>
  markdownBelow(place, folder).flatMap(({ path }) => {
    const isBound = words(readMarkdown(place, path)?.front, 'paths') !== undefined;
    return isBound ? memoryFile(place, path, { ...scope, source: 'claude' }, () => null) : file(place, path, scope);
  });

/** The folders that a project lies in, from the root down. */
function above(project: string): readonly string[] {
  const parts = project.split('/').slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
}
