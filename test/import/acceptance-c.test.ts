import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { fileStat } from '../../src/import/scan.ts';
import { appendLog, command, end, logPath, logText, prompt, response, start, writeLog } from '../logs/claude.ts';
import { handOver, unprivileged } from '../store/unprivileged.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const lineOfCall = (n: number): string => start(`toolu_${n}`, n * 1000);
const linesOfCalls = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, n) => lineOfCall(from + n));
const calls = (mac: Machine): number => mac.sql('select 1 from tool_calls').length;
const keysOf = (mac: Machine) => mac.sql('select key from tool_calls order by key').map(({ key }) => key);
const filesOf = (mac: Machine) => mac.sql('select state, line, offset_bytes as "offset" from log_files order by id');
const issuesOf = (mac: Machine) => mac.sql('select line, reason from issues order by id');

/** A machine with one log that was imported. */
async function imported(lines: readonly string[]): Promise<{ mac: Machine; path: string }> {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', lines);
  await mac.json('import');
  return { mac, path };
}

test('C24: a log of 5 events is read once; the second run opens no file', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', linesOfCalls(5));
  expect(await mac.json('import')).toMatchObject({ files_opened: 1, files_read: 1, lines_read: 5, events_new: 5 });
  const before = factsOf(mac);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 1, bytes_read: 0, events_new: 0 });
  expect(factsOf(mac)).toBe(before);
});

test('C25: of a log that grew by 2 lines only these are read, and line numbers go on', async () => {
  const { mac, path } = await imported(linesOfCalls(5));
  const more = [lineOfCall(5), 'no json'];
  appendLog(path, more);
  const answer = await mac.json('import');
  expect(answer).toMatchObject({ bytes_read: logText(more).length, lines_read: 2, events_new: 1, files_gone: 0 });
  expect(answer['issues']).toEqual([{ path, line: 7, reason: 'parse' }]);
  expect(filesOf(mac)).toEqual([{ state: 'present', line: 7, offset: statSync(path).size }]);
});

test('C26: a last line without its end waits for it, without an issue, and is then one event', async () => {
  const { mac, path } = await imported(linesOfCalls(2));
  const whole = statSync(path).size;
  appendFileSync(path, lineOfCall(2));
  expect(await mac.json('import')).toMatchObject({ lines_read: 0, bytes_read: 0, issue_count: 0 });
  expect(filesOf(mac)).toEqual([{ state: 'present', line: 2, offset: whole }]);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0 });
  appendFileSync(path, '\n');
  expect(await mac.json('import')).toMatchObject({ lines_read: 1, events_new: 1 });
  expect(keysOf(mac)).toEqual(['toolu_0', 'toolu_1', 'toolu_2']);
});

test('C27: a garbage line is an issue, the others are imported; the next run neither sticks nor tells it again', async () => {
  const lines = linesOfCalls(6).toSpliced(5, 0, '{"type":"assistant","message":{"id":');
  for (const [options, code] of [
    [[], 0],
    [['--strict'], 3],
  ] as const) {
    const mac = machine();
    const path = writeLog(mac, 's.jsonl', lines);
    const run = await mac.usage('import', ...options);
    expect(run.code).toBe(code);
    expect(run.stderr).toBe('~/.claude/projects/-home-ada-work-lathe/s.jsonl:6 parse\n');
    expect(calls(mac)).toBe(6);
    appendLog(path, [lineOfCall(6)]);
    expect(await mac.usage('import', '--strict')).toMatchObject({ code: 0, stderr: '' });
    expect(calls(mac)).toBe(7);
    expect(issuesOf(mac)).toEqual([{ line: 6, reason: 'parse' }]);
  }
});

test('C28: invalid UTF-8 is an issue of its line only, which still counts', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [lineOfCall(0)]);
  appendFileSync(path, Buffer.from(`${prompt(1000, 'caf#').replace('#', '\xe9')}\n`, 'latin1'));
  appendLog(path, [lineOfCall(1)]);
  expect(await mac.json('import')).toMatchObject({ issues: [{ path, line: 2, reason: 'invalid_utf8' }], issue_count: 1 });
  expect(calls(mac)).toBe(2);
  expect(mac.sql('select 1 from turns')).toHaveLength(1);
});

test('C29: a line of 20 MB is read', async () => {
  const { mac } = await imported([lineOfCall(0), end('toolu_0', 125, 'ok', { text: 'x'.repeat(20_000_000) }), lineOfCall(1)]);
  expect(mac.sql('select outcome from tool_calls order by key')).toEqual([{ outcome: 'ok' }, { outcome: 'open' }]);
  expect(issuesOf(mac)).toEqual([]);
});

