import { expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import type { World } from '../../src/model/world.ts';
import { showPaged } from '../../src/cli/pager.ts';

/** What went to the terminal, and what to the pager. */
async function shown(rows: number, argv: readonly string[], env: World['env'] = {}, pages = true) {
  const [written, paged]: [string[], string[]] = [[], []];
  const output = { write: (text: string) => void written.push(text), isTty: true, columns: 80, rows };
  await run(['report', '--by', 'hour', '--fill', '--db', '/nonexistent/usage.sqlite3', ...argv], {
    env,
    home: '/nonexistent',
    cwd: '/',
    platform: 'linux',
    now: () => 0,
    timeZone: 'UTC',
    stdout: output,
    stderr: output,
    page: (text) => Promise.resolve(pages && paged.push(text) > 0),
  });
  return { written: written.length > 0, paged: paged.length > 0 };
}

test.each([
  ['taller than the terminal', 10, [], {}, true],
  ['not taller', 200, [], {}, false],
  ['--no-pager', 10, ['--no-pager'], {}, false],
  ['-o -', 10, ['-o', '-'], {}, false],
  ['a dumb terminal', 10, [], { TERM: 'dumb' }, false],
] as const)('%s', async (_, rows, argv, env, paged) => {
  expect(await shown(rows, argv, env)).toEqual({ written: !paged, paged });
});

test('what no pager shows is written', async () => {
  expect(await shown(10, [], {}, false)).toEqual({ written: true, paged: false });
  expect(showPaged('', { ...process.env, PAGER: 'no-such-pager-here 2>/dev/null' })).toBe(false);
  expect(showPaged('', { ...process.env, PAGER: 'cat' })).toBe(false);
  expect(showPaged('text', { ...process.env, PAGER: 'cat >/dev/null' })).toBe(true);
});
