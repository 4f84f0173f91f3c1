import type { ConfigPlace } from '../../model/catalog.ts';

/** Deeper than anybody nests them. */
const MAX_DEPTH = 5;

interface Markdown {
  readonly path: string;
  /** The path from the folder on, without its ending. */
  readonly name: string;
}

/** Markdown files below a folder, or the one file that a path names. A folder that links lead to twice is entered once. */
export function markdownBelow({ files }: ConfigPlace, folder: string): readonly Markdown[] {
  const found: Markdown[] = [];
  const entered = new Set<string>();
  const add = (path: string, name: string): void => void found.push({ path, name: name.slice(0, -'.md'.length) });
  const walk = (below: string, depth: number): void => {
    const real = files.real(`${folder}/${below}`);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of files.list(`${folder}/${below}`)) {
      if (name.endsWith('/')) {
        if (depth < MAX_DEPTH && !name.startsWith('.')) walk(below + name, depth + 1);
      } else if (name.endsWith('.md')) add(`${folder}/${below}${name}`, below + name);
    }
  };
  if (folder.endsWith('.md') && files.sizeBytes(folder) !== null) add(folder, folder.replace(/^.*\//, ''));
  else walk('', 0);
  return found;
}

/** Names of the folders in a folder. */
export const foldersIn = ({ files }: ConfigPlace, folder: string): readonly string[] =>
  files
    .list(folder)
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1));
