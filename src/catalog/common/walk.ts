import type { ConfigPlace } from '../../model/catalog.ts';

/** Deeper than anybody nests them. */
const MAX_DEPTH = 5;

/** Markdown files below a folder, as paths relative to it, without their ending. A folder that links lead to twice is entered once. */
export function markdownBelow({ files }: ConfigPlace, folder: string): readonly string[] {
  const found: string[] = [];
  const entered = new Set<string>();
  const walk = (below: string, depth: number): void => {
    const real = files.real(`${folder}/${below}`);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of files.list(`${folder}/${below}`)) {
      if (name.endsWith('/')) {
        if (depth < MAX_DEPTH && !name.startsWith('.')) walk(below + name, depth + 1);
      } else if (name.endsWith('.md')) found.push(below + name.slice(0, -'.md'.length));
    }
  };
  walk('', 0);
  return found;
}

/** Names of the folders in a folder. */
export const foldersIn = ({ files }: ConfigPlace, folder: string): readonly string[] =>
  files
    .list(folder)
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1));
