import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { source as claude } from '../../src/sources/claude-code.ts';
import { SEALED_UNDATED_DAY, UNDATED_DAY } from '../../src/model/time.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migration as openDays } from '../../src/store/migrations/005-open-days.ts';
import { importDirectly } from '../import/directly.ts';
import { appendLog, end, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { rowsOf } from '../reports/rows.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const DAY = 86_400_000;
/** Facts are 100 days and a few hours apart; the last of them are of today. */
const OLD = { session: 'old-session' };
const NEW = { session: 'new-session' };
const NOW = 100 * DAY;

const writeOld = (mac: Machine): string =>
  writeLog(mac, 'old.jsonl', [
    prompt(0, 'turn it', { ...OLD, uuid: 'turn-old' }),
    response(
      1000,
      'msg_old',
      { input: 100, output: 10 },
      {
        ...OLD,
        calls: [
          { id: 'toolu_a', name: 'Bash' },
          { id: 'toolu_b', name: 'Read' },
        ],
      },
    ),
    end('toolu_a', 5000, 'ok', OLD),
    end('toolu_b', 1777, 'err', OLD),
  ]);
const writeNew = (mac: Machine): string =>
  writeLog(mac, 'new.jsonl', [
    prompt(NOW, 'turn it', { ...NEW, uuid: 'turn-new' }),
    response(NOW + 1000, 'msg_new', { input: 7, output: 3 }, { ...NEW, calls: [{ id: 'toolu_c', name: 'Bash' }] }),
    end('toolu_c', NOW + 2000, 'ok', NEW),
  ]);

const after = (ms: number): string => new Date(T0 + ms).toISOString();
/** A clock that is at the end of the day of the new facts. */
const today = after(NOW + 20 * 3_600_000);
const aMachine = () => machine({ now: today });

/** Everything that a person can add up, by every group that sums are kept by, and every score. */
async function totals(mac: Machine) {
  const by = async (group: string) => rowsOf(mac, 'report', '--days', 'all', '--by', group);
  const groups: Record<string, unknown> = {};
  for (const group of ['day', 'week', 'month', 'tool', 'model', 'project', 'branch', 'source', 'session', 'machine', 'endpoint'])
    groups[group] = (await by(group)).map(({ anomalies: _anomalies, ...row }) => row);
  const scores = (await rowsOf(mac, 'tools')).map(
    ({ median_ms: _median, p95_ms: _p95, p99_ms: _p99, median_exact: _exact, ...row }) => row,
  );
  const servers = (await rowsOf(mac, 'tools', '--by', 'server')).length;
  return {
    groups,
    scores,
    servers,
    sessions: (await rowsOf(mac, 'sessions', '--days', 'all')).map(({ session, total_tokens, cost_usd, models, first_at, last_at }) => ({
      session,
      total_tokens,
      cost_usd,
      models,
      first_at,
      last_at,
    })),
  };
}

const count = (mac: Machine, table: string): number => Number(mac.sql(`select count(*) as n from ${table}`)[0]?.['n']);

test('E70: without days, and with 0, nothing goes; what is no positive whole number is wrong usage', async () => {
  const mac = aMachine();
  writeOld(mac);
  await mac.json('import');
  const before = factsOf(mac);
  for (const argv of [['prune'], ['prune', '--apply'], ['prune', '--days', '0', '--apply']])
    expect(await mac.json(...argv)).toMatchObject({ cutoff: null, rows: [], bytes_freed: 0, applied: false });
  for (const days of ['-1', '1.5', 'all', ''])
    expect(await mac.usage('prune', `--days=${days}`, '--apply')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('is not a whole number of days'),
    });
  expect(factsOf(mac)).toBe(before);
});

test.each(['UTC', 'Asia/Kolkata', 'America/St_Johns'])(
  'E70: a fact exactly at the cutoff stays, 1 ms older goes (%s)',
  async (timeZone) => {
    const mac = machine({ now: today, timeZone });
    writeLog(mac, 's.jsonl', [response(NOW, 'msg_new')]);
    await mac.json('import');
    const { cutoff } = await mac.json('prune', '--days', '30');
    const at = Date.parse(String(cutoff)) - T0;
    expect(Date.parse(today) - T0 - at).toBeGreaterThanOrEqual(30 * DAY);
    const local = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(T0 + at);
    expect(local).toBe('00:00:00');
    writeLog(mac, 't.jsonl', [start('toolu_at', at, { message: 'msg_at' }), start('toolu_before', at - 1, { message: 'msg_before' })]);
    await mac.json('import');
    await mac.json('prune', '--days', '30', '--apply');
    expect(mac.sql('select key from tool_calls').map(({ key }) => key)).toEqual(['toolu_at']);
    expect(mac.sql('select key from requests order by key').map(({ key }) => key)).toEqual(['msg_at', 'msg_new']);
  },
);

