import { readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendLog, command, end, prompt, response, start, writeLog } from '../logs/claude.ts';
import { rowsOf } from '../reports/rows.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const DAY = 86_400_000;
const SECRET = { session: '5ec4e700-1111-4111-8111-111111111111', cwd: '/home/ada/work/hushed-client' };
const OTHER = { session: '0dd00000-2222-4222-8222-222222222222' };

const secretLines = (day = 0) => [
  prompt(day, 'turn it', { ...SECRET, uuid: 'turn-secret' }),
  response(
    day + 1000,
    'msg_secret',
    { input: 100, output: 10 },
    {
      ...SECRET,
      calls: [
        { id: 'toolu_secret', name: 'mcp__hushed__spin' },
        { id: 'toolu_shared', name: 'Bash' },
      ],
    },
  ),
  end('toolu_secret', day + 1500, 'err', SECRET),
  end('toolu_shared', day + 1700, 'ok', SECRET),
  command(day + 2000, 'hushed-command', { ...SECRET, uuid: 'turn-command' }),
  'no json of the hushed',
];
const writeSecret = (mac: Machine, day = 0): string =>
  writeLog(mac, `${SECRET.session}.jsonl`, secretLines(day), '-home-ada-work-hushed-client');
/** A session that goes on from a copy of the secret one, and has work of its own. */
const writeOther = (mac: Machine): string =>
  writeLog(mac, `${OTHER.session}.jsonl`, [
    response(3 * DAY, 'msg_other', { input: 7 }, { ...OTHER, calls: [{ id: 'toolu_other', name: 'Bash' }] }),
    end('toolu_other', 3 * DAY + 500, 'ok', OTHER),
    start('toolu_shared', 3 * DAY + 1000, { ...OTHER, message: 'msg_shared' }),
    end('toolu_shared', 3 * DAY + 1700, 'ok', OTHER),
  ]);

const figures = async (mac: Machine, ...how: readonly string[]) => (await mac.json('report', '--days', 'all', ...how))['summary'];

test('E74: forget asks at a terminal; without one it needs --yes', async () => {
  const mac = machine();
  writeSecret(mac);
  await mac.json('import');
  const before = factsOf(mac);
  expect(await mac.usage('forget', '--session', '5ec4')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^usage: There is no terminal[^\n]*--yes[^\n]*\n$/),
  });
  for (const argv of [
    [],
    ['--session', '5ec4', '--project', 'lathe'],
    ['--session', 'none', '--yes'],
    ['--project', 'none', '--yes'],
    ['--session', '', '--yes'],
  ])
    expect((await mac.usage('forget', ...argv)).code).toBe(2);
  const asked: string[] = [];
  const answering = (answer: string) => machine({ env: { USAGE_DB: mac.db }, ask: async (question) => (asked.push(question), answer) });
  for (const answer of ['', 'n', 'nay']) {
    expect(await answering(answer).usage('forget', '--session', '5ec4')).toMatchObject({ code: 0, stderr: 'Nothing was erased.\n' });
    expect(factsOf(mac)).toBe(before);
  }
  expect(await answering('y').usage('forget', '--session', '5ec4')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('sessions erased 1'),
  });
  expect(new Set(asked)).toEqual(new Set(['Erase this session for good? [y/N] ']));
  expect(mac.sql('select 1 from sessions')).toEqual([]);
});

test('E74: a plan of forgetting prints the numbers of the deed and changes nothing', async () => {
  const mac = machine();
  writeSecret(mac);
  writeOther(mac);
  await mac.json('import');
  const bytes = readFileSync(mac.db);
  const plan = await mac.json('forget', '--project', 'hushed-client', '--dry-run');
  expect(readFileSync(mac.db).equals(bytes)).toBe(true);
  expect(plan).toMatchObject({
    sessions: 1,
    applied: false,
    rows: expect.arrayContaining([expect.objectContaining({ table: 'tool_calls', rows: 1 })]),
  });
  expect(await mac.json('forget', '--project', 'hushed-client', '--yes')).toEqual({ ...plan, applied: true });
});

