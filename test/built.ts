import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The program as it is installed, built into a folder of its own for the tests of a file, which is removed after them. */
export function build(): string {
  const built = mkdtempSync(join(tmpdir(), 'usage-built-'));
  afterAll(() => rmSync(built, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'build.ts', join(built, 'dist')], { cwd: ROOT });
  for (const name of ['bin', 'package.json']) cpSync(join(ROOT, name), join(built, name), { recursive: true });
  mkdirSync(join(built, 'fixtures'));
  symlinkSync(join(ROOT, 'fixtures/sample'), join(built, 'fixtures/sample'));
  symlinkSync(join(ROOT, 'node_modules'), join(built, 'node_modules'));
  return built;
}
