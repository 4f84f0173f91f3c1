import { field, type JsonObject } from '../../model/json.ts';
import type { CatalogItem, ConfigPlace } from '../../model/catalog.ts';
import { bytesOf, readMarkdown, words } from './parse.ts';
import type { Scope } from './claude.ts';
import { foldersIn, markdownBelow } from './walk.ts';

/*
 * Skills, sub-agents and commands are Markdown with a head. What stands in every context of them is one line of a list,
 * `- name: description`, as the lists in the logs have them; the text comes when they are used. One that only a person may call
 * (`disable-model-invocation`) has no line.
 */

type Owner = Scope & { readonly source: CatalogItem['source'] };

/** How one of them is taken away: by its own file, or with the plugin that brings it. */
export type Remove = (path: string) => string;

/** `<folder>/<name>/SKILL.md` each. `prefix`: the plugin's, as logs write it. */
export function skillsIn(place: ConfigPlace, folder: string, owner: Owner, remove: Remove, prefix = ''): readonly CatalogItem[] {
  return foldersIn(place, folder).flatMap((name): readonly CatalogItem[] => {
    const path = `${folder}/${name}/SKILL.md`;
    const file = readMarkdown(place, path);
    if (file === undefined) return [];
    const called = prefix + (words(file.front, 'name') ?? name);
    const isListed = field(file.front, 'disable-model-invocation') !== true;
    const bytes = isListed ? lineBytes(called, LISTED[owner.source](file.front, path)) : 0;
    return [itemOf(place, owner, 'skill', called, path, bytes, remove(`${folder}/${name}`))];
  });
}

/** Claude Code cuts a description after this many characters. */
const MAX_DESCRIPTION = 1536;

/** What each client says of a skill behind its name; Codex CLI adds where it is. */
const LISTED: Readonly<Record<CatalogItem['source'], (front: JsonObject | undefined, path: string) => string>> = {
  claude: (front) =>
    [words(front, 'description'), words(front, 'when_to_use')]
      .filter((part) => part !== undefined)
      .join(' - ')
      .slice(0, MAX_DESCRIPTION),
  codex: (front, path) => `${words(front, 'description') ?? ''} (file: ${path})`,
};

export function agentsIn(place: ConfigPlace, folder: string, owner: Owner, remove: Remove, prefix = ''): readonly CatalogItem[] {
  return markdownBelow(place, folder).flatMap(({ path, name }): readonly CatalogItem[] => {
    const file = readMarkdown(place, path);
    if (file === undefined) return [];
    const called = prefix + (words(file.front, 'name') ?? name.replace(/^.*\//, ''));
    const tools = words(file.front, 'tools') ?? 'All tools';
    const bytes = lineBytes(called, `${words(file.front, 'description') ?? ''} (Tools: ${tools})`);
    return [itemOf(place, owner, 'agent', called, path, bytes, remove(path))];
  });
}

/** A command in a folder is called `folder:name`. Without a description its first line stands for it. */
export function commandsIn(place: ConfigPlace, folder: string, owner: Owner, remove: Remove, prefix = ''): readonly CatalogItem[] {
  return markdownBelow(place, folder).flatMap(({ path, name }): readonly CatalogItem[] => {
    const file = readMarkdown(place, path);
    if (file === undefined) return [];
    const called = prefix + name.replaceAll('/', ':');
    const said = words(file.front, 'description') ?? file.body.trim().split('\n', 1)[0] ?? '';
    const isListed = field(file.front, 'disable-model-invocation') !== true;
    return [itemOf(place, owner, 'command', called, path, isListed ? lineBytes(called, said) : 0, remove(path))];
  });
}

/** With the line end that follows it. */
export const lineBytes = (name: string, said: string): number => bytesOf(said === '' ? `- ${name}\n` : `- ${name}: ${said}\n`);

function itemOf(
  { files }: ConfigPlace,
  owner: Owner,
  kind: CatalogItem['kind'],
  name: string,
  path: string,
  residentBytes: number,
  remove: string,
): CatalogItem {
  return { kind, name, ...owner, state: 'enabled', path, residentBytes, addedAt: files.madeAt(path), remove };
}
