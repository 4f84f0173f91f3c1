import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findLogs } from '../../src/import/find-logs.ts';
import { openSettling } from '../../src/import/settled.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { openStore } from '../../src/store/store.ts';
import { logPath, logText, prompt, response, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { importDirectly } from './directly.ts';

const NAMES = ['a', 'b', 'c'];
const lines = (n: number): string => logText([prompt(n * 1000, 'go on'), response(n * 1000 + 1, `msg_${n}`, { input: n })]);

/** What may happen to a log between two runs. */
const CHANGES: Readonly<Record<string, (path: string, n: number) => void>> = {
  append: (path, n) => appendFileSync(path, lines(n)),
  'write anew': (path, n) => writeFileSync(path, lines(n)),
  'change in place': (path) => {
    const { atime, mtimeMs } = statSync(path);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('go on', 'on go'));
    utimesSync(path, atime, new Date(mtimeMs + 1000));
  },
  touch: (path) => utimesSync(path, new Date(), new Date(Date.parse('2026-06-02T00:00:00Z'))),
  remove: (path) => rmSync(path),
  rename: (path, n) => renameSync(path, path.replace(/[^/]+$/, `moved-${n}.jsonl`)),
  nothing: () => {},
};

const change = (path: string, what: string, n: number): void => {
  if (existsSync(path)) CHANGES[what]?.(path, n);
  else if (what === 'append') writeFileSync(path, lines(n));
};

const forgetSettled = ({ db }: Machine): void => {
  const store = new Sqlite(db);
  store.exec(`delete from meta where key = 'settled_logs'`);
  store.close();
};

const settledIn = (mac: Machine): unknown => mac.sql(`select value from meta where key = 'settled_logs'`)[0]?.['value'];

/** What differs between a run that looked at each log and one that did not have to. */
const WORK = { statements: 0, duration_ms: 0 };
const said = ({ home }: Machine, answer: Record<string, unknown>): string => JSON.stringify({ ...answer, ...WORK }).replaceAll(home, '~');

test('a run that finds all logs settled says what one says that compares each of them', async () => {
  const step = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...Object.keys(CHANGES)));
  const holds = async (steps: readonly (readonly [string, string])[]): Promise<void> => {
    const [settling, looking] = [machine(), machine()];
    for (const mac of [settling, looking]) for (const [n, name] of NAMES.entries()) writeLog(mac, `${name}.jsonl`, [lines(n).trimEnd()]);
    for (const [n, [name, what]] of steps.entries()) {
      for (const mac of [settling, looking]) change(logPath(mac, `${name}.jsonl`), what, n + NAMES.length);
      const kept: unknown[] = [];
      for (let run = 0; run < 3; run += 1) {
        if (n + run > 0) forgetSettled(looking);
        const [one, other] = [await settling.json('import'), await looking.json('import')];
        expect(said(settling, one), JSON.stringify(steps)).toBe(said(looking, other));
        kept.push(settledIn(settling));
      }
      forgetSettled(settling);
      await settling.json('import');
      // What a run makes of the sum that it found is what one makes that compares each log.
      expect(kept, JSON.stringify(steps)).toEqual([settledIn(settling), settledIn(settling), settledIn(settling)]);
    }
    for (const rows of [
      'select state, offset_bytes, line from log_files order by 1, 2, 3',
      'select key, input_tokens from requests order by 1',
    ])
      expect(settling.sql(rows)).toEqual(looking.sql(rows));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), holds), { numRuns: 25 });
});

test('where all logs are settled not one of them is compared', async () => {
  const mac = machine();
  for (const name of NAMES) writeLog(mac, `${name}.jsonl`, [prompt(0, 'go on')]);
  await mac.json('import');
  forgetSettled(mac);
  const runs = [await mac.json('import'), await mac.json('import')];
  const [looked, settled] = runs.map(({ statements }) => Number(statements));
  expect(runs[1]).toMatchObject({ files_found: 3, files_unchanged: 3, files_opened: 0 });
  expect(settled).toBeLessThan(looked ?? 0);
});

test('of a log that grew, one that is new and two that are as they were, the first two are looked up alone', async () => {
  const mac = machine();
  const [grown = ''] = NAMES.map((name, n) => writeLog(mac, `${name}.jsonl`, [lines(n).trimEnd()]));
  await importDirectly(mac);
  const plan = async (changedMsLater = 0) => {
    const found = await findLogs({ sources: [claude], paths: [], roots: [], context: { env: {}, home: mac.home }, cwd: mac.home });
    const store = openStore(mac.db, { timeZone: 'UTC' });
    try {
      const logs = found.logs.map((log) => ({ ...log, stat: { ...log.stat, changedMs: log.stat.changedMs + changedMsLater } }));
      return openSettling({ ...found, logs }).plan(store.files);
    } finally {
      store.close();
    }
  };
  expect(await plan()).toMatchObject({ unchanged: 3, toRead: [] });
  // By a clock that went back: they have another time, and not a later one.
  expect(await plan(-60_000)).toBeUndefined();
  appendFileSync(grown, lines(7));
  const added = writeLog(mac, 'd.jsonl', [lines(8).trimEnd()]);
  const planned = await plan();
  expect(planned).toMatchObject({ unchanged: 2, vanished: [], found: [] });
  expect(planned?.toRead.map(({ log, known }) => [log.path, known?.path])).toEqual([
    [grown, grown],
    [added, undefined],
  ]);
  rmSync(added);
  writeLog(mac, 'b.jsonl', [lines(9).trimEnd()]);
  expect(await plan()).toMatchObject({ unchanged: 1 });
  rmSync(grown);
  expect(await plan()).toBeUndefined();
});