test('C29: a line over the cap is an issue and the next one is imported, whenever its end is written', async () => {
  const long = end('toolu_0', 125, 'ok', { text: 'x'.repeat(3_000_000) });
  const [path, issues] = ['s.jsonl', [{ line: 2, reason: 'line_too_long' }]];
  const mac = machine();
  writeLog(mac, path, [lineOfCall(0), long, lineOfCall(1)]);
  await mac.json('import', '--max-line', '2');
  expect(mac.sql('select outcome from tool_calls order by key')).toEqual([{ outcome: 'open' }, { outcome: 'open' }]);
  expect(issuesOf(mac)).toEqual(issues);

  const growing = machine();
  const log = writeLog(growing, path, [lineOfCall(0)]);
  appendFileSync(log, long);
  expect(await growing.json('import', '--max-line', '2')).toMatchObject({ issue_count: 0 });
  appendFileSync(log, `\n${lineOfCall(1)}\n`);
  expect(await growing.json('import', '--max-line', '2')).toMatchObject({ issue_count: 1 });
  expect(issuesOf(growing)).toEqual(issues);
  expect(keysOf(growing)).toEqual(['toolu_0', 'toolu_1']);
});

test('C30: a log that is cut from 100 lines to 40 is read anew; the facts of all 100 stay, none twice', async () => {
  const lines = linesOfCalls(100);
  const { mac, path } = await imported(lines);
  const before = factsOf(mac);
  truncateSync(path, logText(lines.slice(0, 40)).length);
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, files_opened: 1, lines_read: 40, events_new: 0, events_duplicate: 40 });
  expect(factsOf(mac)).toBe(before);
  expect(filesOf(mac)).toMatchObject([
    { state: 'gone', line: 100 },
    { state: 'present', line: 40 },
  ]);
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(before);
});

test('C30: a log that was cut and grew past where it was read is read anew, too', async () => {
  const lines = linesOfCalls(20);
  const { mac, path } = await imported(lines);
  writeFileSync(path, logText([...lines.slice(0, 10), ...linesOfCalls(30, 100)]));
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, events_new: 30, events_duplicate: 10 });
  expect(calls(mac)).toBe(50);
});

test('C30: a log that was emptied leaves its facts', async () => {
  const { mac, path } = await imported(linesOfCalls(3));
  writeFileSync(path, '');
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, lines_read: 0 });
  appendLog(path, [lineOfCall(3)]);
  await mac.json('import');
  expect(calls(mac)).toBe(4);
});

/** Long enough that neither its first nor its last bytes tell what stands in its middle. */
const LONG = linesOfCalls(20);
const REWRITTEN = LONG.with(10, lineOfCall(10).replaceAll('toolu_10', 'toolu_XX'));

/** A time that can be set again exactly; a file's own is finer than any that can be. */
const ROUND = new Date('2026-06-01T12:00:00Z');

/** A machine whose log was imported, written at a round time. */
async function importedAtRoundTime(lines: readonly string[]): Promise<{ mac: Machine; path: string }> {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', lines);
  utimesSync(path, ROUND, ROUND);
  await mac.json('import');
  return { mac, path };
}

/** Sets a file's mtime, until its ctime, which the system sets, is another than it was. */
function touchAt(path: string, at: Date): void {
  const { ctimeMs } = statSync(path);
  do utimesSync(path, at, at);
  while (statSync(path).ctimeMs === ctimeMs);
}

test('C31: another file of equal size and mtime in the place of a log is noticed; the facts of both are kept', async () => {
  const { mac, path } = await importedAtRoundTime(LONG);
  const { mtime, size } = statSync(path);
  writeFileSync(`${path}.new`, logText(REWRITTEN));
  utimesSync(`${path}.new`, ROUND, ROUND);
  renameSync(`${path}.new`, path);
  expect(statSync(path)).toMatchObject({ size, mtime });
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, events_new: 1, events_duplicate: 19 });
  expect(calls(mac)).toBe(21);
  await mac.json('import', '--rebuild');
  expect(calls(mac)).toBe(21);
});

test('C31: a longer file in the place of a log is noticed, even if it begins and goes on like it', async () => {
  const { mac, path } = await imported(LONG);
  writeFileSync(`${path}.new`, logText([...REWRITTEN, lineOfCall(20)]));
  renameSync(`${path}.new`, path);
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, events_new: 2, events_duplicate: 19 });
});

