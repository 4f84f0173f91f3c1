import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { projectScope, short, USER, type Scope } from './common/claude.ts';
import { codexHome, skillSwitch } from './common/codex.ts';
import { skillsIn } from './common/skills.ts';

/*
 * Codex CLI: skills of the user in `$CODEX_HOME/skills` (those of the client itself in `.system` there) and `~/.agents/skills`,
 * of a project in `.agents/skills` and `.codex/skills`.
 */
export const inventory: Inventory = {
  read: (place) => {
    const home = codexHome(place);
    const own = [`${home}/skills`, `${place.home}/.agents/skills`].flatMap((folder) => skills(place, folder, USER));
    const ofProjects = place.projects
      .filter((project) => project !== place.home)
      .flatMap((project) =>
        [`${project}/.agents/skills`, `${project}/.codex/skills`].flatMap((folder) => skills(place, folder, projectScope(project))),
      );
    return [...own, ...ofClient(place, home), ...ofProjects].map(skillSwitch(place));
  },
};

const skills = (place: ConfigPlace, folder: string, scope: Scope): readonly CatalogItem[] =>
  skillsIn(place, folder, { ...scope, source: 'codex' }, (path) => `delete ${short(path, place.home)}`);

/** The client writes them anew when they are deleted, so they can only be turned off. */
function ofClient(place: ConfigPlace, home: string): readonly CatalogItem[] {
  const owner = { scope: 'client', project: null, plugin: null, source: 'codex' } as const;
  const settings = short(`${home}/config.toml`, place.home);
  return skillsIn(
    place,
    `${home}/skills/.system`,
    owner,
    (path) => `add [[skills.config]] with path = ${JSON.stringify(`${path}/SKILL.md`)} and enabled = false to ${settings}`,
  );
}
