import { array, type JsonObject } from '../../model/json.ts';
import { foldersOf } from '../../model/folders.ts';
import type { CatalogItem, ConfigPlace } from '../../model/catalog.ts';
import { readJson } from './parse.ts';

/*
 * Where Claude Code keeps its configuration: `~/.claude` or `$CLAUDE_CONFIG_DIR` for the user, `.claude` in a project, and a
 * folder of the system for what a company manages. Servers and projects stand in `~/.claude.json`, which lies in
 * `$CLAUDE_CONFIG_DIR` where that is set.
 */

export function userFolders({ env, home }: ConfigPlace): readonly string[] {
  const configured = foldersOf(env['CLAUDE_CONFIG_DIR'], home).map((folder) => folder.replace(/\/projects$/, ''));
  return configured.length > 0 ? configured : [`${home}/.claude`];
}

/** The file with servers and what is known of each project. */
export const userFiles = (place: ConfigPlace): readonly string[] =>
  (place.env['CLAUDE_CONFIG_DIR'] ?? '') === ''
    ? [`${place.home}/.claude.json`]
    : userFolders(place).map((folder) => `${folder}/.claude.json`);

export const managedFolder = ({ platform }: ConfigPlace): string =>
  platform === 'darwin'
    ? '/Library/Application Support/ClaudeCode'
    : platform === 'win32'
      ? 'C:/ProgramData/ClaudeCode'
      : '/etc/claude-code';

export type Scope = Pick<CatalogItem, 'scope' | 'project' | 'plugin'>;

export const USER: Scope = { scope: 'user', project: null, plugin: null };
export const projectScope = (project: string): Scope => ({ scope: 'project', project, plugin: null });

/** Folders with skills, agents and commands, and whose they are. The home folder has the user's. */
export const ownFolders = (place: ConfigPlace): readonly (readonly [folder: string, scope: Scope])[] => [
  ...userFolders(place).map((folder) => [folder, USER] as const),
  ...place.projects.filter((project) => project !== place.home).map((project) => [`${project}/.claude`, projectScope(project)] as const),
];

/** Settings in the order of their weight: the last one that says something counts. */
export function settingsOf(place: ConfigPlace, project: string | null): readonly JsonObject[] {
  const paths = [
    ...userFolders(place).map((folder) => `${folder}/settings.json`),
    ...(project === null ? [] : [`${project}/.claude/settings.json`, `${project}/.claude/settings.local.json`]),
    `${managedFolder(place)}/managed-settings.json`,
  ];
  return paths.map((path) => readJson(place, path)).filter((settings) => settings !== undefined);
}

/** Does a list of names in any of these say so? */
export const names = (all: readonly (JsonObject | undefined)[], key: string, name: string): boolean =>
  all.some((each) => array(each, key).includes(name));

/** A name as a word of a command. */
export const quoted = (name: string): string => (/^[\w.@:-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`);

/** As a person would write it. */
export const short = (path: string, home: string): string => (path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path);