test.each([
  ['with a new mtime', new Date('2026-06-02')],
  ['with its old mtime', ROUND],
])('C31: a log whose middle is written over in place, %s, is noticed; the facts of both are kept', async (_, at) => {
  const { mac, path } = await importedAtRoundTime(LONG);
  const { size, ino } = statSync(path);
  writeFileSync(path, logText(REWRITTEN), { flag: 'r+' });
  touchAt(path, at);
  expect(statSync(path)).toMatchObject({ size, ino, mtimeMs: at.getTime() });
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, events_new: 1 });
  expect(calls(mac)).toBe(21);
  await mac.json('import', '--rebuild');
  expect(calls(mac)).toBe(21);
});

test('C31: a log that was only touched tells nothing new', async () => {
  const { mac, path } = await imported(LONG);
  const before = factsOf(mac);
  utimesSync(path, new Date('2026-06-02'), new Date('2026-06-02'));
  expect(await mac.json('import')).toMatchObject({ files_opened: 1, events_new: 0 });
  expect(factsOf(mac)).toBe(before);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0 });
});

test('C32: a log that is written over in place, longer and with another first line, is read anew', async () => {
  const lines = linesOfCalls(4);
  const { mac, path } = await imported(lines);
  writeFileSync(path, logText([lineOfCall(9), ...lines.slice(1), lineOfCall(4)]), { flag: 'r+' });
  expect(await mac.json('import')).toMatchObject({ files_gone: 1, lines_read: 5, events_new: 2, events_duplicate: 3 });
  expect(keysOf(mac)).toEqual([0, 1, 2, 3, 4, 9].map((n) => `toolu_${n}`));
});

test('C33: a log that its agent deletes is gone; its facts stay, also after a rebuild', async () => {
  const { mac, path } = await imported([...linesOfCalls(3), response(5000, 'msg_t', { input: 10, output: 20 })]);
  const before = factsOf(mac);
  rmSync(path);
  expect(await mac.json('import')).toMatchObject({ files_found: 0, files_gone: 1 });
  expect(await mac.json('import')).toMatchObject({ files_gone: 0 });
  expect(filesOf(mac)).toMatchObject([{ state: 'gone' }]);
  expect(await mac.json('import', '--rebuild')).toMatchObject({ calls_total: 3, requests_total: 4 });
  expect(factsOf(mac)).toBe(before);
});

test('C33: logs whose whole root is not there are not gone', async () => {
  const { mac } = await imported(linesOfCalls(3));
  const before = factsOf(mac);
  renameSync(`${mac.home}/.claude`, `${mac.home}/unmounted`);
  expect(await mac.json('import', '--rebuild')).toMatchObject({ files_found: 0, files_gone: 0 });
  expect(factsOf(mac)).toBe(before);
  renameSync(`${mac.home}/unmounted`, `${mac.home}/.claude`);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 1 });
});

test('C34: a log that is renamed, or moved within its root, is not read again', async () => {
  const { mac, path } = await imported(linesOfCalls(3));
  const before = factsOf(mac);
  const moved = logPath(mac, 'renamed.jsonl', '-home-ada-work-mill');
  mkdirSync(dirname(moved));
  renameSync(path, moved);
  expect(await mac.json('import')).toMatchObject({ bytes_read: 0, lines_read: 0, files_gone: 0 });
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 1 });
  expect(factsOf(mac)).toBe(before);
  appendLog(moved, [lineOfCall(3)]);
  expect(await mac.json('import')).toMatchObject({ lines_read: 1, events_new: 1 });
  expect(filesOf(mac)).toMatchObject([{ state: 'present', line: 4 }]);
});

test('C34: a log that is renamed and grows meanwhile is read from where it was', async () => {
  const { mac, path } = await imported(linesOfCalls(3));
  renameSync(path, logPath(mac, 'renamed.jsonl'));
  appendLog(logPath(mac, 'renamed.jsonl'), [lineOfCall(3)]);
  expect(await mac.json('import')).toMatchObject({ lines_read: 1, events_new: 1, files_gone: 0 });
  expect(calls(mac)).toBe(4);
});

test('C34: two logs that swap their names lose and double nothing', async () => {
  const mac = machine();
  const [a, b] = [writeLog(mac, 'a.jsonl', linesOfCalls(3)), writeLog(mac, 'b.jsonl', linesOfCalls(3, 10))];
  await mac.json('import');
  const before = factsOf(mac);
  renameSync(a, `${a}.x`);
  renameSync(b, a);
  renameSync(`${a}.x`, b);
  expect(await mac.json('import')).toMatchObject({ events_new: 0 });
  expect(factsOf(mac)).toBe(before);
});

