import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('docs/dependencies.md names every dependency with its reason, and no other', () => {
  const named = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| .{10,} \|$/gm)].map((match) => match[1]);
  expect(named).toEqual(Object.keys(JSON.parse(read('package.json')).dependencies).sort());
});

test('of all that is installed to run it, only better-sqlite3 has an install script', () => {
  const packages: Readonly<Record<string, { dev?: boolean; hasInstallScript?: boolean }>> = JSON.parse(read('package-lock.json')).packages;
  const scripted = Object.entries(packages).filter(([, each]) => each.hasInstallScript === true && each.dev !== true);
  expect(scripted.map(([path]) => path)).toEqual(['node_modules/better-sqlite3']);
});

test('only what is meant to be is published, and nothing runs where it is installed', () => {
  const { files, scripts } = JSON.parse(read('package.json'));
  expect(files).toEqual(['bin', 'dist', '!dist/kept', 'fixtures/sample', 'CHANGELOG.md']);
  for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(script);
});
