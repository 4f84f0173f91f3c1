import type { CatalogItem, ConfigPlace, Inventory } from '../model/catalog.ts';
import { array, count } from '../model/json.ts';
import { projectScope, USER, type Scope } from './common/claude.ts';
import { codexHome, readToml } from './common/codex.ts';
import { memoryFile } from './common/memory.ts';

/*
 * Codex CLI: one file with instructions of each folder, the first of these names that is not empty. It imports nothing. Those of
 * projects may have other names, too (`project_doc_fallback_filenames`), and are cut after `project_doc_max_bytes`.
 */
const NAMES = ['AGENTS.override.md', 'AGENTS.md'];
const MAX_BYTES = 32 << 10;

export const inventory: Inventory = {
  read: (place) => {
    const home = codexHome(place);
    const config = readToml(place, `${home}/config.toml`);
    const others = array(config, 'project_doc_fallback_filenames').filter((name) => typeof name === 'string');
    const most = count(config, 'project_doc_max_bytes') ?? MAX_BYTES;
    return [
      ...inFolder(place, home, USER, NAMES, Infinity),
      ...place.projects
        .filter((project) => project !== home)
        .flatMap((project) => inFolder(place, project, projectScope(project), [...NAMES, ...others], most)),
    ];
  },
};

function inFolder(place: ConfigPlace, folder: string, scope: Scope, names: readonly string[], most: number): readonly CatalogItem[] {
  const path = names.map((name) => `${folder}/${name}`).find((each) => (place.files.sizeBytes(each) ?? 0) > 0);
  if (path === undefined) return [];
  return memoryFile(place, path, { ...scope, source: 'codex' }, (sizeBytes) => Math.min(sizeBytes, most));
}
