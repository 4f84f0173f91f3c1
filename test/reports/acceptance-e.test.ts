import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryOf } from '../../src/cli/question.ts';
import { zone } from '../../src/model/time.ts';
import { groupFigures } from '../../src/reports/common/groups.ts';
import { report } from '../../src/reports/report.ts';
import { lockImports } from '../../src/store/lock.ts';
import { openReader } from '../../src/store/reader.ts';
import { appendLog, end, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { history, perform } from './history.ts';
import { figureBy, rowsOf } from './rows.ts';

const OPUS = 'claude-opus-4-5-20251101';
const SONNET = 'claude-sonnet-4-20250514';
const DAY = 86_400_000;

/** Changes the store behind the program's back. */
function alter(mac: Machine, sql: string): void {
  const db = new Sqlite(mac.db);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

/** From now on nothing may be written to a table where `condition` holds. */
const forbid = (mac: Machine, table: string, condition: string): void =>
  alter(
    mac,
    `create trigger no_insert before insert on ${table} when ${condition.replaceAll('row.', 'new.')} begin select raise(abort, 'forced'); end;
     create trigger no_delete before delete on ${table} when ${condition.replaceAll('row.', 'old.')} begin select raise(abort, 'forced'); end;`,
  );
const allow = (mac: Machine): void => alter(mac, 'drop trigger no_insert; drop trigger no_delete;');

const kept = (mac: Machine) =>
  mac.sql(`select m.name as model, r.input_tokens as input, r.output_tokens as output, r.requests
    from rollup_requests r join models m on m.id = r.model_id order by input desc`);

test('E63: rows of one key are added up; a second run makes no day anew; a correction counts instead of what it corrects', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [
    response(0, 'msg_1', { input: 100, output: 10 }, { model: SONNET }),
    response(1000, 'msg_2', { input: 200, output: 20 }, { model: SONNET }),
    response(2000, 'msg_3', { input: 50, output: 5 }, { model: OPUS }),
  ]);
  await mac.json('import');
  expect(kept(mac)).toEqual([
    { model: SONNET, input: 300, output: 30, requests: 2 },
    { model: OPUS, input: 50, output: 5, requests: 1 },
  ]);

  forbid(mac, 'rollup_requests', 'true');
  await mac.json('import');
  expect(await mac.json('status')).toMatchObject({ dirty_days: 0 });
  allow(mac);

  appendLog(log, [response(3000, 'msg_1', { input: 1000, output: 10 }, { model: SONNET })]);
  await mac.json('import');
  expect(kept(mac)).toEqual([
    { model: SONNET, input: 1200, output: 30, requests: 2 },
    { model: OPUS, input: 50, output: 5, requests: 1 },
  ]);
});

/** Every sum that is kept is what the facts give; every group of a report is the same from both; calls share the cost of their request. */
async function sumsAgree(mac: Machine): Promise<void> {
  const { code, stdout } = await mac.usage('status', '--verify');
  expect([code, stdout]).toEqual([0, expect.stringContaining('every sum of a day equals its facts')]);
  const unfair = `select r.key from requests r join tool_calls c on c.request_id = r.id group by r.id having sum(c.cost_nano_usd) is not r.cost_nano_usd`;
  expect(mac.sql(unfair)).toEqual([]);
  const utc = zone('UTC');
  const reader = openReader(mac.db, { timeZone: 'UTC' });
  try {
    for (const by of report.groups) {
      const query = queryOf({ by, days: 'all', limit: '0' }, report, { now: T0 + 9 * DAY, homeZone: utc, cwd: '/', sources: [] });
      const [kept, raw] = [await groupFigures(reader.db, query), await groupFigures(reader.db, { ...query, raw: true })];
      expect([by, kept]).toEqual([by, raw]);
    }
  } finally {
    reader.close();
  }
}