test('C35: a copy of a log tells nothing new; deleting it changes nothing', async () => {
  const { mac, path } = await imported([prompt(0, 'turn it'), ...linesOfCalls(3)]);
  const before = factsOf(mac);
  copyFileSync(path, logPath(mac, 'copy.jsonl'));
  expect(await mac.json('import')).toMatchObject({ files_opened: 1, events_new: 0, events_duplicate: 4 });
  expect(factsOf(mac)).toBe(before);
  rmSync(logPath(mac, 'copy.jsonl'));
  await mac.json('import');
  expect(factsOf(mac)).toBe(before);
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(before);
});

test('C35: a log that is reached by a link as well is read once', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', linesOfCalls(3));
  symlinkSync(path, logPath(mac, 'symbolic.jsonl'));
  linkSync(path, logPath(mac, 'hard.jsonl'));
  expect(await mac.json('import')).toMatchObject({ files_found: 1, files_opened: 1, events_new: 3 });
});

test('C36: two identical lines without an id are two events, however often their log is imported or copied', async () => {
  const twice = [1, 2].map(() => prompt(1000, 'again', { uuid: null }));
  const { mac, path } = await imported(twice);
  const turns = () => mac.sql('select 1 from turns').length;
  expect(turns()).toBe(2);
  utimesSync(path, new Date('2026-06-02'), new Date('2026-06-02'));
  expect(await mac.json('import')).toMatchObject({ lines_read: 2, events_new: 0 });
  copyFileSync(path, logPath(mac, 'copy.jsonl'));
  expect(await mac.json('import')).toMatchObject({ lines_read: 2, events_new: 0 });
  expect(turns()).toBe(2);
});

test('C36: identical lines without an id are as many when a run comes between them', async () => {
  const { mac, path } = await imported([prompt(1000, 'again', { uuid: null })]);
  appendLog(path, [prompt(1000, 'again', { uuid: null })]);
  expect(await mac.json('import')).toMatchObject({ events_new: 1 });
  expect(mac.sql('select 1 from turns')).toHaveLength(2);
});

test('C37: lines without an id with other bytes in two logs are two events', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [prompt(1000, 'one', { uuid: null })]);
  writeLog(mac, 'b.jsonl', [prompt(1000, 'two', { uuid: null })]);
  expect(await mac.json('import')).toMatchObject({ events_new: 2 });
  expect(mac.sql('select 1 from turns')).toHaveLength(2);
});

test('C39: two runs, split at any line, are one run', async () => {
  const lines = [
    prompt(0, 'turn it'),
    response(1000, 'msg_a', { input: 10, output: 1 }),
    response(
      1001,
      'msg_a',
      { input: 10, output: 40 },
      {
        calls: [
          { id: 'toolu_a', name: 'Bash' },
          { id: 'toolu_b', name: 'Read' },
        ],
      },
    ),
    end('toolu_b', 1500, 'err'),
    end('toolu_a', 1600),
    command(2000, 'review'),
    start('toolu_c', 3000),
    'no json',
    end('toolu_c', 3100),
  ];
  const { mac: whole } = await imported(lines);
  for (let split = 1; split < lines.length; split++) {
    const { mac, path } = await imported(lines.slice(0, split));
    appendLog(path, lines.slice(split));
    await mac.json('import');
    expect(factsOf(mac)).toBe(factsOf(whole));
    expect(issuesOf(mac)).toEqual(issuesOf(whole));
  }
});

test('C44: lines without a time are undated: in no day, in the totals, and the same after a rebuild a week later', async () => {
  const { mac } = await imported([
    prompt(1000, 'turn it'),
    response(1000, 'msg_a', { input: 10, output: 5 }),
    prompt(null, 'again'),
    response(null, 'msg_b', { input: 20, output: 5 }),
    start('toolu_c', null),
    end('toolu_c', null),
  ]);
  expect(mac.sql('select key, started_at, day from requests where started_at is null')).toEqual([
    { key: 'msg_b', started_at: null, day: null },
    { key: 'msg_toolu_c', started_at: null, day: null },
  ]);
  const answer = await mac.json('report', '--days', 'all');
  expect(answer['rows']).toMatchObject([
    { group: 'undated', requests: 2, tool_calls: 1, total_tokens: 25 },
    { group: '2026-06-01', requests: 1, tool_calls: 0, total_tokens: 15 },
  ]);
  expect(answer['summary']).toMatchObject({ requests: 3, tool_calls: 1, total_tokens: 40 });
  const before = factsOf(mac);
  await mac.json('import', '--rebuild', '--now', '2026-06-17T18:00:00Z');
  expect(factsOf(mac)).toBe(before);
});