test('E71: old facts go, new ones stay, a second run removes nothing; sessions and totals are as before', async () => {
  const mac = aMachine();
  writeOld(mac);
  writeNew(mac);
  await mac.json('import');
  const before = await totals(mac);
  const { rows, applied } = await mac.json('prune', '--days', '30', '--apply');
  expect(applied).toBe(true);
  expect(rows).toMatchObject([
    { table: 'turns', rows: 1 },
    { table: 'requests', rows: 1 },
    { table: 'tool_calls', rows: 2 },
  ]);
  expect(mac.sql('select key from tool_calls').map(({ key }) => key)).toEqual(['toolu_c']);
  expect(count(mac, 'sessions')).toBe(2);
  expect(await totals(mac)).toEqual(before);
  expect(await mac.json('prune', '--days', '30', '--apply')).toMatchObject({ rows: [], bytes_freed: 0 });
  expect((await mac.usage('status', '--verify')).code).toBe(0);
});

test('E72: neither a second import nor a rebuild brings pruned facts back; the sums of sealed days stay', async () => {
  const mac = aMachine();
  const old = writeOld(mac);
  writeNew(mac);
  await mac.json('import');
  const before = await totals(mac);
  await mac.json('prune', '--days', '30', '--apply');
  const facts = factsOf(mac);
  expect(
    mac.sql(
      'select day - (select cast(value as integer) from meta where key = ?) < 0 as sealed, sum(calls) as calls from rollup_durations group by 1',
      'floor_day',
    ),
  ).toEqual([{ sealed: 1, calls: 2 }]);
  const sums = mac.sql('select * from rollup_durations union all select day, session_id, tool_id, model_id, calls, ok from rollup_calls');

  renameSync(old, old.replace('old.jsonl', 'renamed.jsonl'));
  writeOld(mac); // a copy
  expect(await mac.json('import')).toMatchObject({ events_new: 0, events_skipped: 8 });
  expect(factsOf(mac)).toBe(facts);
  expect(await mac.json('import', '--rebuild')).toMatchObject({ events_skipped: 8, calls_total: 3, requests_total: 2 });
  expect(factsOf(mac)).toBe(facts);
  expect(
    mac.sql('select * from rollup_durations union all select day, session_id, tool_id, model_id, calls, ok from rollup_calls'),
  ).toEqual(sums);
  expect(await totals(mac)).toEqual(before);
  expect((await mac.usage('status', '--verify')).code).toBe(0);
});

test('E72: percentiles of a sealed span come from the histogram and are marked; those of whole facts are exact', async () => {
  const mac = aMachine();
  const durations = [1, 20, 300, 4000, 50_000, 61_000, 72_000];
  writeLog(
    mac,
    'old.jsonl',
    durations.flatMap((ms, n) => [start(`toolu_${n}`, n * 100_000, OLD), end(`toolu_${n}`, n * 100_000 + ms, 'ok', OLD)]),
  );
  writeLog(mac, 'new.jsonl', [start('toolu_n', NOW, { ...NEW, tool: 'Read' }), end('toolu_n', NOW + 125, 'ok', NEW)]);
  await mac.json('import');
  const [exact] = await rowsOf(mac, 'tools', '--tool', 'Bash');
  expect(exact).toMatchObject({ duration_n: 7, median_ms: 4000, p95_ms: 72_000, median_exact: true });
  await mac.json('prune', '--days', '30', '--apply');
  for (const how of [[], ['--tool', 'Bash'], ['--days', '365']] as const) {
    const rows = await rowsOf(mac, 'tools', ...how);
    const bash = rows.find(({ tool }) => tool === 'Bash');
    expect(bash).toMatchObject({ calls: 7, ok: 7, duration_n: 7, median_exact: false });
    for (const field of ['median_ms', 'p95_ms', 'p99_ms'] as const) {
      const [now, then] = [Number(bash?.[field]), Number(exact?.[field])];
      expect(Math.abs(now - then) / then).toBeLessThan(0.01);
    }
    if (how.length === 0) expect(rows.find(({ tool }) => tool === 'Read')).toMatchObject({ median_ms: 125, median_exact: true });
  }
  expect((await rowsOf(mac, 'tools', '--days', '30')).map(({ tool, median_exact }) => [tool, median_exact])).toEqual([['Read', true]]);
  const { stdout } = await mac.usage('tools');
  expect(stdout).toMatch(/Bash .*≈4\.0 s/);
  expect(stdout).toMatch(/Read .* 125 ms/);
  expect(stdout).toContain('≈ within 1 %');
  expect((await mac.usage('tools', 'Bash')).stdout).toMatch(/≈ median 4\.0 s/);
});

