import { existsSync, lstatSync, mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FailError, UsageError } from '../model/errors.ts';
import { lineOf, parseConfig, readConfig, type SettingValue } from './settings.ts';

/** Changes the file in one step, for its owner alone. Returns what is still wrong with it, which is no reason not to mend a part. */
export async function editConfig(path: string, edit: (text: string) => string): Promise<UsageError | undefined> {
  const text = edit(existsSync(path) ? readConfig(path) : '');
  // A link leads to where somebody keeps it: it stays one.
  const target = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? realpathSync(path) : path;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(`${target}.part`, text, { mode: 0o600 });
    renameSync(`${target}.part`, target);
  } catch (error) {
    throw new FailError(`${path} cannot be written.`, 'Check the permissions of its folder.', { cause: error });
  }
  try {
    await parseConfig(text, path);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/** The line of the key is replaced, a comment at its end kept; a new key comes before the first table. */
export function withKey(text: string, key: string, value: SettingValue): string {
  const lines = text.split('\n');
  const at = lineOf(text, key) - 1;
  const line = `${key} = ${JSON.stringify(value)}`;
  if (at >= 0) {
    const [comment = ''] = /\s+#[^"']*$/.exec(lines[at] ?? '') ?? [];
    lines[at] = line + comment;
    return lines.join('\n');
  }
  const table = lines.findIndex((each) => /^\s*\[/.test(each));
  if (table >= 0) lines.splice(table, 0, line);
  else lines.splice(lines.at(-1) === '' ? lines.length - 1 : lines.length, 0, line);
  const edited = lines.join('\n');
  return edited.endsWith('\n') ? edited : `${edited}\n`;
}

export function withoutKey(text: string, key: string): string {
  const at = lineOf(text, key) - 1;
  return at < 0 ? text : text.split('\n').toSpliced(at, 1).join('\n');
}
