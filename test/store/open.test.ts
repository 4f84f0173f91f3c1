import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from '../../src/store/migrate.ts';
import { migration as initial } from '../../src/store/migrations/001-initial.ts';
import { migration as second } from '../../src/store/migrations/002-context.ts';
import { canShareMemory } from '../../src/store/file-system.ts';
import { openForReading, openForWriting, refuseOldSqlite } from '../../src/store/open.ts';
import { importDirectly } from '../import/directly.ts';
import { end, prompt, start, writeLog } from '../logs/claude.ts';
import { rowsOf } from '../reports/rows.ts';
import { handOver, unprivileged } from './unprivileged.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const PAGE_BYTES = 8192;
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** A machine with a store of some calls, and logs that were not imported yet. */
async function filled(): Promise<Machine> {
  const mac = machine();
  const calls = Array.from({ length: 60 }, (_, n) => [start(`toolu_${n}`, n * 1000), end(`toolu_${n}`, n * 1000 + 125)]);
  writeLog(mac, 's.jsonl', [prompt(0, 'turn it'), ...calls.flat()]);
  await mac.json('import');
  writeLog(mac, 'new.jsonl', [prompt(90_000, 'again'), start('toolu_new', 91_000)]);
  return mac;
}

function database(path: string, ...sql: readonly string[]): void {
  const db = new Sqlite(path);
  for (const statement of sql) db.exec(statement);
  db.close();
}

describe('a store that cannot be used ends every command with one sentence and is left as it is:', () => {
  const MAKERS: Readonly<Record<string, (path: string) => void>> = {
    'a text file': (path) => writeFileSync(path, 'Milk, eggs, flour.\n'),
    'a long text file': (path) => writeFileSync(path, 'Milk, eggs, flour.\n'.repeat(1000)),
    'the database of another program': (path) => database(path, 'create table recipes (name text)'),
    'the database of another program, with a write-ahead log': (path) =>
      database(path, 'pragma journal_mode = wal', 'create table recipes (name text)'),
    'the database of another program, whose write-ahead log was left': (path) => {
      const db = new Sqlite(`${path}-made`);
      for (const sql of ['journal_mode = wal', 'wal_autocheckpoint = 0']) db.pragma(sql);
      db.exec('create table recipes (name text)');
      for (const suffix of ['', '-wal']) copyFileSync(`${path}-made${suffix}`, `${path}${suffix}`);
      db.close();
      rmSync(`${path}-made`);
    },
    'a store of a newer version': (path) =>
      database(path, 'create table facts (name text)', 'pragma application_id = 1970495847', 'pragma user_version = 1000'),
    'the first half of a database': (path) => {
      database(path, 'create table recipes (name text)');
      writeFileSync(path, readFileSync(path).subarray(0, 3000));
    },
    'a folder': (path) => mkdirSync(path),
    'a symbolic link to nothing': (path) => symlinkSync(`${path}-elsewhere`, path),
    'a symbolic link to itself': (path) => symlinkSync(path, path),
  };

  const bytesOf = (path: string) => (existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null);
  /** SQLite cannot look into a database with a write-ahead log without these. */
  const filesIn = (folder: string) => readdirSync(folder).filter((name) => !/-(?:wal|shm)$/.test(name));

  test.each(Object.keys(MAKERS).flatMap((name) => [['import', name] as const, ['tools', name] as const]))(
    '%s with %s',
    async (command, name) => {
      const mac = machine();
      writeLog(mac, 's.jsonl', [start('toolu_c', 1000)]);
      const path = join(mac.home, 'store.db');
      MAKERS[name]?.(path);
      const [bytes, files] = [bytesOf(path), filesIn(mac.home)];
      const { code, stdout, stderr } = await mac.usage(command, '--db', path);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^usage: (?!This is a bug).*\n$/);
      expect(stderr).toContain(path);
      expect(bytesOf(path)).toEqual(bytes);
      expect(filesIn(mac.home)).toEqual(files);
    },
  );

  test.each(['import', 'tools'])('%s with a path below a file', async (command) => {
    const mac = machine();
    writeFileSync(join(mac.home, 'notes.txt'), 'Milk, eggs, flour.\n');
    for (const below of ['store.db', 'some/where/store.db']) {
      const { code, stdout, stderr } = await mac.usage(command, '--db', join(mac.home, 'notes.txt', below));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^usage: \S+\/notes\.txt\S* is not a folder\. .*\n$/);
    }
    expect(readFileSync(join(mac.home, 'notes.txt'), 'utf8')).toBe('Milk, eggs, flour.\n');
  });
});