test('E72: what needs facts that were pruned says from which day on it is whole', async () => {
  const mac = aMachine();
  writeOld(mac);
  writeNew(mac);
  await mac.json('import');
  await mac.json('prune', '--days', '30', '--apply');
  const note = 'begin on 2026-08-10: of the days before only sums are kept';
  const said = async (...argv: readonly string[]) => (await mac.usage(...argv)).stdout.replaceAll(/\s+/g, ' ').includes(note);
  for (const argv of [
    ['report', '--days', 'all', '--raw'],
    ['report', '--days', 'all', '--by', 'hour'],
    ['report', '--days', 'all', '--by', 'status'],
    ['report', '--days', 'all', '--timezone', 'Asia/Kolkata'],
    ['report', '--since', '2026-06-01T00:00:00Z', '--until', '2026-09-09T12:00:00Z'],
    ['report', '--days', 'all', '--model', 'claude*'],
    ['tools', '--by', 'skill'],
    ['tools', '--timezone', 'Asia/Kolkata', '--days', '365'],
    ['tools', '--compare', '--days', '80'],
    ['tools', 'Bash'],
    ['errors', '--days', '365'],
    ['context'],
    ['dead-weight'],
    ['session', 'old-session'],
    ['sessions', '--days', 'all'],
  ])
    expect([argv, await said(...argv)]).toEqual([argv, true]);
  for (const argv of [
    ['report', '--days', 'all'],
    ['report', '--days', '30', '--raw'],
    ['tools'],
    ['tools', '--by', 'server'],
    ['errors', '--days', '30'],
    ['session', 'new-session'],
    ['sessions', '--days', '30'],
  ])
    expect([argv, await said(...argv)]).toEqual([argv, false]);
  expect(await rowsOf(mac, 'sessions', '--days', 'all')).toMatchObject([
    { session: 'new-session', state: 'completed', compactions: 0 },
    { session: 'old-session', state: null, compactions: null, tool_calls: 2 },
  ]);
});

test('E72: a fact that began before the floor does not come in by its late half, nor by a copy of a pruned one', async () => {
  const mac = aMachine();
  const log = writeLog(mac, 's.jsonl', [
    start('toolu_open', 0, { ...OLD, message: 'msg_open' }),
    response(1000, 'msg_slow', { input: 10, output: 1 }, OLD),
  ]);
  await mac.json('import');
  await mac.json('prune', '--days', '30', '--apply');
  appendLog(log, [end('toolu_open', NOW, 'ok', OLD), response(NOW, 'msg_slow', { input: 10, output: 90 }, OLD)]);
  writeLog(mac, 'copy.jsonl', [start('toolu_open', NOW, { ...NEW, message: 'msg_open' })]);
  // One that the store never had: its first half is older than the floor, its end is not.
  writeLog(mac, 'late.jsonl', [start('toolu_never', 500, { ...OLD, message: 'msg_never' }), end('toolu_never', NOW, 'ok', OLD)]);
  expect(await mac.json('import')).toMatchObject({ events_new: 0, events_skipped: 5 });
  for (const table of ['tool_calls', 'requests']) expect(count(mac, table)).toBe(0);
  await mac.json('import', '--rebuild');
  for (const table of ['tool_calls', 'requests']) expect(count(mac, table)).toBe(0);
  expect(await rowsOf(mac, 'report', '--days', 'all')).toMatchObject([
    { group: '2026-09-09', requests: 0, tool_calls: 0 },
    { group: '2026-06-01', requests: 2, tool_calls: 1, total_tokens: 11 },
  ]);
  expect((await mac.usage('status', '--verify')).code).toBe(0);
});