test('E64: after any history of insertions, corrections, removals and repetitions the sums are those of the facts', async () => {
  let imports = 0;
  const property = fc.asyncProperty(history, async (steps) => {
    const mac = machine();
    for (const step of steps) {
      await perform(step, mac, async (...how) => {
        await mac.json('import', ...how);
        if (mac.sql('select 1 from sessions').length === 0) return;
        imports += 1;
        await sumsAgree(mac);
      });
    }
  });
  await fc.assert(property, { seed: 20260601, numRuns: 60 });
  expect(imports).toBeGreaterThan(60);
});

test('E64: a request that turns out to be of another model takes its calls of another day along', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [
    start('toolu_1', DAY - 1, { message: 'msg_1', model: 'model-a' }),
    start('toolu_2', DAY + 1, { message: 'msg_1', model: 'model-a' }),
  ]);
  await mac.json('import');
  appendLog(log, [response(DAY - 2, 'msg_1', {}, { model: 'model-b' })]);
  await mac.json('import');
  await sumsAgree(mac);
  expect(await figureBy(mac, 'tool_calls', 'model')).toEqual({ 'model-b': 2 });
});

const keptDays = (mac: Machine, table: string) =>
  mac.sql(`select distinct day - ${T0 / DAY} as day from ${table} order by day`).map(({ day }) => day);

test('E65: a day whose last row moves to another day has no sums any more', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [start('toolu_1', DAY + 1000, { message: 'msg_1' })]);
  await mac.json('import');
  expect([keptDays(mac, 'rollup_requests'), keptDays(mac, 'rollup_calls')]).toEqual([[1], [1]]);
  appendLog(log, [start('toolu_1', 1000, { message: 'msg_1' })]);
  await mac.json('import');
  expect([keptDays(mac, 'rollup_requests'), keptDays(mac, 'rollup_calls')]).toEqual([[0], [0]]);
  expect(await figureBy(mac, 'requests', 'day', '--days', 'all')).toMatchObject({ '2026-06-01': 1 });
});

test('E65: a session whose only request turns out to be copied from another has no sums any more', async () => {
  const mac = machine();
  writeLog(mac, 'copy.jsonl', [response(2 * DAY, 'msg_1', { input: 10 }, { session: 'copy' })]);
  await mac.json('import');
  expect(await figureBy(mac, 'total_tokens', 'session', '--days', 'all')).toEqual({ copy: 10 });
  writeLog(mac, 'first.jsonl', [response(0, 'msg_1', { input: 10 }, { session: 'first' })]);
  await mac.json('import');
  expect(await figureBy(mac, 'total_tokens', 'session', '--days', 'all')).toEqual({ copy: 0, first: 10 });
  expect(keptDays(mac, 'rollup_requests')).toEqual([0]);
});

test('E65: a row that its log tells no more is gone after --rebuild, and so are the sums of its day', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 10 })]);
  await mac.json('import');
  // As a parser of another version would have read it.
  alter(
    mac,
    `update requests set key = 'msg_none', started_at = ${T0 + 3 * DAY}, day = ${T0 / DAY + 3}; update rollup_requests set day = ${T0 / DAY + 3}`,
  );
  expect(await figureBy(mac, 'total_tokens', 'day', '--days', 'all')).toMatchObject({ '2026-06-04': 10 });
  await mac.json('import', '--rebuild');
  expect(keptDays(mac, 'rollup_requests')).toEqual([0]);
  expect(await figureBy(mac, 'total_tokens', 'day', '--days', 'all')).toEqual({ '2026-06-01': 10 });
});

