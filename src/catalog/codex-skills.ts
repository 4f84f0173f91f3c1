import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { projectScope, short, USER, type Scope } from './common/claude.ts';
import { array, asObject, bytes, field } from '../model/json.ts';
import { codexHome, readToml } from './common/codex.ts';
import { skillsIn } from './common/skills.ts';
import { foldersIn } from './common/walk.ts';

/*
 * Codex CLI: skills of the user in `$CODEX_HOME/skills` (those of the client itself in `.system` there) and `~/.agents/skills`,
 * of a project in `.agents/skills` and `.codex/skills`, and of plugins by the name `<plugin>:<skill>`. `[[skills.config]]` of
 * config.toml turns single ones off.
 */
export const inventory: Inventory = {
  read: (place) => {
    const home = codexHome(place);
    const off = turnedOff(place, `${home}/config.toml`);
    const own = [`${home}/skills`, `${home}/skills/.system`, `${place.home}/.agents/skills`].flatMap((folder) =>
      skills(place, folder, USER),
    );
    const ofProjects = place.projects
      .filter((project) => project !== place.home)
      .flatMap((project) =>
        [`${project}/.agents/skills`, `${project}/.codex/skills`].flatMap((folder) => skills(place, folder, projectScope(project))),
      );
    return [...own, ...ofProjects, ...ofPlugins(place, `${home}/plugins/cache`)].map((item) =>
      off.has(item.path) || off.has(item.path.replace(/\/SKILL\.md$/, '')) ? { ...item, state: 'disabled' } : item,
    );
  },
};

const skills = (place: ConfigPlace, folder: string, scope: Scope): readonly CatalogItem[] =>
  skillsIn(place, folder, { ...scope, source: 'codex' }, (path) => `delete ${short(path, place.home)}`);

/** `<marketplace>/<plugin>/<version>/skills/<name>`. */
function ofPlugins(place: ConfigPlace, cache: string): readonly CatalogItem[] {
  return foldersIn(place, cache).flatMap((market) =>
    foldersIn(place, `${cache}/${market}`).flatMap((plugin) => {
      const versions = foldersIn(place, `${cache}/${market}/${plugin}`);
      const latest = versions.at(-1);
      if (latest === undefined) return [];
      const owner = { scope: 'plugin', project: null, plugin: null, source: 'codex' } as const;
      const remove = `codex plugin remove ${plugin}@${market}`;
      return skillsIn(place, `${cache}/${market}/${plugin}/${latest}/skills`, owner, () => remove, `${plugin}:`);
    }),
  );
}

function turnedOff(place: ConfigPlace, path: string): ReadonlySet<string> {
  const config = asObject(field(readToml(place, path), 'skills'));
  const off = array(config, 'config')
    .map(asObject)
    .filter((entry) => field(entry, 'enabled') === false);
  return new Set(off.flatMap((entry) => bytes(entry, 'path') ?? []));
}