test('E72: what another session tells of a fact that was never in the store is a fact of its own', async () => {
  const facts = async (first: 'old' | 'copy') => {
    const mac = aMachine();
    await mac.json('import');
    writeNew(mac);
    await mac.json('import');
    await mac.json('prune', '--days', '30', '--apply');
    const write = {
      old: () => writeLog(mac, 'old.jsonl', [start('toolu_x', 0, { ...OLD, message: 'msg_x' })]),
      copy: () => writeLog(mac, 'copy.jsonl', [start('toolu_x', NOW, { ...NEW, message: 'msg_x' })]),
    };
    for (const which of first === 'old' ? (['old', 'copy'] as const) : (['copy', 'old'] as const)) {
      write[which]();
      await mac.json('import');
    }
    return factsOf(mac);
  };
  expect(await facts('old')).toBe(await facts('copy'));
});

test('E72: a request stays as long as one of its calls does, and its cost is divided as before', async () => {
  const mac = aMachine();
  const edge = Date.parse(String((await mac.json('prune', '--days', '30'))['cutoff'])) - T0;
  const session = { session: 'at-midnight' };
  writeLog(mac, 's.jsonl', [
    prompt(edge - 3000, 'turn it', session),
    response(edge - 2000, 'msg_m', { input: 1000, output: 100 }, { ...session, calls: [{ id: 'toolu_1', name: 'Bash' }] }),
    response(edge + 2000, 'msg_m', { input: 1000, output: 100 }, { ...session, calls: [{ id: 'toolu_2', name: 'Read' }] }),
    end('toolu_1', edge - 1000, 'ok', session),
    end('toolu_2', edge + 9000, 'ok', session),
  ]);
  await mac.json('import');
  const before = await totals(mac);
  await mac.json('prune', '--days', '30', '--apply');
  expect(count(mac, 'requests')).toBe(1);
  for (const how of [[], ['--rebuild']]) {
    await mac.json('import', ...how);
    expect(await totals(mac)).toEqual(before);
    expect((await mac.usage('status', '--verify')).code).toBe(0);
  }
  await mac.json('prune', '--days', '29', '--apply');
  expect(count(mac, 'requests') + count(mac, 'tool_calls') + count(mac, 'turns')).toBe(0);
  expect(await totals(mac)).toEqual(before);
});

test('E73: undated facts age by when they were imported; running calls older than the cutoff go too', async () => {
  const mac = aMachine();
  const log = writeLog(mac, 's.jsonl', [
    start('toolu_undated', null, { ...OLD, message: 'msg_undated' }),
    end('toolu_undated', null, 'ok', OLD),
    start('toolu_running', 0, { ...OLD, message: 'msg_running' }),
  ]);
  await mac.json('import', '--now', after(0));
  appendLog(log, [start('toolu_later', null, { ...OLD, message: 'msg_later' })]);
  await mac.json('import', '--now', after(90 * DAY));
  await mac.json('import', '--rebuild', '--now', after(91 * DAY));
  const before = await totals(mac);
  expect(await mac.json('prune', '--days', '30', '--apply')).toMatchObject({
    rows: [
      { table: 'requests', rows: 2 },
      { table: 'tool_calls', rows: 2 },
    ],
  });
  expect(mac.sql('select key from tool_calls')).toEqual([{ key: 'toolu_later' }]);
  expect(await totals(mac)).toEqual(before);
  await mac.json('import', '--rebuild');
  expect(mac.sql('select key from tool_calls')).toEqual([{ key: 'toolu_later' }]);
  expect(await totals(mac)).toEqual(before);
  expect((await mac.usage('status', '--verify')).code).toBe(0);
  await mac.json('prune', '--days', '30', '--apply', '--now', after(150 * DAY));
  expect(count(mac, 'tool_calls')).toBe(0);
  expect((await totals(mac)).groups).toEqual(before.groups);
});

