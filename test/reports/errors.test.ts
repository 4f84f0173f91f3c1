import { expect, test } from 'vitest';
import { end, response, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { rowsOf } from './rows.ts';

const DAY = 86_400_000;
const OPUS = 'claude-opus-4-5-20251101';
const SONNET = 'claude-sonnet-4-20250514';
const DECLINED = "The user doesn't want to proceed with this tool use. The tool use was rejected.";

interface Call {
  readonly at: number;
  readonly tool?: string;
  readonly model?: string;
  /** What an error says; absent: it went well. */
  readonly error?: string;
  readonly shell?: string;
}

/** A call each, with its result 100 ms later. */
function writeCalls(mac: Machine, calls: readonly Call[], place: { readonly session?: string; readonly cwd?: string } = {}): void {
  const folder = (place.cwd ?? '/home/ada/work/lathe').replaceAll('/', '-');
  const lines = calls.flatMap(({ at, tool = 'Bash', model = SONNET, error, shell }, index) => {
    const id = `toolu_${place.session ?? 's'}_${index}`;
    const input = shell === undefined ? {} : { command: shell };
    return [
      start(id, at, { ...place, tool, model, input }),
      end(id, at + 100, error === undefined ? 'ok' : 'err', { ...place, ...(error !== undefined && { text: error }) }),
    ];
  });
  writeLog(mac, `${place.session ?? 's'}.jsonl`, lines, folder);
}

/** Six calls of Bash on 1 June, three of Edit on 2 June by another model, one of an MCP tool in another project. */
async function withErrors(): Promise<Machine> {
  const mac = machine();
  writeCalls(mac, [
    { at: 1000, shell: 'npm test', error: 'Exit code 1' },
    { at: 2000, shell: 'cd web && npm run build', error: 'Exit code 2' },
    { at: 3000, shell: 'git status' },
    { at: 4000, shell: 'npm start', error: 'Command timed out after 2m 0.0s' },
    { at: 5000, shell: 'ls' },
    { at: 6000, shell: 'rm -r build', error: DECLINED },
    { at: 7000, shell: 'make' },
    { at: DAY + 1000, tool: 'Edit', model: OPUS, error: 'String to replace not found in file.' },
    { at: DAY + 2000, tool: 'Edit', model: OPUS },
    { at: DAY + 3000, tool: 'Read', model: OPUS, error: 'File does not exist.' },
  ]);
  writeCalls(mac, [{ at: 2 * DAY, tool: 'mcp__lathe__turn', error: 'it broke' }], { session: 'other', cwd: '/home/ada/work/kiln' });
  await mac.json('import');
  return mac;
}

test('each class of error with its share of all settled calls; a call that was declined is none', async () => {
  const mac = await withErrors();
  expect(await rowsOf(mac, 'errors')).toEqual([
    { class: 'exit_code', errors: 2, settled: 10, error_rate: 0.2, last_at: '2026-06-01T00:00:02.000Z', low_sample: false },
    { class: 'edit_mismatch', errors: 1, settled: 10, error_rate: 0.1, last_at: '2026-06-02T00:00:01.000Z', low_sample: false },
    { class: 'not_found', errors: 1, settled: 10, error_rate: 0.1, last_at: '2026-06-02T00:00:03.000Z', low_sample: false },
    { class: 'timeout', errors: 1, settled: 10, error_rate: 0.1, last_at: '2026-06-01T00:00:04.000Z', low_sample: false },
    { class: 'unclassified', errors: 1, settled: 10, error_rate: 0.1, last_at: '2026-06-03T00:00:00.000Z', low_sample: false },
  ]);
});

test('by tool: the rate is of the calls of that tool, and marked where these are few', async () => {
  const mac = await withErrors();
  expect(await rowsOf(mac, 'errors', '--by', 'tool')).toMatchObject([
    { group: 'Bash', class: 'exit_code', errors: 2, settled: 6, error_rate: 2 / 6, low_sample: false },
    { group: 'Bash', class: 'timeout', errors: 1, settled: 6, low_sample: false },
    { group: 'Edit', class: 'edit_mismatch', errors: 1, settled: 2, error_rate: 0.5, low_sample: true },
    { group: 'Read', class: 'not_found', errors: 1, settled: 1, error_rate: 1, low_sample: true },
    { group: 'mcp__lathe__turn', class: 'unclassified', errors: 1, settled: 1, low_sample: true },
  ]);
  const { stdout } = await mac.usage('errors', '--by', 'tool');
  expect(stdout).toMatch(/Edit +edit_mismatch +1 +2 +50\.0 % \*/);
  expect(stdout).toMatch(/Bash +exit_code +2 +6 +33\.3 % {3}/);
  expect(stdout).toContain('* fewer than 5 settled calls');
});

test.each([
  [
    'day',
    {
      '2026-06-01 exit_code': '2/6',
      '2026-06-01 timeout': '1/6',
      '2026-06-02 edit_mismatch': '1/3',
      '2026-06-02 not_found': '1/3',
      '2026-06-03 unclassified': '1/1',
    },
  ],
  [
    'model',
    {
      [`${SONNET} exit_code`]: '2/7',
      [`${SONNET} timeout`]: '1/7',
      [`${SONNET} unclassified`]: '1/7',
      [`${OPUS} edit_mismatch`]: '1/3',
      [`${OPUS} not_found`]: '1/3',
    },
  ],
  [
    'project',
    {
      '/home/ada/work/lathe exit_code': '2/9',
      '/home/ada/work/lathe timeout': '1/9',
      '/home/ada/work/lathe edit_mismatch': '1/9',
      '/home/ada/work/lathe not_found': '1/9',
      '/home/ada/work/kiln unclassified': '1/1',
    },
  ],
  ['program', { 'npm exit_code': '2/3', 'npm timeout': '1/3' }],
  ['server', { 'lathe unclassified': '1/1' }],
])('by %s', async (by, expected) => {
  const mac = await withErrors();
  const rows = await rowsOf(mac, 'errors', '--by', by);
  expect(
    Object.fromEntries(
      rows.map((row) => [`${String(row['group'])} ${String(row['class'])}`, `${String(row['errors'])}/${String(row['settled'])}`]),
    ),
  ).toEqual(expected);
});

test('days are cut in the zone that is asked for, and errors without a time are undated', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    start('toolu_1', 18 * 3_600_000),
    end('toolu_1', 18 * 3_600_000 + 1, 'err'),
    start('toolu_2', 19 * 3_600_000),
    end('toolu_2', 19 * 3_600_000 + 1, 'err'),
    start('toolu_3', 20 * 3_600_000),
    end('toolu_3', 20 * 3_600_000 + 1),
    start('toolu_4', null),
    end('toolu_4', null, 'err'),
  ]);
  await mac.json('import');
  const byDay = async (...argv: readonly string[]) =>
    (await rowsOf(mac, 'errors', '--by', 'day', '--days', 'all', '--sort', 'group', ...argv)).map(({ group, errors, settled }) => [
      group,
      errors,
      settled,
    ]);
  expect(await byDay()).toEqual([
    ['2026-06-01', 2, 3],
    ['undated', 1, 1],
  ]);
  expect(await byDay('--timezone', 'Asia/Kolkata')).toEqual([
    ['2026-06-01', 1, 1],
    ['2026-06-02', 1, 2],
    ['undated', 1, 1],
  ]);
  expect((await rowsOf(mac, 'errors', '--by', 'day')).map(({ group }) => group)).toEqual(['2026-06-01']);
});

