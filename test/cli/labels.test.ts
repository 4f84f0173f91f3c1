import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendLog, end, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

const APP = '-a-my-app';
const OTHER = '-b-my-app';
const at = (cwd: string, n: number) => ({ cwd, session: `${n}`.repeat(8) + '-1111-4111-8111-111111111111' });

/** Two projects of one name, a memory file that was read, a log that is gone. */
async function imported(mac: Machine): Promise<readonly [string, string]> {
  const read = { tool: 'Read', input: { file_path: '/a/my-app/CLAUDE.md' } };
  const first = writeLog(
    mac,
    'first.jsonl',
    [start('toolu_1', 0, { ...at('/a/my-app', 1), ...read }), end('toolu_1', 5, 'ok', at('/a/my-app', 1))],
    APP,
  );
  const second = writeLog(
    mac,
    'second.jsonl',
    [start('toolu_2', 9, at('/b/my-app', 2)), 'no json /b/my-app', end('toolu_2', 12, 'ok', at('/b/my-app', 2))],
    OTHER,
  );
  const gone = writeLog(
    mac,
    'gone.jsonl',
    [start('toolu_3', 20, at('/c/vanished', 3)), end('toolu_3', 25, 'ok', at('/c/vanished', 3))],
    '-c-vanished',
  );
  await mac.json('import');
  rmSync(gone);
  await mac.json('import');
  return [first, second];
}

/** All bytes of the store and what stands beside it. */
const bytesOf = (mac: Machine): string =>
  readdirSync(dirname(mac.db))
    .map((name) => readFileSync(join(dirname(mac.db), name), 'latin1'))
    .join('\n');

const groups = async (mac: Machine) => {
  const { rows } = await mac.json('report', '--days', 'all', '--by', 'project');
  return Array.isArray(rows)
    ? rows.map((row) => [row.sessions, row.tool_calls]).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
    : [];
};

const names = async (mac: Machine): Promise<readonly string[]> => {
  const { rows } = await mac.json('report', '--days', 'all', '--by', 'project');
  return Array.isArray(rows) ? rows.map((row) => String(row.project ?? row.group)).sort() : [];
};

const WORDS = ['my-app', 'vanished', 'first.jsonl', 'second.jsonl', 'gone.jsonl', '.claude', 'CLAUDE.md'];

