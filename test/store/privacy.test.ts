import { cpSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Holding } from '../../src/store/holding.ts';
import { migrate } from '../../src/store/migrate.ts';
import { columnsOf, tablesOf } from '../../src/store/privacy-scan.ts';
import { HOLDINGS } from '../../src/store/privacy.ts';
import { machine, type Machine } from '../world.ts';

const SAID = 'Please write the letter to my landlord about the broken heating';
const described = Object.entries(HOLDINGS).flatMap(([table, groups]) =>
  Object.entries(groups).flatMap(([names, holding]) => names.split(' ').map((column) => ({ table, column, holding }))),
);

function freshStore(): Sqlite.Database {
  const db = new Sqlite(':memory:');
  migrate(db);
  return db;
}

describe('what is said of the columns', () => {
  test('every column of every table once, none that is not there', () => {
    const db = freshStore();
    const there = tablesOf(db).flatMap((table) => columnsOf(db, table).map((column) => `${table}.${column}`));
    expect(described.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(there.toSorted());
  });

  test('a column is described as numbers exactly where SQLite lets nothing but numbers in', () => {
    const db = freshStore();
    const strict = db.prepare<[], string>('select name from pragma_table_list where strict').pluck().all();
    expect(strict).toEqual(expect.arrayContaining([...tablesOf(db)]));
    const type = db.prepare<[string, string], string>('select type from pragma_table_info(?) where name = ?').pluck();
    for (const { table, column, holding } of described)
      expect([table, column, holding.isNumber === true]).toEqual([table, column, /^(?:INTEGER|REAL)$/.test(type.get(table, column) ?? '')]);
  });

  const texts = new Set<Holding>(described.flatMap(({ holding }) => (holding.isNumber === true ? [] : [holding])));
  test.each([...texts])('no text that was said is allowed as $holds', ({ allows, holds }) => {
    for (const text of ['two\nlines', 'a\u001b[2J', 'x'.repeat(5000), 'word '.repeat(2000)]) expect(allows(text), text).toBe(false);
    // What usage says of an import that failed is a sentence.
    if (!holds.startsWith('sentence of usage'))
      for (const text of [SAID, '大家さんに手紙を書いてください。']) expect(allows(text)).toBe(false);
    if (holds.includes('figures')) expect(allows(JSON.stringify({ tool: SAID }))).toBe(false);
  });
});

test('folders may be called by sentences, prompts may begin with a slash', () => {
  const { allows } = HOLDINGS['projects']?.['path'] ?? { allows: () => null };
  expect(allows('/home/ada/The letters that I wrote to my landlord in 2024')).toBe(true);
  expect(allows('C:\\Users\\ada\\The letters that I wrote to my landlord in 2024')).toBe(true);
  expect(allows('~/letters/The letters that I wrote to my landlord in 2024')).toBe(true);
  expect(allows(`/review ${SAID}/`)).toBe(false);
  expect(allows(SAID)).toBe(false);
});

async function withSample(): Promise<Machine> {
  const mac = machine();
  cpSync(new URL('../../fixtures/sample/home', import.meta.url), mac.home, { recursive: true });
  await mac.usage('import');
  return mac;
}

function change(mac: Machine, work: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(mac.db);
  work(db);
  db.close();
}

test('where paths are hashed, no column that can hold one does', async () => {
  const mac = await withSample();
  const values = (): readonly string[] =>
    described
      .filter(({ holding }) => /path|project|memory|branch/.test(holding.holds))
      .flatMap(({ table, column }) => mac.sql(`select distinct ${column} as value from ${table} where ${column} is not null`))
      .map(({ value }) => String(value));
  const isPath = (value: string): boolean => /home|lighthouse-log|main/.test(value);
  expect(values().filter(isPath).length).toBeGreaterThan(5);
  await mac.usage('config', 'set', 'labels', 'hashed');
  expect(values().filter(isPath)).toEqual([]);
  expect((await mac.json('doctor', '--privacy'))['alien']).toBe(0);
});

describe('usage doctor --privacy', () => {
  test('a store that is as it should be: nothing alien, exit 0', async () => {
    const mac = await withSample();
    const answer = await mac.json('doctor', '--privacy');
    expect(answer['alien']).toBe(0);
    const [tools] = mac.sql('select count(*) as rows, count(distinct name) as "distinct", max(length(name)) as longest from tools');
    expect(tools?.['rows']).toBeGreaterThan(10);
    expect(answer['rows']).toContainEqual({
      table: 'tools',
      columns: ['name'],
      holds: 'name of a tool, with its server',
      writer: 'log',
      rule: 'one line of at most 800 characters, no sentence',
      ...tools,
      alien: 0,
    });
  });

  test('before the first import it says what a store can hold', async () => {
    const { code, stdout } = await machine().usage('doctor', '--privacy');
    expect(code).toBe(0);
    expect(stdout).toContain('reader_state');
  });

  test('a text in any column that can hold one is found where it stands, and not shown', async () => {
    const mac = await withSample();
    const filled = described.filter(({ table, column, holding }) => {
      if (holding.isNumber === true || holding.holds.startsWith('sentence')) return false;
      return mac.sql(`select 1 from ${table} where ${column} is not null limit 1`).length > 0;
    });
    expect(filled.length).toBeGreaterThan(40);
    change(mac, (db) => {
      db.pragma('ignore_check_constraints = on');
      for (const { table, column } of filled) {
        const text = column === 'said' || column === 'reader_state' ? JSON.stringify({ said: [`skill:[["${SAID}",1]]`] }) : SAID;
        db.prepare(`update ${table} set ${column} = ? where ${column} = (select max(${column}) from ${table})`).run(text);
      }
    });
    for (const format of ['table', 'json', 'csv', 'md', 'html', 'ndjson']) {
      const { code, stdout, stderr } = await mac.usage('doctor', '--privacy', '--format', format);
      expect(code).toBe(1);
      expect(stderr).toBe(
        'usage: Something stands in the store that is none of these things: derive it anew with usage import --rebuild, and erase what stays, which logs that are gone told, with usage forget.\n',
      );
      expect(stdout).not.toContain('landlord');
    }
    const { stdout } = await mac.usage('doctor', '--privacy', '--json');
    const found = JSON.parse(stdout).rows.filter((row: { alien: number }) => row.alien > 0);
    for (const { table, column } of filled)
      expect(found).toContainEqual(expect.objectContaining({ table, columns: expect.arrayContaining([column]) }));
  });

  test('what nobody described is alien', async () => {
    const mac = await withSample();
    change(mac, (db) => {
      db.exec(`create table notes (text text); insert into notes values ('a'), (null); alter table turns add column note text`);
      db.exec(`update turns set note = 'b' where id = (select min(id) from turns)`);
    });
    const { code, stdout } = await mac.usage('doctor', '--privacy', '--json');
    expect(code).toBe(1);
    const found = JSON.parse(stdout).rows.filter((row: { alien: number }) => row.alien > 0);
    expect(found).toEqual([
      expect.objectContaining({ table: 'notes', columns: ['text'], alien: 1 }),
      expect.objectContaining({ table: 'turns', columns: ['note'], alien: 1 }),
    ]);
  });

  test('it writes nothing, and answers while an import writes', async () => {
    const mac = await withSample();
    const writer = new Sqlite(mac.db);
    writer.exec(`begin immediate; update turns set command = 'x'`);
    const before = writer.pragma('data_version', { simple: true });
    const { code } = await mac.usage('doctor', '--privacy');
    writer.exec('commit');
    expect({ code, version: writer.pragma('data_version', { simple: true }) }).toEqual({ code: 0, version: before });
    writer.close();
  });
});
