import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { VIEWS } from '../../src/store/views.ts';
import { appendLog, prompt, writeLog } from '../logs/claude.ts';
import { zstd } from '../logs/zstd.ts';
import { CANARY, isJson, mark } from '../sources/mark.ts';
import { handOver, unprivileged } from '../store/unprivileged.ts';
import { machine, type Machine, type Result } from '../world.ts';

/*
 * Every free text of every fixture carries a mark. It is then in no byte of the store, nor in what any command says: of logs
 * that are whole, damaged, compressed or cannot be read.
 */

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const homes = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[^/]+\/(?:[^/]+\/)?home$/.test(path))
  .sort();
const FORMATS = ['table', 'json', 'ndjson', 'csv', 'md', 'html'];
const COMMANDS = [
  [],
  ...['report', 'tools', 'sessions', 'errors', 'context'].flatMap((name) => FORMATS.map((format) => [name, '--format', format])),
  ['tools', '--days', '30', '--compare'],
  ['report', '--by', 'branch', '--days', 'all'],
  ['dead-weight', '--all', '--days', 'all'],
  ['catalog'],
  ['status', '--issues'],
  ['status', '--verify'],
  ['doctor'],
  ['doctor', '--privacy', '--json'],
  ['prices', 'missing'],
  ['prune', '--days', '1'],
  ['forget', '--project', '*', '--dry-run'],
  ['export'],
  ['export', '-o', 'facts.ndjson'],
  ...VIEWS.map(({ name }) => ['sql', `select * from ${name}`, '--format', 'csv']),
];

/** What stands before it tells which fixture it is of. */
function expectUnmarked(what: string, text: string): void {
  const at = text.indexOf(CANARY);
  if (at !== -1) throw new Error(`${what} holds the mark, behind ${JSON.stringify(text.slice(Math.max(0, at - 80), at))}`);
}

/** What a command says; wrong usage would say nothing of the store. */
async function said(mac: Machine, ...argv: readonly string[]): Promise<Result> {
  const result = await mac.usage(...argv);
  if (result.code === 2 || result.stderr.includes('bug')) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  expectUnmarked(`usage ${argv.join(' ')}`, result.stdout + result.stderr);
  return result;
}

/** The store, its log, its index, its lock, and whatever else lies beside it. */
function expectStoreUnmarked({ db }: Machine): void {
  for (const name of readdirSync(dirname(db))) expectUnmarked(name, readFileSync(join(dirname(db), name), 'latin1'));
}

/** As while a report is read: what is written stays in the write-ahead log. */
function holdOpen(db: string): void {
  const reader = new Sqlite(db, { readonly: true });
  reader.exec('begin');
  reader.prepare('select count(*) from sessions').get();
  onTestFinished(() => void reader.close());
}

const isLog = (path: string): boolean => path.endsWith('.jsonl');

/** What a writer leaves that was killed, and what a disk makes of it; the last is a whole record behind one that was cut off. */
const damaged = (whole: string): string =>
  `{"broken": "${CANARY}\n"${CANARY}"\n\0\0${CANARY}\n{"text":"${CANARY}\ud83d"}\n{"cut": "${CANARY} ${whole}\n`;

interface Way {
  readonly where: string;
  readonly how: (text: string) => string;
  readonly asKey?: true;
  readonly compressed?: true;
}

/** Marks the logs of a home, and damages them. Returns the number of marks that damaged nothing. */
function markLogs(home: string, { how, asKey, compressed }: Way): number {
  let marks = 0;
  for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(isLog)) {
    const lines = readFileSync(join(home, path), 'utf8').split('\n');
    const marked = lines.map((line) => (isJson(line) ? mark(line, how, asKey) : line)).join('\n');
    marks += marked.split(CANARY).length - 1;
    const log = Buffer.from(`${marked}\n${damaged(lines[0] ?? '')}`, 'utf8');
    rmSync(join(home, path));
    writeFileSync(join(home, compressed === true ? `${path}.zst` : path), compressed === true ? zstd(log) : log);
  }
  return marks;
}

const atTheEnd = (text: string): string => `${text} ${CANARY}`;
const WAYS: readonly [Way, ...Way[]] = [
  { where: 'at the end', how: atTheEnd },
  { where: 'at the beginning', how: (text) => `${CANARY} ${text}` },
  { where: 'behind a line end', how: (text) => `${text}\n${CANARY}\n${text}` },
  { where: 'all over a long text', how: (text) => `${text} ${`${CANARY}\n`.repeat(1000)}` },
  { where: 'as the whole text', how: () => CANARY },
  { where: 'as a key', how: String, asKey: true },
  { where: 'in compressed logs', how: atTheEnd, compressed: true },
];

/** A machine with the logs of all fixtures, each below a folder of its name. */
function withFixtures(way: Way): Machine {
  const mac = machine();
  for (const home of homes) cpSync(FIXTURES + home, join(mac.home, home), { recursive: true });
  expect(markLogs(mac.home, way)).toBeGreaterThan(1000);
  return mac;
}

test.each(WAYS)('what was said is in no byte of the store, nor in what an import says; the mark stands $where', async (way) => {
  const mac = withFixtures(way);
  await mac.usage('import');
  holdOpen(mac.db);
  await said(mac, 'import', '.', '--json');
  expect(existsSync(`${mac.db}-wal`)).toBe(true);
  expectStoreUnmarked(mac);
  const logs = mac.sql('select distinct path from log_files f join session_files s on s.file_id = f.id').map(({ path }) => String(path));
  expect(homes.filter((home) => !logs.some((path) => path.startsWith(join(mac.home, home))))).toEqual([]);
  await said(mac, 'export');
  expect((await mac.json('doctor', '--privacy'))['alien']).toBe(0);
});

