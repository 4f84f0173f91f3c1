import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { loadContext } from '../../src/cli/context.ts';
import { loadReports } from '../../src/cli/load.ts';
import { answer } from '../../src/cli/report-command.ts';
import type { Column, Table } from '../../src/model/table.ts';
import { isLeft } from '../../src/render/format.ts';
import { renderTable } from '../../src/render/table.ts';
import { prompt, response, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

/* Every answer, as wide as a terminal may be. Below 40 columns nothing is promised. */

const WIDTHS = [40, 60, 80, 100, 120, 200];
const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));
const now = '2026-05-22T18:00:00Z';

/** The sample logs, and a session whose names are as long as names can be. */
async function sample() {
  const mac = machine({ now });
  cpSync(SAMPLE, mac.home, { recursive: true });
  const session = '99999999-9999-4999-8999-999999999999';
  const at = Date.parse('2026-05-21T08:00:00Z') - Date.parse('2026-06-01T00:00:00Z');
  const cwd = `/home/ada/${'a-very-long-folder/'.repeat(5)}project`;
  writeLog(mac, 'long.jsonl', [
    prompt(at, 'words', { session, cwd }),
    response(
      at + 1000,
      'msg_long',
      { input: 12_345_678, output: 9 },
      { session, cwd, calls: [{ id: 'toolu_long', name: 'x'.repeat(120) }] },
    ),
  ]);
  await mac.usage('import');
  return mac;
}

/** The tables that every report gives, for all of its groups. */
async function everyTable(): Promise<readonly (readonly [string, Table])[]> {
  const mac = await sample();
  const output = { write: () => {}, isTty: false, columns: undefined };
  const context = await loadContext({
    env: {},
    home: mac.home,
    cwd: mac.home,
    platform: 'linux',
    now: () => Date.parse(now),
    timeZone: 'UTC',
    stdout: output,
    stderr: output,
  });
  const found: (readonly [string, Table])[] = [];
  for (const report of await loadReports()) {
    const subjects = { session: '99999999', tools: 'Bash' }[report.name];
    const asked = [
      ...(report.argument?.required === true
        ? []
        : report.groups.map((by) => ({ by, subject: null, compare: report.compares === true && by !== 'day' }))),
      ...(subjects === undefined ? [] : [{ by: undefined, subject: subjects, compare: false }]),
    ];
    for (const { by, subject, compare } of asked) {
      const name = [report.name, subject, by].filter((word) => word !== undefined && word !== null).join(' ');
      const print = async (table: Table): Promise<void> =>
        void found.push(
          ...[table, ...(table.sections ?? [])].map((part, at) => [at === 0 ? name : `${name}, part ${at + 1}`, part] as const),
        );
      const options = by === undefined ? {} : { by };
      await answer(report, subject, { ...options, days: 'all', limit: '0' }, { ...context, print });
      await answer(report, subject, { ...options, compare, days: '7' }, { ...context, print });
    }
  }
  return found;
}

test('no line of any report is longer than the terminal is wide, and numbers end where their titles end', async () => {
  const tables = await everyTable();
  expect(tables.length).toBeGreaterThan(50);
  let numbers = 0;
  for (const [name, table] of tables) {
    for (const columns of WIDTHS) {
      const lines = renderTable(table, { columns, color: false, unicode: true }).split('\n');
      const ascii = renderTable(table, { columns, color: false, unicode: false }).split('\n');
      for (const line of [...lines, ...ascii]) expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(columns);
      for (const line of ascii) expect(line, name).toMatch(/^[ -~]*$/);
      const rule = lines.findIndex((line) => /^─+$/.test(line));
      if (rule < 1 || table.columns.some(({ wrap }) => wrap === true)) continue;
      const rows = lines.slice(rule + 1, rule + 1 + table.rows.length);
      for (const end of endsOf(table.columns, lines[rule - 1] ?? ''))
        for (const row of rows) {
          numbers += 1;
          expect(row.slice(end - 1, end + 1).padEnd(2), `${name}: ${row}`).toMatch(/\S /);
        }
    }
  }
  expect(numbers).toBeGreaterThan(5000);
});

/** Where the titles of the columns of numbers end that a heading shows. */
function endsOf(columns: readonly Column[], heading: string): readonly number[] {
  let from = 0;
  return columns.flatMap(({ title, kind, hidden }) => {
    if (hidden === true || title === '') return [];
    const at = ` ${heading}  `.indexOf(` ${title}  `, from);
    if (at === -1) return [];
    from = at + title.length;
    return isLeft(kind) ? [] : [from];
  });
}

test.each([
  [[]],
  [['status']],
  [['doctor']],
  [['config', 'list']],
  [['prices', 'list']],
  [['prices', 'missing']],
  [['sql', '--views']],
  [['sql', 'select * from v_calls limit 9']],
  [['prune', '--days', '3']],
])('usage %j is never wider than the terminal', async (argv) => {
  const { home } = await sample();
  for (const columns of WIDTHS) {
    const mac = machine({ now, env: { COLUMNS: String(columns) } });
    const { stdout } = await mac.usage(...argv, '--db', `${home}/.local/share/usage/usage.sqlite3`);
    expect(stdout).not.toBe('');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns);
  }
});

test.each([
  [{}, true, true],
  [{ NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, false, true],
  [{ TERM: 'dumb' }, false, false],
  [{ LANG: 'C' }, true, false],
  [{ LC_ALL: 'de_DE.UTF-8', LANG: 'C' }, true, true],
])('on a terminal with %j: colour %s, unicode %s', async (env, color, unicode) => {
  const { home } = await sample();
  const { stdout } = await machine({ now, columns: 80, env }).usage('tools', 'Bash', '--db', `${home}/.local/share/usage/usage.sqlite3`);
  expect(stdout.includes('\u001b')).toBe(color);
  expect(/[^ -~\n]/.test(stripVTControlCharacters(stdout))).toBe(unicode);
});

test('a pipe gets no colour, unless it is asked for', async () => {
  const { home } = await sample();
  const db = `${home}/.local/share/usage/usage.sqlite3`;
  const { stdout } = await machine({ now }).usage('tools', '--db', db);
  expect(stdout).not.toContain('\u001b');
  const forced = await machine({ now, env: { FORCE_COLOR: '1' } }).usage('tools', '--db', db);
  expect(forced.stdout).toContain('\u001b');
});