test('E66: a session that goes on in another project and branch takes all its work there; no day before is made anew', async () => {
  const mac = machine();
  const session = { session: 'moving' };
  writeLog(mac, 'a.jsonl', [
    prompt(0, 'turn it', session),
    response(1000, 'msg_1', { input: 100 }, { ...session, calls: [{ id: 'toolu_1', name: 'Bash' }] }),
    end('toolu_1', 2000, 'err', session),
  ]);
  writeLog(mac, 'b.jsonl', [response(1000, 'msg_other', { input: 7 }, { session: 'staying' })]);
  await mac.json('import');
  const before = await rowsOf(mac, 'report', '--by', 'day');
  expect(await figureBy(mac, 'total_tokens', 'project')).toEqual({ '/home/ada/work/lathe': 107 });

  const onBranch = (line: string): string => JSON.stringify({ ...JSON.parse(line), gitBranch: 'oak' });
  const there = { ...session, cwd: '/home/ada/work/kiln' };
  writeLog(mac, 'a.jsonl', [onBranch(response(DAY, 'msg_2', { input: 20 }, there))], '-home-ada-work-kiln');
  for (const table of ['rollup_requests', 'rollup_calls', 'rollup_turns']) {
    alter(mac, `create trigger no_${table} before delete on ${table} when old.day = ${T0 / DAY} begin select raise(abort, 'forced'); end`);
  }
  await mac.json('import');
  expect(await figureBy(mac, 'total_tokens', 'project')).toEqual({ '/home/ada/work/kiln': 120, '/home/ada/work/lathe': 7 });
  expect(await figureBy(mac, 'tool_errors', 'project')).toEqual({ '/home/ada/work/kiln': 1, '/home/ada/work/lathe': 0 });
  expect(await figureBy(mac, 'turns', 'branch')).toEqual({ oak: 1, main: 0 });
  expect(await figureBy(mac, 'total_tokens', 'day')).toEqual({ '2026-06-02': 20, '2026-06-01': 107 });
  expect((await rowsOf(mac, 'report', '--by', 'day')).slice(1)).toEqual(before);
  expect((await mac.usage('status', '--verify')).code).toBe(0);
});

test('E67: when the sums cannot be made the facts stay, the queue stays, and status tells; the next run makes them', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [prompt(0, 'turn it'), start('toolu_1', 1000, { message: 'msg_1' })]);
  await mac.json('import');
  forbid(mac, 'rollup_requests', `row.day > ${T0 / DAY}`);
  appendLog(log, [end('toolu_1', 2000, 'err'), response(DAY, 'msg_2', { input: 5 })]);

  const failed = await mac.usage('import');
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toMatch(/^usage: [^\n]*forced[^\n]*\n$/);
  expect(mac.sql('select count(*) as n from requests')).toEqual([{ n: 2 }]);

  const status = await mac.json('status');
  expect(status).toMatchObject({ last_error: expect.stringContaining('forced'), last_import_at: '2026-06-10T18:00:00.000Z' });
  expect(status['dirty_days']).toBeGreaterThan(0);
  expect((await mac.usage('status')).stdout).toMatch(/2026-06-10T18:00:00\.000Z failed: .*forced/);
  // What the facts say is true all the time.
  expect(await figureBy(mac, 'total_tokens', 'day')).toEqual({ '2026-06-02': 5, '2026-06-01': 0 });
  expect(await rowsOf(mac, 'tools')).toMatchObject([{ tool: 'Bash', errors: 1 }]);

  allow(mac);
  await mac.json('import');
  expect(await mac.json('status', '--verify')).toMatchObject({ last_error: null, dirty_days: 0 });
  expect(keptDays(mac, 'rollup_requests')).toEqual([0, 1]);
  expect(mac.sql('select errors from tool_scores')).toEqual([{ errors: 1 }]);
});

test.each([
  [
    'changed',
    `update rollup_requests set input_tokens = input_tokens + 1 where day = ${T0 / DAY + 1}`,
    'rollup_requests 2026-06-02 aaaa-1',
  ],
  ['missing', `delete from rollup_calls where day = ${T0 / DAY}`, 'rollup_calls 2026-06-01 aaaa-1'],
  ['of another day', `update rollup_turns set day = day + 30`, 'rollup_turns 2026-07-01 aaaa-1'],
  ['of a tool', 'update tool_scores set ok = ok + 1', 'Bash'],
  ['of no session', `update rollup_turns set session_id = 77`, 'rollup_turns 2026-06-01 (none)'],
])(
  'E68: status --verify finds a sum that is %s, names its day and session and exits 1; import --rebuild repairs it',
  async (_what, damage, named) => {
    const mac = machine();
    const session = { session: 'aaaa-1' };
    writeLog(mac, 's.jsonl', [
      prompt(0, 'turn it', session),
      start('toolu_1', 1000, session),
      response(DAY, 'msg_2', { input: 5 }, session),
    ]);
    await mac.json('import');
    expect(await mac.json('status', '--verify')).toMatchObject({
      checks: expect.arrayContaining(['sums', 'scores', 'weights', 'database'].map((name) => expect.objectContaining({ name, ok: true }))),
    });
    alter(mac, damage);
    const { code, stdout } = await mac.usage('status', '--verify');
    expect(code).toBe(1);
    expect(stdout).toContain(named);
    expect(stdout).toContain('usage import --rebuild');
    await mac.json('import', '--rebuild');
    expect((await mac.usage('status', '--verify')).code).toBe(0);
  },
);