describe('82: labels', () => {
  test('hashed: no byte of a path is left, also of logs that are gone; groups stay, and each machine has hashes of its own', async () => {
    const [mac, other] = [machine(), machine()];
    await imported(mac);
    await imported(other);
    for (const word of WORDS) expect(bytesOf(mac)).toContain(word);
    const before = await groups(mac);
    for (const each of [mac, other]) {
      expect(await each.usage('config', 'set', 'labels', 'hashed')).toMatchObject({ code: 0, stderr: '' });
    }
    for (const word of [...WORDS, mac.home, 'main']) expect(bytesOf(mac), word).not.toContain(word);
    expect(await groups(mac)).toEqual(before);
    expect(await names(mac)).toHaveLength(3);
    expect(new Set([...(await names(mac)), ...(await names(other))]).size).toBe(6);
  });

  test('hashed: what copies say of a call is, too, where they say what its row says and where they do not', async () => {
    const mac = machine();
    const same = () =>
      mac.sql(`select said is null as same from sightings where fact = 'call' order by session_id`).map((row) => row['same']);
    const read = { tool: 'Read', input: { file_path: '/a/my-app/CLAUDE.md' } };
    for (const [session, time] of [
      [1, 5],
      [2, 5],
      [3, 90],
    ] as const) {
      const where = at('/a/my-app', session);
      writeLog(mac, `${session}.jsonl`, [start('toolu_1', time, { ...where, ...read }), end('toolu_1', time + 5, 'ok', where)], APP);
    }
    await mac.json('import');
    expect(same()).toEqual([1, 1, 0]);
    expect(bytesOf(mac)).toContain('CLAUDE.md');
    expect(await mac.usage('config', 'set', 'labels', 'hashed')).toMatchObject({ code: 0, stderr: '' });
    expect(bytesOf(mac)).not.toContain('CLAUDE.md');
    expect(same()).toEqual([1, 1, 0]);
  });

  test('imports afterwards keep labels only, and open nothing that they know', async () => {
    const mac = machine();
    const [first, second] = await imported(mac);
    await mac.usage('config', 'set', 'labels', 'hashed');
    expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 2, files_gone: 0 });
    renameSync(second, join(dirname(second), 'renamed.jsonl'));
    appendLog(first, [start('toolu_4', 40, at('/a/my-app', 1)), end('toolu_4', 45, 'ok', at('/a/my-app', 1))]);
    writeLog(mac, 'new.jsonl', [start('toolu_5', 60, at('/d/novel', 5)), 'broken'], '-d-novel');
    const report = await mac.usage('import', '--json');
    expect(JSON.parse(report.stdout)).toMatchObject({ files_opened: 3, files_gone: 0, lines_read: 4, events_new: 3, issue_count: 1 });
    const outputs = [
      report,
      await mac.usage('status', '--issues'),
      await mac.usage('export'),
      await mac.usage('sessions', '--days', 'all', '--json'),
    ];
    for (const word of [...WORDS, 'renamed.jsonl', 'new.jsonl', 'novel']) {
      expect(bytesOf(mac), word).not.toContain(word);
      for (const { stdout, stderr } of outputs) expect(stdout + stderr, word).not.toContain(word);
    }
    expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 3 });
    rmSync(first);
    expect(await mac.json('import')).toMatchObject({ files_gone: 1 });
  });

  test('a rebuild of a hashed store gives the same facts under the same names', async () => {
    const mac = machine();
    await imported(mac);
    await mac.usage('config', 'set', 'labels', 'hashed');
    const before = (await mac.usage('export')).stdout;
    await mac.json('import', '--rebuild');
    expect((await mac.usage('export')).stdout).toBe(before);
  });

  test('paths come back with the logs that are still there', async () => {
    const mac = machine();
    await imported(mac);
    await mac.usage('config', 'set', 'labels', 'hashed');
    await mac.usage('config', 'set', 'labels', 'full_path');
    expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 2 });
    expect(mac.sql(`select count(*) as n from log_files where path like '/%'`)).toEqual([{ n: 2 }]);
    await mac.json('import', '--rebuild');
    const [hash, ...paths] = await names(mac);
    expect(paths).toEqual(['/a/my-app', '/b/my-app']);
    expect(hash).toMatch(/^#[0-9a-f]{12}$/);
  });

  test('a project is found by the path that a person types', async () => {
    const mac = machine();
    await imported(mac);
    for (const mode of ['full_path', 'basename', 'hashed']) {
      await mac.usage('config', 'set', 'labels', mode);
      expect(await mac.json('tools', '--project', '/b/my-app'), mode).toMatchObject({ rows: [{ tool: 'Bash', calls: 1 }] });
      expect(await mac.json('tools', '--project', '/x/my-app'), mode).toMatchObject({ rows: [] });
    }
  });
});

test('82: basename shows the last part of a path', async () => {
  const mac = machine();
  await imported(mac);
  await mac.usage('config', 'set', 'labels', 'basename');
  expect(await names(mac)).toContain('vanished');
  for (const word of ['/a/', '/b/', '/c/', mac.home]) expect(bytesOf(mac), word).not.toContain(word);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 2 });
});

test('83: two projects of one name stay two in every mode', async () => {
  for (const mode of ['full_path', 'basename', 'hashed']) {
    const [before, after] = [machine(), machine({ env: { USAGE_LABELS: mode } })];
    await imported(before);
    await before.usage('config', 'set', 'labels', mode);
    await imported(after);
    for (const mac of [before, after]) {
      expect(new Set(await names(mac)).size, mode).toBe(3);
      expect(await groups(mac)).toEqual([
        [1, 1],
        [1, 1],
        [1, 1],
      ]);
    }
  }
});

test('a project is forgotten by its path in a hashed store, and stays forgotten', async () => {
  const mac = machine();
  await imported(mac);
  await mac.usage('config', 'set', 'labels', 'hashed');
  expect((await mac.usage('forget', '--project', '/b/my-app', '--yes')).code).toBe(0);
  expect(await names(mac)).toHaveLength(2);
  await mac.json('import');
  await mac.json('import', '--rebuild');
  expect(await names(mac)).toHaveLength(2);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0 });
});
