import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FailError } from '../../model/errors.ts';

/** A file that a scheduler reads. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

export const shown = (files: readonly UnitFile[]): string => files.map(({ path, text }) => `${path}:\n\n${text}`).join('\n');

export function writeUnits(files: readonly UnitFile[]): void {
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o600 });
    } catch (error) {
      throw new FailError(`${path} cannot be written.`, 'Check the permissions of its folder.', { cause: error });
    }
  }
}

export const present = (paths: readonly string[]): readonly string[] => paths.filter((path) => existsSync(path));

export const removeUnits = (paths: readonly string[]): void => paths.forEach((path) => rmSync(path, { force: true }));