test('no command says what was said', async () => {
  const mac = withFixtures(WAYS[0]);
  await said(mac, 'import', '.');
  await said(mac, 'import', '--rebuild', '.');
  for (const argv of COMMANDS) await said(mac, ...argv);
  for (const { name } of mac.sql('select name from tools')) await said(mac, 'tools', String(name), '--days', 'all');
  for (const { key } of mac.sql('select key from sessions')) await said(mac, 'session', String(key));
  expectUnmarked('the exported file', readFileSync(join(mac.home, 'facts.ndjson'), 'utf8'));
  expectStoreUnmarked(mac);
});

describe('imports that fail', () => {
  const folder = '.claude/projects/-home-ada';

  test.each([
    ['import', '--strict'],
    ['import', '--strict', '--json'],
    ['import', '--rebuild'],
    ['import', '--max-line', '1', '--strict'],
  ])('%s %s: lines and files that cannot be read', async (...argv) => {
    const mac = machine();
    mkdirSync(join(mac.home, folder), { recursive: true });
    mkdirSync(join(mac.home, '.codex/sessions'), { recursive: true });
    writeFileSync(join(mac.home, folder, 'damaged.jsonl'), damaged('{}') + damaged('{}'));
    writeFileSync(join(mac.home, folder, 'long.jsonl'), `${JSON.stringify({ type: 'user', text: CANARY.repeat(100_000) })}\n`);
    writeFileSync(join(mac.home, folder, 'forbidden.jsonl'), damaged('{}'), { mode: 0 });
    writeFileSync(join(mac.home, '.codex/sessions/rollout-torn.jsonl.zst'), zstd(damaged('{}').repeat(100)).subarray(0, 900));
    writeFileSync(join(mac.home, '.codex/sessions/rollout-none.jsonl.zst'), damaged('{}'));
    handOver(mac);
    symlinkSync('loop.jsonl', join(mac.home, folder, 'loop.jsonl'));
    const { code, stdout, stderr } = await unprivileged(() => said(mac, ...argv));
    expect(code).toBe(argv.includes('--strict') ? 3 : 0);
    if (argv.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ issue_count: expect.any(Number), files_unreadable: 4 });
    else for (const name of ['damaged.jsonl:', 'forbidden.jsonl', 'torn.jsonl.zst', 'none.jsonl.zst']) expect(stderr).toContain(name);
    await said(mac, 'status', '--issues');
    expectStoreUnmarked(mac);
  });

  test('files of no known format', async () => {
    const mac = machine();
    writeFileSync(join(mac.home, 'letter.jsonl'), damaged('{}'));
    expect((await said(mac, 'import', 'letter.jsonl')).stderr).toContain('letter.jsonl');
    expectStoreUnmarked(mac);
  });
});

test('of what should not happen it is told where, not with what', async () => {
  const mac = machine();
  const log = writeLog(mac, 's.jsonl', [prompt(0, 'hello')]);
  await mac.usage('import');
  const db = new Sqlite(mac.db);
  db.prepare('update log_files set reader_state = ?').run(CANARY);
  db.close();
  appendLog(log, [prompt(1, 'hello')]);
  const { code, stderr } = await mac.usage('import');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^usage: This is a bug in usage: SyntaxError\n +at /) });
  expectUnmarked('the message', stderr);
});

test('what a parser of configuration warns of stays with it', async () => {
  const mac = machine();
  mkdirSync(join(mac.home, '.claude/skills/knots'), { recursive: true });
  writeFileSync(
    join(mac.home, '.claude/skills/knots/SKILL.md'),
    `---\nname: knots\ndescription: !said ${CANARY}\n? [${CANARY}]\n: 1\n---\n`,
  );
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  expect((await said(mac, 'catalog')).stdout).toContain('knots');
  await new Promise(setImmediate);
  expect(warnings.filter((warning) => warning.includes(CANARY))).toEqual([]);
});

test('the line that moves while logs are read tells numbers', async () => {
  const mac = machine();
  mkdirSync(join(mac.home, '.claude/projects/-home-ada'), { recursive: true });
  const line = JSON.stringify({ type: 'user', sessionId: 's', message: { role: 'user', content: CANARY.repeat(50_000) } });
  for (const name of 'abcdefghijklmnopqrstu') writeFileSync(join(mac.home, `.claude/projects/-home-ada/${name}.jsonl`), `${line}\n`);
  vi.stubEnv('CI', undefined); // there ora draws nothing
  vi.stubEnv('TERM', 'xterm');
  onTestFinished(() => void vi.unstubAllEnvs());
  const written: string[] = [];
  let now = 0;
  const stream: NodeJS.WriteStream = Object.create(process.stderr, {
    isTTY: { value: true },
    write: { value: (text: string) => written.push(text) > 0 },
    ...Object.fromEntries(['cursorTo', 'clearLine', 'moveCursor'].map((name) => [name, { value: () => true }])),
  });
  const output = { write: (text: string) => void written.push(text), isTty: true, columns: 100 };
  const world = {
    env: {},
    home: mac.home,
    cwd: mac.home,
    platform: 'linux',
    timeZone: 'UTC',
    stdout: output,
    stderr: { ...output, stream },
  };
  expect(await run(['import'], { ...world, now: () => (now += 1000) })).toBe(0);
  expect(written.join('')).toMatch(/Reading \d+ of 21 files/);
  expectUnmarked('the progress', written.join(''));
});