test('E69: status of a store that was never fed', async () => {
  const mac = machine();
  const { code, stdout } = await mac.usage('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(/last import\s+never ran/);
  expect(await mac.json('status')).toMatchObject({ last_import_at: null, last_ok_at: null, lag_seconds: null, coverage_days: 0 });
  expect((await mac.usage('status', '--max-lag', '900')).code).toBe(5);
});

test('E69: --max-lag 900 is kept for 900 s after a good import, and not at 901 s', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  writeLog(mac, 's.jsonl', [response(0, 'msg_1')]);
  await mac.json('import');
  const at = (time: string) => mac.usage('status', '--max-lag', '900', '--now', time);
  expect((await at('2026-06-10T18:15:00Z')).code).toBe(0);
  const late = await at('2026-06-10T18:15:01Z');
  expect(late.code).toBe(5);
  expect(late.stdout).toContain('901 s');
  expect(late.stdout).toContain('usage import');
  expect(await mac.json('status', '--now', '2026-06-10T18:15:01Z')).toMatchObject({ lag_seconds: 901, files: 1, locked_by: null });
});

test('E69: a failed import is no good one', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1')]);
  await mac.json('import');
  forbid(mac, 'rollup_requests', 'true');
  writeLog(mac, 't.jsonl', [response(0, 'msg_2')]);
  const later = machine({ now: '2026-06-10T19:00:00Z', env: { USAGE_DB: mac.db, CLAUDE_CONFIG_DIR: `${mac.home}/.claude` } });
  expect((await later.usage('import')).code).toBe(1);
  expect(await later.json('status')).toMatchObject({
    last_import_at: '2026-06-10T19:00:00.000Z',
    last_ok_at: '2026-06-10T18:00:00.000Z',
    lag_seconds: 3600,
  });
  expect((await later.usage('status', '--max-lag', '900')).code).toBe(5);
});

test('E69: locked and idle are different words', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1')]);
  await mac.json('import');
  expect((await mac.usage('status')).stdout).toMatch(/importer\s+idle/);
  const unlock = lockImports(mac.db, T0);
  try {
    const { code, stdout } = await mac.usage('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`importer\\s+locked by process ${process.pid}`));
    expect(await mac.json('status')).toMatchObject({ locked_by: expect.stringContaining('2026-06-01T00:00:00.000Z') });
  } finally {
    unlock();
  }
  expect(await mac.json('status')).toMatchObject({ locked_by: null });
});

test('status has all fields of the contract', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1'), 'no json', response(2 * DAY, 'msg_2')]);
  await mac.json('import');
  expect(await mac.json('status', '--verify')).toMatchObject({
    command: 'status',
    schema_version_store: expect.any(Number),
    store_path: mac.db,
    store_bytes: expect.any(Number),
    last_import_at: '2026-06-10T18:00:00.000Z',
    last_ok_at: '2026-06-10T18:00:00.000Z',
    lag_seconds: 0,
    files: 1,
    issues_open: 1,
    dirty_days: 0,
    locked_by: null,
    coverage_days: 3,
    checks: ['imports', 'logs', 'prices', 'days', 'sums', 'scores', 'weights', 'database'].map((name) => ({
      name,
      ok: true,
      detail: expect.any(String),
      fix: null,
    })),
  });
});
