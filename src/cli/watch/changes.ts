import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** Tells when something below some folders changed, as far as the system does: who asks looks for himself now and then, too. */
export interface Changes {
  /** Begins to listen where it does not yet: roots and folders may appear later. */
  listen(roots: readonly string[]): void;
  /** Resolves at the next change, at once when there was one since the last call; else after `ms`, or when `stop` is aborted. */
  next(ms: number, stop: AbortSignal): Promise<void>;
  close(): void;
}

export function openChanges(platform: string): Changes {
  const watchers = new Map<string, FSWatcher>();
  let isStale = true;
  let wake: (() => void) | undefined;
  let isChanged = false;

  const changed = (event: string): void => {
    if (event === 'rename') isStale = true;
    isChanged = true;
    wake?.();
  };

  /** Linux tells of the files of a folder; asked for all below it, Node would take a watch for each file. */
  const isDeep = platform === 'darwin' || platform === 'win32';

  const add = (folder: string): void => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { recursive: isDeep }, changed);
      watchers.set(folder, watcher);
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
    } catch {
      // Gone again, or the system has no watch left: looking now and then finds what is new.
    }
  };

  const drop = (kept: ReadonlySet<string>): void => {
    for (const [folder, watcher] of watchers) {
      if (kept.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
  };

  return {
    listen: (roots) => {
      const due = isStale ? roots : roots.filter((root) => !watchers.has(root));
      const folders = due.flatMap((root) => foldersOf(root, isDeep));
      for (const folder of folders) add(folder);
      if (isStale) drop(new Set(folders));
      isStale = false;
    },
    next: (ms, stop) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          stop.removeEventListener('abort', done);
          wake = undefined;
          isChanged = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        stop.addEventListener('abort', done);
        wake = done;
        if (isChanged || stop.aborted) done();
      }),
    close: () => {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** The folders to listen to for all below a root; none while it is not there. */
function foldersOf(root: string, isDeep: boolean): readonly string[] {
  try {
    const below = readdirSync(root, { recursive: !isDeep, withFileTypes: true });
    return [root, ...(isDeep ? [] : below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)))];
  } catch {
    return [];
  }
}
