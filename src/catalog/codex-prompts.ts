import type { Inventory } from '../model/catalog.ts';
import { short, USER } from './common/claude.ts';
import { codexHome } from './common/codex.ts';
import { commandsIn } from './common/skills.ts';

/** Codex CLI: prompts in `$CODEX_HOME/prompts`, typed as `/prompts:<name>`; none of them stands in a context before that. */
export const inventory: Inventory = {
  read: (place) =>
    commandsIn(
      place,
      `${codexHome(place)}/prompts`,
      { ...USER, source: 'codex' },
      (path) => `delete ${short(path, place.home)}`,
      'prompts:',
    ).map((item) => ({ ...item, residentBytes: 0 })),
};