test('a log that is changed in place, with its size and its time as they were, is looked at again', async () => {
  const mac = machine();
  const at = new Date('2026-06-02T00:00:00Z');
  const write = (text: string): void => {
    utimesSync(writeLog(mac, 'a.jsonl', [prompt(0, text)]), at, at);
  };
  write('go on');
  for (let run = 0; run < 3; run += 1) await mac.json('import');
  write('on go');
  expect(await mac.json('import')).toMatchObject({ files_opened: 1, files_unchanged: 0 });
});

test('a log of a forgotten session that appears beside settled ones is opened once', async () => {
  const mac = machine();
  const session = '22222222-2222-4222-8222-222222222222';
  writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  writeLog(mac, `${session}.jsonl`, [prompt(0, 'go on', { session })]);
  await mac.json('import');
  expect((await mac.usage('forget', '--session', session, '--yes')).code).toBe(0);
  for (let run = 0; run < 2; run += 1) await mac.json('import');
  writeLog(mac, `${session}-again.jsonl`, [prompt(1000, 'go on', { session })]);
  const opened = [];
  for (let run = 0; run < 3; run += 1) opened.push((await mac.json('import'))['files_opened']);
  expect(opened).toEqual([1, 0, 0]);
});

test('paths of settled logs are shown again when they may be', async () => {
  const mac = machine();
  const path = writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  const shown = () => mac.sql('select path from log_files').map((row) => row['path']);
  await mac.usage('config', 'set', 'labels', 'hashed');
  for (let run = 0; run < 3; run += 1) await mac.json('import');
  expect(shown()).not.toEqual([path]);
  await mac.usage('config', 'set', 'labels', 'full_path');
  await mac.json('import');
  expect(shown()).toEqual([path]);
});

test('a rebuild reads all logs again, settled or not', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  for (let run = 0; run < 2; run += 1) await mac.json('import');
  expect(await mac.json('import', '--rebuild')).toMatchObject({ files_opened: 1, files_unchanged: 0 });
});

test('another version of a reader reads all logs again, settled or not', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  for (let run = 0; run < 3; run += 1) await importDirectly(mac, { sources: [claude] });
  const next = { ...claude, parserVersion: claude.parserVersion + 1 };
  expect(await importDirectly(mac, { sources: [next] })).toMatchObject({ filesOpened: 1, filesUnchanged: 0 });
});

test('a log that was known below another root is missed when that root is looked into again', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  const aside = join(mac.home, 'aside');
  mkdirSync(aside);
  writeFileSync(join(aside, 'b.jsonl'), lines(1));
  const [own, both] = [['.claude'], ['.claude', 'aside']].map((roots) => roots.flatMap((root) => ['--root', join(mac.home, root)]));
  await mac.json('import', ...(both ?? []));
  rmSync(join(aside, 'b.jsonl'));
  await mac.json('import', ...(own ?? []));
  expect(await mac.json('import', ...(own ?? []))).toMatchObject({ files_gone: 0 });
  expect(await mac.json('import', ...(both ?? []))).toMatchObject({ files_gone: 1 });
});

const ADD = `
  create temp table one as select * from log_files;
  update one set id = id + 100, path = 'b';
  insert into log_files select * from one;
  drop table one`;

test('rows of logs that anything else changes are looked at again', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [prompt(0, 'go on')]);
  for (let run = 0; run < 2; run += 1) await mac.json('import');
  const settled = () => mac.sql(`select count(*) as n from meta where key = 'settled_logs'`)[0]?.['n'];
  expect(settled()).toBe(1);
  expect((await mac.usage('config', 'set', 'labels', 'hashed')).code).toBe(0);
  await mac.json('import');
  expect(await mac.json('import')).toMatchObject({ files_unchanged: 1, files_gone: 0 });
  expect(settled()).toBe(1);
  const store = new Sqlite(mac.db);
  for (const sql of [ADD, 'update log_files set line = line', 'delete from log_files']) {
    store.exec(`pragma foreign_keys = off; insert or replace into meta values ('settled_logs', 'x'); ${sql}`);
    expect(settled()).toBe(0);
  }
  store.close();
  expect(await mac.json('import')).toMatchObject({ files_opened: 1 });
});