test('a store whose newer schema stands in its write-ahead log alone is not written to', async () => {
  const mac = await filled();
  const newer = new Sqlite(mac.db);
  newer.pragma('wal_autocheckpoint = 0');
  newer.pragma('user_version = 1000');
  expect(readFileSync(mac.db).readUInt32BE(60)).toBeLessThan(1000);
  const before = readFileSync(`${mac.db}-wal`);
  const { code, stderr } = await mac.usage('import');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('was written by a newer usage (schema 1000') });
  expect(readFileSync(`${mac.db}-wal`)).toEqual(before);
  newer.close();
});

test('a damaged page, wherever it is, is told in one sentence by whatever command meets it', async () => {
  const mac = await filled();
  const good = readFileSync(mac.db);
  const met = new Set<string>();
  for (let page = 1; page < good.length / PAGE_BYTES; page += 2) {
    for (const command of ['import', 'import --rebuild', 'tools']) {
      for (const suffix of ['-wal', '-shm']) rmSync(`${mac.db}${suffix}`, { force: true });
      writeFileSync(mac.db, Buffer.from(good).fill(0xaa, page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
      const { code, stdout, stderr } = await mac.usage(...command.split(' '));
      if (code === 0) continue;
      met.add(`${command} ${page}`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(`usage: ${mac.db} is damaged. Restore it from a backup, or move it away and run: usage import\n`);
    }
  }
  expect(met.size).toBeGreaterThan(20);
});

describe('a store without facts', () => {
  const HEADER_ONLY = (path: string): void => database(path, 'pragma journal_mode = wal');

  test.each([
    ['no file', () => {}],
    ['no byte', (path: string) => writeFileSync(path, '')],
    ['a header only, as a crash right after its making leaves it', HEADER_ONLY],
  ])('of %s is an empty one, and is filled by the first import', async (_, make) => {
    const mac = machine();
    mkdirSync(dirname(mac.db), { recursive: true });
    make(mac.db);
    expect(await mac.json('tools')).toMatchObject({ rows: [] });
    writeLog(mac, 's.jsonl', [start('toolu_c', 1000), end('toolu_c', 1125)]);
    await mac.json('import');
    expect(await mac.json('tools')).toMatchObject({ rows: [{ tool: 'Bash', calls: 1 }] });
  });

  test('is not made by a report', async () => {
    const mac = machine();
    await mac.json('tools');
    expect(existsSync(mac.db)).toBe(false);
  });
});

test('a symbolic link to a store is followed and stays a link', async () => {
  const mac = await filled();
  const link = join(mac.home, 'link.db');
  symlinkSync(mac.db, link);
  expect(await mac.json('import', '--db', link)).toMatchObject({ events_new: 2 });
  expect(await mac.json('tools', '--db', link)).toEqual(await mac.json('tools'));
});

describe('a read-only store', () => {
  test('in a read-only folder answers reports like any other', async () => {
    const mac = await filled();
    const expected = await mac.json('report', '--days', 'all');
    handOver(mac);
    chmodSync(mac.db, 0o400);
    chmodSync(dirname(mac.db), 0o500);
    const bytes = readFileSync(mac.db);
    expect(await unprivileged(() => mac.json('report', '--days', 'all'))).toEqual(expected);
    expect(readFileSync(mac.db)).toEqual(bytes);
    chmodSync(dirname(mac.db), 0o700);
  });

  test.each([
    ['in a read-only folder', 0o500],
    ['in a folder of its own', 0o700],
  ])('%s refuses an import with one sentence', async (_, folder) => {
    const mac = await filled();
    handOver(mac);
    chmodSync(mac.db, 0o400);
    chmodSync(dirname(mac.db), folder);
    const bytes = readFileSync(mac.db);
    const { code, stdout, stderr } = await unprivileged(() => mac.usage('import'));
    chmodSync(dirname(mac.db), 0o700);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^usage: \S+usage\.sqlite3\S* cannot be opened\. .*\n$/);
    expect(readFileSync(mac.db)).toEqual(bytes);
  });
});

test('a folder that nobody may write to holds no new store', async () => {
  const mac = machine();
  const folder = join(mac.home, 'closed');
  mkdirSync(folder);
  handOver(mac);
  chmodSync(folder, 0o500);
  for (const path of [join(folder, 'store.db'), join(folder, 'deeper/store.db')]) {
    const { code, stdout, stderr } = await unprivileged(() => mac.usage('import', '--db', path));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`usage: ${path} cannot be opened. Check the permissions of the file and its folder, or name another with --db.\n`);
  }
  expect(readdirSync(folder)).toEqual([]);
});

describe('permissions', () => {
  test('of a new store and all that lies beside it are those of its owner only, also while an import runs', async () => {
    const mac = machine();
    writeLog(mac, 's.jsonl', [start('toolu_c', 1000)]);
    process.umask(0o022);
    const during: Record<string, string> = {};
    const look = () => {
      for (const name of readdirSync(dirname(mac.db))) during[name] = mode(join(dirname(mac.db), name));
    };
    await importDirectly(mac, { batchBytes: 1, progress: { start: async () => {}, show: look } });
    expect(during).toMatchObject({ 'usage.sqlite3': '600', 'usage.sqlite3-wal': '600', 'usage.sqlite3-shm': '600' });
    await mac.json('import');
    expect(readdirSync(dirname(mac.db)).map((name) => mode(join(dirname(mac.db), name)))).toEqual(['600', '600']);
    expect(mode(dirname(mac.db))).toBe('700');
  });

  test('of a store that others may read are tightened', async () => {
    const mac = await filled();
    chmodSync(mac.db, 0o644);
    await mac.json('import');
    expect(mode(mac.db)).toBe('600');
  });

  test('of the files beside it that a reader keeps are tightened, too', async () => {
    const mac = await filled();
    const reader = new Sqlite(mac.db, { readonly: true });
    reader.prepare('select 1 from tool_calls').get();
    for (const suffix of ['-wal', '-shm']) chmodSync(mac.db + suffix, 0o644);
    await mac.json('import');
    expect(['', '-wal', '-shm'].map((suffix) => mode(mac.db + suffix))).toEqual(['600', '600', '600']);
    reader.close();
  });

  test('of the lock beside it are tightened, too', async () => {
    const mac = await filled();
    chmodSync(`${mac.db}-lock`, 0o666);
    await mac.json('import');
    expect(mode(`${mac.db}-lock`)).toBe('600');
  });

  test('of a folder that was there before are left alone', async () => {
    const mac = machine();
    mkdirSync(join(mac.home, 'shared'));
    chmodSync(join(mac.home, 'shared'), 0o755);
    await mac.json('import', '--db', join(mac.home, 'shared/store.db'));
    expect(mode(join(mac.home, 'shared'))).toBe('755');
  });
});

describe('the lock beside the store', () => {
  test('may be an empty file', async () => {
    const mac = await filled();
    writeFileSync(`${mac.db}-lock`, '');
    expect(await mac.json('import')).toMatchObject({ events_new: 2 });
  });

  test('that is no lock is named in one sentence', async () => {
    const mac = await filled();
    writeFileSync(`${mac.db}-lock`, 'Milk, eggs, flour.\n'.repeat(100));
    const { code, stderr } = await mac.usage('import');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^usage: \S+usage\.sqlite3-lock is not a usage store\. .*\n$/);
  });
});

