import type { Inventory } from '../model/catalog.ts';
import { ownFolders, short } from './common/claude.ts';
import { commandsIn } from './common/skills.ts';

/** Claude Code: slash commands in `commands/**.md` of the user and of each project. */
export const inventory: Inventory = {
  read: (place) =>
    ownFolders(place).flatMap(([folder, scope]) =>
      commandsIn(place, `${folder}/commands`, { ...scope, source: 'claude' }, (path) => `delete ${short(path, place.home)}`),
    ),
};
