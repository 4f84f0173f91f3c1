import type { Inventory } from '../model/catalog.ts';
import { ownFolders, short } from './common/claude.ts';
import { skillsIn } from './common/skills.ts';

/** Claude Code: `skills/<name>/SKILL.md` of the user and of each project. */
export const inventory: Inventory = {
  read: (place) =>
    ownFolders(place).flatMap(([folder, scope]) =>
      skillsIn(place, `${folder}/skills`, { ...scope, source: 'claude' }, (path) => `delete ${short(path, place.home)}`),
    ),
};