test('a copy of a store is a store', async () => {
  const mac = await filled();
  const copy = { ...mac, db: join(mac.home, 'copy.db') };
  copyFileSync(mac.db, copy.db);
  expect(await mac.json('tools', '--db', copy.db)).toEqual(await mac.json('tools'));
  expect(factsOf(mac)).toContain('toolu_59');
});

describe('G85: a store of an older version', () => {
  /** As the first version made it, with a call in it. */
  async function older() {
    const mac = machine();
    writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 125)]);
    mkdirSync(dirname(mac.db), { recursive: true });
    const db = new Sqlite(mac.db);
    db.pragma('journal_mode = wal');
    db.exec(initial.sql);
    db.exec(`insert into machines values (1, 'm', 'm'); insert into meta values ('machine', 'm'), ('home_zone', 'UTC');
      insert into sessions (id, machine_id, source, key, first_at, last_at, day) values (1, 1, 'claude', 'kept', 1780272000000, 1780272000000, 20605);
      insert into tools values (1, 'Kept', 'builtin', null);
      insert into tool_calls (id, key, session_id, agent, sidechain, copied, tool_id, started_at, day, outcome)
        values (1, 'kept', 1, '', 0, 0, 1, 1780272000000, 20605, 'ok');
      insert into sightings values ('call', 1, 1, '', 0, 0, null, '{"startedAt":1780272000000,"outcome":"ok","tool":"Kept"}');
      insert into score_queue values (1); insert into rollup_queue values (20605, 1);`);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma('user_version = 1');
    db.close();
    return mac;
  }
  const calls = async (mac: Machine) => (await rowsOf(mac, 'report', '--by', 'tool', '--days', 'all')).map((row) => row['group']);

  test('answers reports, and is left as it is by them', async () => {
    const mac = await older();
    const before = readFileSync(mac.db);
    expect(await calls(mac)).toEqual(['Kept']);
    expect((await mac.usage('dead-weight')).code).toBe(0);
    expect(readFileSync(mac.db).equals(before)).toBe(true);
  });

  test('is brought to the present one by an import, with all that was in it, once', async () => {
    const mac = await older();
    for (let run = 0; run < 2; run++) {
      await mac.json('import');
      expect(await calls(mac)).toEqual(['Bash', 'Kept']);
      expect(mac.sql('pragma user_version')).toEqual([{ user_version: SCHEMA_VERSION }]);
    }
  });
});