test.each(['as it was read', 'in sealed days'])(
  'E75: a forgotten session is gone, %s; sums fall by its share; nothing brings it back',
  async (when) => {
    const mac = machine({ now: '2026-06-10T18:00:00Z' });
    const alone = machine({ now: '2026-06-10T18:00:00Z' });
    const log = writeSecret(mac);
    for (const each of [mac, alone]) {
      writeLog(each, 'stays.jsonl', [
        prompt(0, 'turn it', { ...OTHER, uuid: 'turn-stays' }),
        response(10, 'msg_stays', { input: 5 }, { ...OTHER, calls: [{ id: 'toolu_stays', name: 'Bash' }] }),
      ]);
      await each.json('import');
    }
    expect(await mac.usage('export', '-o', `${mac.home}/facts.ndjson`)).toMatchObject({ code: 0 });
    if (when === 'in sealed days') for (const each of [mac, alone]) await each.json('prune', '--days', '5', '--apply');
    await mac.json('forget', '--session', SECRET.session.slice(0, 8), '--yes');

    const same = async () => {
      expect(await figures(mac)).toEqual(await figures(alone));
      for (const by of ['day', 'tool', 'model', 'project', 'session'])
        expect(await rowsOf(mac, 'report', '--days', 'all', '--by', by)).toEqual(
          await rowsOf(alone, 'report', '--days', 'all', '--by', by),
        );
      expect(await rowsOf(mac, 'tools')).toEqual(await rowsOf(alone, 'tools'));
      expect(factsOf(mac)).toBe(factsOf(alone));
      expect((await mac.usage('status', '--verify')).code).toBe(0);
    };
    await same();
    expect(await mac.json('import')).toMatchObject({ files_opened: 0, events_new: 0 });
    appendLog(log, [start('toolu_more', DAY, SECRET)]);
    expect(await mac.json('import')).toMatchObject({ events_new: 0, events_skipped: 6, issue_count: 0 });
    await mac.json('import', '--rebuild');
    await same();
    await mac.json('import', `${mac.home}/facts.ndjson`);
    await same();
    expect(mac.sql(`select path from log_files where path like '%5ec4e700%'`)).toEqual([]);
  },
);

test('E75: what another session tells as well stays, as its own', async () => {
  const mac = machine();
  writeSecret(mac);
  writeOther(mac);
  await mac.json('import');
  expect(mac.sql(`select s.key from tool_calls c join sessions s on s.id = c.session_id where c.key = 'toolu_shared'`)).toEqual([
    { key: SECRET.session },
  ]);
  const alone = machine();
  writeOther(alone);
  await alone.json('import');
  await mac.json('forget', '--session', SECRET.session, '--yes');
  expect(factsOf(mac)).toBe(factsOf(alone));
  expect((await mac.usage('status', '--verify')).code).toBe(0);
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(factsOf(alone));
});

test('E75: no byte of the store tells of a forgotten project: neither its path, nor its sessions, nor the names only it used', async () => {
  const mac = machine();
  const WORDS = ['5ec4e700', 'hushed', 'toolu_secret', 'msg_secret', 'turn-secret'];
  const found = () =>
    [mac.db, `${mac.db}-wal`, `${mac.db}-lock`].flatMap((file) => {
      let text = '';
      try {
        text = readFileSync(file, 'latin1');
      } catch {}
      return WORDS.filter((word) => text.includes(word));
    });
  writeSecret(mac);
  writeLog(mac, 'child.jsonl', [start('toolu_child', DAY, { ...OTHER, forkedFrom: SECRET.session })]);
  for (let n = 0; n < 40; n++) writeLog(mac, `${n}.jsonl`, [response(n * 1000, `msg_${n}`, { input: n }, { session: `session-${n}` })]);
  await mac.json('import');
  // Rows move about before they are erased.
  const db = new Sqlite(mac.db);
  db.exec(
    `update sessions set branch = branch || '-a-longer-name-for-a-branch-than-there-was'; update tool_calls set item = 'hushed-item-that-is-long' where key = 'toolu_secret'`,
  );
  db.exec(
    `insert into import_runs (started_at, finished_at, state, files_read, bytes_read, events_new, issue_count, error) values (1, 1, 'failed', 0, 0, 0, 0, '/home/ada/work/hushed-client could not be read')`,
  );
  db.close();
  expect(found()).toEqual(expect.arrayContaining(WORDS));
  const { stdout } = await mac.usage('forget', '--project', '/home/ada/work/hushed-client', '--yes');
  expect(stdout).toContain('sessions erased 1');
  expect(found()).toEqual([]);
  await mac.json('import');
  appendLog(writeSecret(mac), [start('toolu_more', DAY, SECRET)]);
  await mac.json('import');
  await mac.json('import', '--rebuild');
  expect(found()).toEqual([]);
  expect(mac.sql('select key from tool_calls')).toEqual([{ key: 'toolu_child' }]);
});

test('a reader that holds the store open while something is forgotten is named', async () => {
  const mac = machine();
  writeSecret(mac);
  await mac.json('import');
  const reader = new Sqlite(mac.db, { readonly: true });
  reader.exec('begin');
  expect(reader.prepare('select count(*) as n from sessions').get()).toEqual({ n: 1 });
  const { code, stdout } = await mac.usage('forget', '--session', SECRET.session, '--yes');
  expect([code, stdout]).toEqual([0, expect.stringContaining('another program reads the store')]);
  reader.exec('commit');
  reader.close();
}, 60_000);
