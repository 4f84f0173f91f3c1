/*
 * Takes out one treatment at a time, in a copy of the project, and shows that a test fails without it. Each line of
 * treatments.json is a file, a text in it, what stands in its place, the file of the test and, where that file has many, a
 * part of its name. Words on the command line choose the lines that name them. Exit 1: a treatment that no test misses, or
 * a line that no longer applies.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A test that has not the time it needs shows nothing. */
const PATIENCE_MS = 600_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'usage-guards-'));
chmodSync(copy, 0o755); // some tests run the program as another user
const words = process.argv.slice(2);
const treatments = JSON.parse(readFileSync(new URL('./treatments.json', import.meta.url), 'utf8')).filter((line) =>
  words.every((word) => line.join(' ').includes(word)),
);
const counts = { caught: 0, missed: 0, stale: 0 };
try {
  for (const name of [
    'src',
    'test',
    'fixtures',
    'bin',
    'docs',
    'package.json',
    'README.md',
    'tsconfig.json',
    'build.ts',
    'vitest.config.ts',
  ])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const run = (...tests) =>
    spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--bail=1', `--testTimeout=${PATIENCE_MS}`, ...tests],
      { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
  const tests = [...new Set(treatments.map(([, , , test]) => test))];
  const { status, stdout } = run(...tests);
  if (status !== 0) throw new Error(`A test fails with all treatments in place: it would show nothing.\n${stdout}`);
  for (const [file, text, instead, test, name] of treatments) {
    const path = join(copy, file);
    const whole = readFileSync(path, 'utf8');
    let how = 'stale';
    if (whole.split(text).length === 2) {
      writeFileSync(
        path,
        whole.replace(text, () => instead),
      );
      const { status, stdout } = run(test, ...(name === undefined ? [] : ['-t', name]));
      how = status === 0 || stdout.includes('Test timed out') ? 'missed' : 'caught';
      writeFileSync(path, whole);
    }
    counts[how] += 1;
    console.log(`${how === 'stale' ? 'no longer applies' : how.padEnd(6)}  ${file}  ${text.replaceAll(/\s+/g, ' ').slice(0, 70)}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(JSON.stringify({ treatments: treatments.length, ...counts }));
process.exitCode = counts.missed + counts.stale > 0 ? 1 : 0;