test('E74: a plan prints the numbers of the deed and changes nothing', async () => {
  const mac = aMachine();
  for (let n = 0; n < 20; n++) {
    const session = { session: `session-${n}` };
    writeLog(
      mac,
      `${n}.jsonl`,
      Array.from({ length: 60 }, (_, k) => start(`toolu_${n}_${k}`, n * 5 * DAY + k * 1000, session)),
    );
  }
  await mac.json('import');
  rmSync(`${mac.home}/.claude/projects/-home-ada-work-lathe/0.jsonl`);
  await mac.json('import');
  const bytes = readFileSync(mac.db);
  const plan = await mac.json('prune', '--days', '30');
  expect(readFileSync(mac.db).equals(bytes)).toBe(true);
  const { disk_bytes_freed: disk, ...deed } = await mac.json('prune', '--days', '30', '--apply');
  expect({ ...deed, applied: false }).toEqual({ ...plan, disk_bytes_freed: undefined });
  expect(Number(disk)).toBe(bytes.length - statSync(mac.db).size);
  expect(Number(disk)).toBeGreaterThan(100_000);
  const { rows } = plan;
  expect(rows).toEqual(expect.arrayContaining([{ table: 'tool_calls', rows: 14 * 60, bytes: expect.any(Number) }]));
});

test('a plan makes no store; a store that cannot shrink says so', async () => {
  const mac = aMachine();
  expect(await mac.json('prune', '--days', '30')).toMatchObject({ rows: [], applied: false });
  expect(statSync(mac.db, { throwIfNoEntry: false })).toBeUndefined();
  writeOld(mac);
  await mac.json('import');
  const db = new Sqlite(mac.db);
  db.pragma('journal_mode = delete');
  db.pragma('auto_vacuum = none');
  db.exec('vacuum');
  db.close();
  const { code, stdout } = await mac.usage('prune', '--days', '30', '--apply');
  expect(code).toBe(0);
  expect(stdout).toContain('cannot shrink it');
});

test('an import ends with a prune where days are kept, and counts what it pruned', async () => {
  const mac = machine({ now: today, env: { USAGE_KEEP_DAYS: '30' } });
  writeOld(mac);
  writeNew(mac);
  expect(await mac.json('import', '--dry-run')).toMatchObject({ rows_pruned: 4 });
  expect(await mac.json('import')).toMatchObject({ events_new: 7, rows_pruned: 4, calls_total: 3 });
  expect(await mac.json('import')).toMatchObject({ events_new: 0, rows_pruned: 0 });
  expect(mac.sql('select key from tool_calls')).toEqual([{ key: 'toolu_c' }]);
  expect(await rowsOf(mac, 'report', '--days', 'all')).toMatchObject([{ tool_calls: 1 }, { tool_calls: 2 }]);
  const wrong = machine({ now: today, env: { USAGE_KEEP_DAYS: '-3' } });
  expect(await wrong.usage('import')).toMatchObject({ code: 2, stderr: expect.stringContaining('USAGE_KEEP_DAYS=-3') });
});

test('while sums are still to be made, reports over sealed days are whole', async () => {
  const mac = aMachine();
  writeOld(mac);
  writeNew(mac);
  await mac.json('import');
  await mac.json('prune', '--days', '30', '--apply');
  const before = await totals(mac);
  const db = new Sqlite(mac.db);
  db.exec(`insert or ignore into rollup_queue select day, session_id from rollup_calls; insert into score_queue select id from tools;
    update rollup_requests set input_tokens = 0 where day > ${T0 / DAY + 50}`);
  db.close();
  const now = await totals(mac);
  // Of how many sessions a tool or a model has is known again when the sums are made.
  const strip = (groups: Record<string, unknown>) =>
    JSON.parse(JSON.stringify(groups, (key, value) => (key === 'sessions' ? undefined : value)));
  expect(strip(now.groups)).toEqual(strip(before.groups));
  expect(now.scores).toEqual(before.scores);
});

/** Requests and tokens of all days, from the sums and from status. */
const whole = async (mac: Machine) => {
  expect((await mac.usage('status', '--verify')).code).toBe(0);
  const {
    requests,
    tool_calls: calls,
    total_tokens: tokens,
  } = JSON.parse(JSON.stringify((await mac.json('report', '--days', 'all'))['summary']));
  return { requests, calls, tokens };
};

