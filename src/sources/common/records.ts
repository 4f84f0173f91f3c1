import { text } from '../../model/json.ts';

/*
 * What a file is to an agent, by its path: a skill's file, or one of its memory. Skills lie in `skills/<name>/SKILL.md`,
 * those of a plugin below `plugins/cache/<marketplace>/<plugin>/<version>/` and go by `<plugin>:<name>` there.
 */

const SKILL =
  /(?:^|[\\/])(?:plugins[\\/]cache[\\/][^\\/]+[\\/]([^\\/]+)[\\/][^\\/]+[\\/])?skills[\\/](?:\.system[\\/])?([^\\/]+)[\\/]SKILL\.md$/;
const MEMORY =
  /(?:^|[\\/])(?:CLAUDE|CLAUDE\.local|AGENTS|AGENTS\.override|GEMINI|MEMORY)\.md$|[\\/]\.claude[\\/](?:.*[\\/])?(?:memory|rules)[\\/].*\.md$/;

/** `skill:NAME`, `memory:PATH`, or undefined for any other file. A relative path is below `folder`. `path` as the log has it. */
export function recordOf(path: string, folder: string | undefined): string | undefined {
  const skill = SKILL.exec(path);
  if (skill !== null) {
    const [, plugin, name] = skill;
    const known = text(plugin === undefined ? name : `${plugin}:${name}`);
    return known === undefined ? undefined : `skill:${known}`;
  }
  if (!MEMORY.test(path)) return undefined;
  const isAbsolute = /^(?:[\\/~]|[A-Za-z]:)/.test(path);
  if (!isAbsolute && folder === undefined) return undefined;
  const known = text(isAbsolute ? path : `${folder}/${path.replace(/^\.\//, '')}`);
  return known === undefined ? undefined : `memory:${known}`;
}
