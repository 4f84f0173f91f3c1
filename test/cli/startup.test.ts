import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { build } from '../built.ts';
import { appendLog, end, logPath, prompt, response, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

/* What a short command costs is what it loads: files of the program, libraries, and parts of Node that take a while. */

const built = build();
const scratch = mkdtempSync(join(tmpdir(), 'usage-loads-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes at its end what the process has loaded, and what it made of Intl, which takes long when it is first used. */
const SPY = join(scratch, 'spy.cjs');
writeFileSync(
  SPY,
  `const fs = require('node:fs');
   const { readFileSync, writeFileSync } = fs;
   const vm = require('node:vm');
   // The program reads and compiles its files itself; Node has in its cache what it loaded.
   const read = [];
   fs.readFileSync = (path, ...more) => (/\\.c?js$/.test(path) && read.push(path), readFileSync(path, ...more));
   const codes = [];
   vm.Script = class extends vm.Script {
     constructor(source, options) { super(source, options); codes.push([options.filename, this.cachedDataRejected === false]); }
   };
   const intl = [];
   for (const name of ['DateTimeFormat', 'NumberFormat', 'Collator', 'Segmenter']) {
     Intl[name] = new Proxy(Intl[name], {
       construct: (made, args) => (intl.push(name), new made(...args)),
       apply: (made, self, args) => (intl.push(name), made(...args)),
     });
   }
   for (const type of [Number, Date, String]) {
     for (const name of Object.getOwnPropertyNames(type.prototype).filter((each) => each.startsWith('toLocale') || each === 'localeCompare')) {
       const act = type.prototype[name];
       type.prototype[name] = function (...args) { intl.push(name); return act.apply(this, args); };
     }
   }
   const before = new Set(process.moduleLoadList);
   process.on('exit', () => writeFileSync(process.env.LOADED, JSON.stringify({
     intl,
     files: [...read, ...Object.keys(require.cache)],
     ready: codes.filter(([, isReady]) => isReady).map(([path]) => path),
     parts: process.moduleLoadList.filter((part) => !before.has(part)).map((part) => part.replace('NativeModule ', '')),
   })));`,
);

interface Loaded {
  readonly stdout: string;
  /** Files of the program, without their digests. */
  readonly own: readonly string[];
  /** Those of them whose code was there. */
  readonly ready: readonly string[];
  readonly libraries: readonly string[];
  readonly parts: readonly string[];
  readonly intl: readonly string[];
}

function loaded({ home }: Machine, words: readonly string[], env: Readonly<Record<string, string>> = {}): Loaded {
  const told = join(scratch, 'loaded.json');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', SPY, join(built, 'bin/usage.js'), ...words], {
    env: { PATH: process.env['PATH'], HOME: home, TZ: 'UTC', USAGE_NOW: '2026-06-10T18:00:00Z', LOADED: told, ...env },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { files, ready, parts, intl }: Record<'files' | 'ready' | 'parts' | 'intl', string[]> = JSON.parse(readFileSync(told, 'utf8'));
  const libraries = files.flatMap((path) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1] ?? []);
  return {
    stdout,
    own: ownOf(files),
    ready: ownOf(ready),
    libraries: [...new Set(libraries)].sort(),
    parts,
    intl,
  };
}

/** The first time a command runs it also keeps what V8 made of it. */
const again: typeof loaded = (...asked) => {
  loaded(...asked);
  return loaded(...asked);
};

const ownOf = (files: readonly string[]): readonly string[] =>
  files
    .filter((path) => path.startsWith(join(built, 'dist')))
    .map((path) => basename(path).replace(/(?:-[\w-]{8})?\.cjs$/, ''))
    .sort();

/** A machine with a session of two days ago that has a bit of everything. */
async function used(tool = 'Bash', timeZone = 'UTC'): Promise<Machine> {
  const mac = machine({ timeZone });
  writeLog(mac, 's.jsonl', [
    prompt(0, 'go on'),
    response(1000, 'msg_a', { input: 1_234_567, output: 900 }, { calls: [{ id: 'toolu_a', name: tool }] }),
    start('toolu_b', 2000),
    end('toolu_a', 2500),
    end('toolu_b', 61_000),
  ]);
  expect((await mac.usage('import', '-q')).code).toBe(0);
  return mac;
}

const CORE = ['core', 'entry', 'rolldown-runtime'];
/** Each takes some milliseconds to load. */
const SLOW_PARTS = ['crypto', 'worker_threads', 'child_process', 'readline', 'http', 'v8'];

test('help is told by what reads the command line alone', () => {
  const { stdout, own, libraries, parts, intl } = again(machine(), ['--help']);
  expect(stdout).toContain('\n  dead-weight ');
  expect({ own, libraries, intl }).toEqual({ own: CORE, libraries: [], intl: [] });
  expect(SLOW_PARTS.filter((part) => parts.includes(part))).toEqual([]);
});

test.each([
  [['tools'], []],
  [['tools', 'Bash'], []],
  [['report', '--days', 'all'], []],
  [['sessions', '--days', 'all'], []],
  [
    ['dead-weight', '--days', 'all'],
    ['catalog', 'dead-weight'],
  ],
] as const)('%j loads few files, of libraries the database, and nothing of Intl', async (words, more) => {
  const { stdout, own, libraries, parts, intl } = again(await used(), [...words]);
  expect(stdout).not.toBe('');
  expect(own).toEqual([...CORE, 'answer', 'store', ...more].sort());
  expect({ libraries, intl }).toEqual({ libraries: ['better-sqlite3'], intl: [] });
  expect(SLOW_PARTS.filter((part) => parts.includes(part))).toEqual([]);
});

test('in the zone of the system nothing of Intl is needed either', async () => {
  const mac = await used('Bash', 'Europe/Berlin');
  expect(loaded(mac, ['sessions'], { TZ: 'Europe/Berlin' }).intl).toEqual([]);
  expect(loaded(mac, ['sessions'], { TZ: 'Asia/Tokyo' }).intl).toContain('DateTimeFormat');
});

test('what is made of Intl is seen', async () => {
  expect(loaded(await used(), ['tools', '--timezone', 'Asia/Tokyo']).intl).toContain('DateTimeFormat');
});

test('an import with nothing new loads neither what reads logs, nor prices, nor what makes digests', async () => {
  const { own, libraries, parts, intl } = again(await used(), ['import', '-q']);
  expect({ own, libraries, intl }).toEqual({
    own: [...CORE, 'import', 'sources', 'store'].sort(),
    libraries: ['better-sqlite3'],
    intl: [],
  });
  expect(SLOW_PARTS.filter((part) => parts.includes(part))).toEqual([]);
});

test('one more response of a model and a day that were met before loads no prices', async () => {
  const mac = await used();
  const more = (id: string, model?: string) => {
    appendLog(logPath(mac, 's.jsonl'), [response(90_000, id, { input: 5 }, model === undefined ? {} : { model })]);
    return loaded(mac, ['import', '-q']).libraries;
  };
  expect(more('msg_b')).toEqual(['better-sqlite3']);
  expect(more('msg_c', 'claude-opus-4-1')).toEqual(['@pydantic/genai-prices', 'better-sqlite3']);
  expect(more('msg_d', 'claude-opus-4-1')).toEqual(['better-sqlite3']);
});

test('what is wide still lines up: what measures it is loaded for it', async () => {
  const { stdout, libraries } = loaded(await used('検索'), ['tools']);
  expect(libraries).toContain('cli-table3');
  const [titles = '', , ...rows] = stdout.split('\n\n')[1]?.split('\n') ?? [];
  const [column, wide] = [titles.indexOf('calls') + 'calls'.length, '検索'.length];
  expect(rows.map((line) => line.search(/\d/) + 1)).toEqual(rows.map((line) => (line.startsWith('検索') ? column - wide : column)));
});

describe('what V8 made of the program is kept for the next time', () => {
  const kept = join(built, 'dist/kept');
  const fileOf = (word: string): string => join(kept, readdirSync(kept).find((name) => name.endsWith(`-${word}`)) ?? '');

  test('a command starts with it when it runs again', async () => {
    const mac = await used();
    rmSync(kept, { recursive: true, force: true });
    const first = loaded(mac, ['tools']);
    expect(first.ready).toEqual([]);
    const { ready, own, stdout } = loaded(mac, ['tools']);
    expect(ready).toEqual(own.filter((name) => name !== 'entry'));
    expect(stdout).toBe(first.stdout);
  });

  test('with other settings of V8 it is made anew', async () => {
    const mac = await used();
    loaded(mac, ['tools']);
    const options = { NODE_OPTIONS: '--interpreted-frames-native-stack' };
    expect(loaded(mac, ['tools'], options).ready).toEqual([]);
    expect(loaded(mac, ['tools'], options).ready).toContain('core');
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['changed in the middle', (bytes) => Buffer.concat([bytes.subarray(0, 100_000), Buffer.alloc(64, 0x5a), bytes.subarray(100_064)])],
    ['changed at its end', (bytes) => Buffer.concat([bytes.subarray(0, -64), Buffer.alloc(64, 0x5a)])],
    ['cut', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => Buffer.alloc(0)],
    ['zeros', (bytes) => Buffer.alloc(bytes.length)],
    ['of something else', () => Buffer.from('{"tag":1}\n{"tag":1}\n')],
  ])('a file that is %s changes nothing, and is made anew', async (_, damage) => {
    const mac = await used();
    const { stdout } = loaded(mac, ['tools']);
    writeFileSync(fileOf('tools'), damage(readFileSync(fileOf('tools'))));
    expect(loaded(mac, ['tools'])).toMatchObject({ stdout, ready: [] });
    expect(loaded(mac, ['tools'])).toMatchObject({ stdout, ready: expect.arrayContaining(['core', 'answer', 'store']) });
  });

  test('where it cannot be written nothing is said of it', async () => {
    const mac = await used();
    rmSync(kept, { recursive: true, force: true });
    writeFileSync(kept, '');
    const { stdout, ready } = loaded(mac, ['tools']);
    expect({ stdout: stdout === '', ready }).toEqual({ stdout: false, ready: [] });
    rmSync(kept);
  });

  test('it is code alone: no name of a store is in it', async () => {
    const mac = await used('Zebrafinch');
    rmSync(kept, { recursive: true, force: true });
    expect(loaded(mac, ['tools', 'Zebrafinch']).stdout).toContain('Zebrafinch');
    const bytes = readFileSync(fileOf('tools'));
    for (const encoding of ['latin1', 'utf16le'] as const) expect(bytes.includes(Buffer.from('Zebrafinch', encoding))).toBe(false);
    expect(bytes.includes('renderTable')).toBe(true);
  });
});