test('E72: a fact does not move into a sealed day when it turns out to be of an older session', async () => {
  const mac = aMachine();
  const shared = (at: number, session: object) =>
    response(at, 'msg_shared', { input: 10 }, { ...session, calls: [{ id: 'toolu_shared', name: 'Bash' }] });
  writeLog(mac, 'a.jsonl', [shared(0, OLD), response(NOW + 2 * 3_600_000, 'msg_a', { input: 5 }, OLD)]);
  const later = writeLog(mac, 'b.jsonl', [shared(NOW, NEW), response(NOW + 1000, 'msg_b', { input: 5 }, NEW)]);
  await mac.json('import');
  const owner = () => mac.sql(`select s.key from requests r join sessions s on s.id = r.session_id where r.key = 'msg_shared'`);
  expect(owner()).toEqual([{ key: 'new-session' }]);
  await mac.json('prune', '--days', '30', '--apply');
  // From here on the log of the older session ends first, which would make it the owner.
  appendLog(later, [response(NOW + 5 * 3_600_000, 'msg_c', { input: 5 }, NEW)]);
  await mac.json('import');
  expect(await whole(mac)).toEqual({ requests: 4, calls: 1, tokens: 25 });
  await mac.json('import', '--rebuild');
  expect(await whole(mac)).toEqual({ requests: 4, calls: 1, tokens: 25 });
  expect(owner()).toEqual([{ key: 'new-session' }]);
});

test('E72: what is left of a sealed day stays as it was, whoever tells more of it', async () => {
  const mac = aMachine();
  const edge = Date.parse(String((await mac.json('prune', '--days', '30'))['cutoff'])) - T0;
  const request = (at: number, call: string, output: number, session: object) =>
    response(at, 'msg_edge', { input: 10, output }, { ...session, calls: [{ id: call, name: 'Bash' }] });
  const first = writeLog(mac, 'a.jsonl', [request(edge - 2000, 'toolu_1', 1, OLD), request(edge + 2000, 'toolu_2', 5, OLD)]);
  writeLog(mac, 'b.jsonl', [request(edge + 9000, 'toolu_1', 5, NEW)]);
  await mac.json('import');
  await mac.json('prune', '--days', '30', '--apply');
  expect(count(mac, 'requests')).toBe(1);
  const before = await whole(mac);
  expect(before).toEqual({ requests: 1, calls: 2, tokens: 15 });
  appendLog(first, [request(edge + 20_000, 'toolu_2', 900, OLD), prompt(NOW, 'more', { ...OLD, uuid: 'turn-more' })]);
  writeLog(mac, 'c.jsonl', [request(NOW, 'toolu_1', 70, { session: 'third-session' })]);
  for (const how of [[], ['--rebuild']]) {
    await mac.json('import', ...how);
    expect(await whole(mac)).toEqual(before);
  }
});

test('E72: a session of which only sums are left stays, also when its log tells nothing any more', async () => {
  const mac = aMachine();
  writeLog(mac, 's.jsonl', [start('toolu_undated', null, { ...OLD, message: 'msg_undated' })]);
  await mac.json('import', '--now', after(0));
  await mac.json('prune', '--days', '30', '--apply');
  const silent = { ...claude, open: (...args: Parameters<typeof claude.open>) => ({ ...claude.open(...args), read: () => [] }) };
  await importDirectly(mac, { sources: [silent], rebuild: true });
  expect(await rowsOf(mac, 'report', '--days', 'all', '--by', 'session')).toMatchObject([{ group: 'old-session', tool_calls: 1 }]);
});

test('a store whose open days had histograms of durations keeps those of sealed days alone', () => {
  const db = new Sqlite(':memory:');
  migrate(db);
  const insert = db.prepare('insert into rollup_durations (day, session_id, tool_id, model_id, bucket, calls) values (?, 1, 1, 0, 5, 1)');
  const left = (): unknown[] => db.prepare('select day from rollup_durations order by 1').pluck().all();
  const days = [SEALED_UNDATED_DAY, UNDATED_DAY, 19_999, 20_000];
  const again = (): void => {
    db.exec('delete from rollup_durations');
    for (const day of days) insert.run(day);
    db.exec(openDays.sql);
  };
  again();
  expect(left()).toEqual([]);
  db.exec("insert into meta values ('floor_day', '20000'), ('floor_at', '1728000000000')");
  again();
  expect(left()).toEqual([SEALED_UNDATED_DAY, 19_999]);
  db.close();
});
