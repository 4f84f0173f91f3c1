import type { ListedItem, Reads } from '../../model/event.ts';
import { listed } from './listed.ts';

/*
 * What a file is to an agent, by its path: a skill's file, or one of its memory. Skills lie in `skills/<name>/SKILL.md`,
 * those of a plugin below `plugins/cache/<marketplace>/<plugin>/<version>/` and go by `<plugin>:<name>` there.
 */

const SKILL =
  /(?:^|[\\/])(?:plugins[\\/]cache[\\/][^\\/]+[\\/]([^\\/]+)[\\/][^\\/]+[\\/])?skills[\\/](?:\.system[\\/])?([^\\/]+)[\\/]SKILL\.md$/;
const MEMORY =
  /(?:^|[\\/])(?:CLAUDE|CLAUDE\.local|AGENTS|AGENTS\.override|GEMINI|MEMORY)\.md$|[\\/]\.claude[\\/](?:.*[\\/])?(?:memory|rules)[\\/].*\.md$/;

/**
 * What a call that reads these files takes into the context; undefined: nothing of the kind. A relative path is below `folder`.
 * Paths as the log has them. Where a call reads both, skills count.
 */
export function readsOf(paths: readonly string[], folder: string | undefined): Reads | undefined {
  const skills = paths.flatMap(skillOf);
  if (skills.length > 0) return { kind: 'skill', items: skills };
  const memory = paths.flatMap((path) => memoryOf(path, folder));
  return memory.length > 0 ? { kind: 'memory', items: memory } : undefined;
}

function skillOf(path: string): readonly ListedItem[] {
  const [, plugin, name] = SKILL.exec(path) ?? [];
  return listed(plugin === undefined ? name : `${plugin}:${name}`);
}

function memoryOf(path: string, folder: string | undefined): readonly ListedItem[] {
  if (!MEMORY.test(path)) return [];
  if (/^(?:[\\/~]|[A-Za-z]:)/.test(path)) return listed(path);
  return folder === undefined ? [] : listed(`${folder}/${path.replace(/^\.\//, '')}`);
}
