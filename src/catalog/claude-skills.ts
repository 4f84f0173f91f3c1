import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { field, object } from '../model/json.ts';
import { ownFolders, settingsOf, short } from './common/claude.ts';
import { lineBytes, skillsIn } from './common/skills.ts';

/** Claude Code: `skills/<name>/SKILL.md` of the user and of each project. `skillOverrides` of the settings hides them or parts of them. */
export const inventory: Inventory = {
  read: (place) =>
    ownFolders(place).flatMap(([folder, scope]) =>
      skillsIn(place, `${folder}/skills`, { ...scope, source: 'claude' }, (path) => `delete ${short(path, place.home)}`).map((item) =>
        overridden(place, item),
      ),
    ),
};

function overridden(place: ConfigPlace, item: CatalogItem): CatalogItem {
  const said = settingsOf(place, item.project)
    .map((settings) => field(object(settings, 'skillOverrides'), item.name))
    .findLast((value) => typeof value === 'string');
  if (said === 'off') return { ...item, state: 'disabled' };
  if (said === 'user-invocable-only') return { ...item, residentBytes: 0 };
  if (said === 'name-only' && item.residentBytes !== 0) return { ...item, residentBytes: lineBytes(item.name, '') };
  return item;
}
