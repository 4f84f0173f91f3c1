import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The program as it is installed, built into a folder of its own. */
export function build(): { readonly built: string; readonly remove: () => void } {
  const built = mkdtempSync(join(tmpdir(), 'usage-built-'));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'build.ts', join(built, 'dist')], { cwd: ROOT });
  for (const name of ['bin', 'package.json']) cpSync(join(ROOT, name), join(built, name), { recursive: true });
  mkdirSync(join(built, 'fixtures'));
  symlinkSync(join(ROOT, 'fixtures/sample'), join(built, 'fixtures/sample'));
  symlinkSync(join(ROOT, 'node_modules'), join(built, 'node_modules'));
  return { built, remove: () => rmSync(built, { recursive: true, force: true }) };
}
