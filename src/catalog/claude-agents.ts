import type { Inventory } from '../model/catalog.ts';
import { ownFolders, short } from './common/claude.ts';
import { agentsIn } from './common/skills.ts';

/** Claude Code: sub-agents in `agents/**.md` of the user and of each project. */
export const inventory: Inventory = {
  read: (place) =>
    ownFolders(place).flatMap(([folder, scope]) =>
      agentsIn(place, `${folder}/agents`, { ...scope, source: 'claude' }, (path) => `delete ${short(path, place.home)}`),
    ),
};