test.each(['3.51.2', '3.50.7', '3.51', '2.99.99'])('SQLite %s, which can lose what was committed, is refused', (version) => {
  expect(() => refuseOldSqlite(version)).toThrow(`SQLite ${version} can lose data`);
});

test.each(['3.51.3', '3.53.2', '3.54.0', '4.0.0'])('SQLite %s is used', (version) => {
  expect(() => refuseOldSqlite(version)).not.toThrow();
});

test.each([
  ['ext4', 0xef53, true],
  ['tmpfs', 0x01021994, true],
  ['NFS', 0x6969, false],
  ['CIFS', 0xff534d42, false],
  ['FUSE', 0x65735546, false],
])('on %s the store has a write-ahead log: %s', (_, type, isFit) => {
  expect(canShareMemory('/anywhere/store.db', () => type)).toBe(isFit);
});

test.each([
  ['a local disk', true, 'wal'],
  ['a file system that other machines share', false, 'delete'],
])('a store on %s: write-ahead log %s', async (_, isOfOneMachine, expected) => {
  const mac = await filled();
  const db = openForWriting(mac.db, () => isOfOneMachine);
  expect(db.pragma('journal_mode', { simple: true })).toBe(expected);
  expect(existsSync(`${mac.db}-wal`)).toBe(isOfOneMachine);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  expect(await mac.json('import')).toMatchObject({ events_new: 2 });
});

test('nothing in a schema is trusted to do more than a schema needs', async () => {
  const mac = await filled();
  const [writer, reader] = [openForWriting(mac.db), openForReading(mac.db)];
  for (const db of [writer, reader]) {
    expect(db?.pragma('trusted_schema', { simple: true })).toBe(0);
    db?.close();
  }
});

test('what an import wrote stands in the file of the store, not in a log beside it, also while somebody reads', async () => {
  const mac = await filled();
  const reader = new Sqlite(mac.db, { readonly: true });
  reader.prepare('select 1 from tool_calls').get();
  expect(await mac.json('import')).toMatchObject({ events_new: 2 });
  expect(statSync(`${mac.db}-wal`).size).toBe(0);
  reader.close();
});

test('a step to a newer schema that fails is no step: the store is as it was', async () => {
  const mac = machine();
  mkdirSync(dirname(mac.db), { recursive: true });
  database(mac.db, initial.sql, `pragma application_id = ${APPLICATION_ID}`, 'pragma user_version = 1');
  const db = new Sqlite(mac.db);
  const schema = () => db.prepare('select name, sql from sqlite_master order by name').all();
  const before = schema();
  // The last table of the next step is there already.
  const last = /create table (\w+)(?![^]*create table )/.exec(second.sql)?.[1] ?? '';
  db.exec(`create table ${last} (other text)`);
  expect(() => migrate(db)).toThrow(last);
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  db.exec(`drop table ${last}`);
  expect(schema()).toEqual(before);
  migrate(db);
  expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
  db.close();
});