test('C45: unknown types of lines and unknown fields are no issues; the types are counted', async () => {
  const strange = JSON.stringify({ type: 'hologram', sessionId: 's', uuid: 'u', shape: { type: 'user' } });
  const extended = JSON.stringify({ ...JSON.parse(lineOfCall(0)), novelty: [1, { two: 3 }] });
  const { mac } = await imported([]);
  writeLog(mac, 't.jsonl', [strange, extended, strange]);
  expect(await mac.json('import')).toMatchObject({ lines_read: 3, events_new: 1, issue_count: 0, unknown_types: { 'claude/hologram': 2 } });
  expect(keysOf(mac)).toEqual(['toolu_0']);
});

test('C46: a root that is not there is told and is no failure, but for --strict', async () => {
  const mac = machine();
  const usual = await mac.usage('import');
  expect(usual).toMatchObject({ code: 0, stderr: expect.stringContaining('~/.claude/projects (not there)') });
  expect(usual.stdout).toContain('0 of 0 files');
  expect(await mac.usage('import', '--strict')).toMatchObject({ code: 1 });
});

test('C46: a log that cannot be read is counted, the others are imported', async () => {
  const mac = machine();
  writeLog(mac, 'good.jsonl', linesOfCalls(2));
  const path = writeLog(mac, 'locked.jsonl', linesOfCalls(2, 10));
  handOver(mac);
  chmodSync(path, 0);
  expect(await unprivileged(() => mac.json('import'))).toMatchObject({ files_unreadable: 1, events_new: 2 });
  expect(await unprivileged(() => mac.usage('import', '--strict'))).toMatchObject({
    code: 3,
    stderr: '~/.claude/projects/-home-ada-work-lathe/locked.jsonl could not be read (EACCES)\n',
  });
  chmodSync(path, 0o600);
  expect(await unprivileged(() => mac.json('import'))).toMatchObject({ files_unreadable: 0, events_new: 2 });
});

test('C46: a folder that cannot be looked into is counted, the others are imported', async () => {
  const mac = machine();
  writeLog(mac, 'good.jsonl', linesOfCalls(2));
  const folder = dirname(writeLog(mac, 's.jsonl', linesOfCalls(2, 10), '-home-ada-locked'));
  handOver(mac);
  chmodSync(folder, 0);
  expect(await unprivileged(() => mac.json('import'))).toMatchObject({ files_found: 1, files_unreadable: 1, events_new: 2 });
  chmodSync(folder, 0o700);
  expect(await unprivileged(() => mac.json('import'))).toMatchObject({ files_found: 2, files_unreadable: 0, events_new: 2 });
});

test('C46: a link in a circle is counted, a link to nothing is no log', async () => {
  const mac = machine();
  const path = writeLog(mac, 'good.jsonl', linesOfCalls(2));
  symlinkSync('circle.jsonl', `${dirname(path)}/circle.jsonl`);
  symlinkSync('nowhere.jsonl', `${dirname(path)}/dangling.jsonl`);
  expect(await mac.json('import')).toMatchObject({ files_found: 1, files_unreadable: 1, events_new: 2 });
  symlinkSync(dirname(path), `${dirname(path)}/above`);
  expect(await mac.json('import')).toMatchObject({ files_found: 1, events_new: 0 });
});

test('two logs are told apart where the file system numbers files too high for a number', () => {
  const stat = { dev: 1, ino: 2 ** 53 + 2, size: 10, mtimeMs: 0.5, ctimeMs: 0.5 };
  expect(fileStat(stat).inode).toBe(0);
  expect(fileStat({ ...stat, ino: 7 }).inode).toBe(7);
});

test('a dry run counts what an import would read, and writes nothing', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', linesOfCalls(3));
  expect(await mac.json('import', '--dry-run')).toMatchObject({ events_new: 3 });
  expect(existsSync(mac.db)).toBe(false);
  await mac.json('import');
  appendLog(path, linesOfCalls(2, 3));
  const before = [factsOf(mac), filesOf(mac)];
  for (const [options, events] of [
    [[], 2],
    [['--rebuild'], 5],
  ] as const) {
    expect(await mac.json('import', '--dry-run', ...options)).toMatchObject({ events_new: events });
    expect([factsOf(mac), filesOf(mac)]).toEqual(before);
  }
  expect(await mac.json('import')).toMatchObject({ events_new: 2, calls_total: 5 });
});

test('a rebuild of unchanged logs changes nothing', async () => {
  const { mac } = await imported([prompt(0, 'turn it'), ...linesOfCalls(3), end('toolu_1', 5000, 'err')]);
  const before = factsOf(mac);
  expect(await mac.json('import', '--rebuild')).toMatchObject({ files_read: 1, lines_read: 5 });
  expect(factsOf(mac)).toBe(before);
});