test('sorted before it is cut, and filtered like every report', async () => {
  const mac = await withErrors();
  const first = async (sort: string, ...argv: readonly string[]): Promise<unknown> =>
    (await rowsOf(mac, 'errors', '--by', 'tool', '--sort', sort, '--limit', '1', ...argv))[0]?.['group'];
  expect(await first('errors')).toBe('Bash');
  expect(await first('rate')).toBe('Read');
  expect(await first('last')).toBe('mcp__lathe__turn');
  expect(await first('group')).toBe('Bash');
  expect(await first('rate', '--tool', 'Edit')).toBe('Edit');
  expect(await first('errors', '--kind', 'mcp')).toBe('mcp__lathe__turn');
  expect(await first('errors', '--server', 'la*')).toBe('mcp__lathe__turn');
  expect(await first('errors', '--model', OPUS)).toBe('Edit');
  expect(await first('errors', '--project', 'kiln')).toBe('mcp__lathe__turn');
  expect(await first('errors', '--since', '2026-06-03')).toBe('mcp__lathe__turn');
  expect((await mac.usage('errors', '--limit', '2')).stdout).toContain('2 of 5 rows');
});

test('calls of a response without a model, and a window without errors', async () => {
  const mac = machine();
  const anonymous = JSON.parse(response(0, 'msg_1', {}, { calls: [{ id: 'toolu_1', name: 'Bash' }] }));
  delete anonymous.message.model;
  writeLog(mac, 's.jsonl', [JSON.stringify(anonymous), end('toolu_1', 1000, 'err')]);
  await mac.json('import');
  expect(await rowsOf(mac, 'errors', '--by', 'model')).toMatchObject([{ group: '(none)', errors: 1 }]);
  const nothing = await mac.usage('errors', '--since', '2026-06-05');
  expect(nothing).toMatchObject({ code: 0 });
  expect(nothing.stdout).toContain('Nothing is in this window, but on 2026-06-01.');
  expect((await mac.usage('errors', '--tool', 'Bash', '--since', '2026-06-01', '--until', '2026-06-01')).stdout).toContain('exit_code');
});
