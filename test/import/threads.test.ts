import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import { build } from '../built.ts';
import { pack, unpack } from '../../src/import/pack.ts';
import { readLog } from '../../src/import/read-log.ts';
import { openLog } from '../../src/import/bytes.ts';
import { scanFolder } from '../../src/import/scan.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { source as codex } from '../../src/sources/codex.ts';
import { source as yoi } from '../../src/sources/yoi.ts';
import { end, start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { importDirectly } from './directly.ts';

/* Reading in threads is only another way to read: the same store, the same counts, the same errors. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const file = pathToFileURL(join(build(), 'dist/cli/read-thread.cjs'));

const FROM_THE_FIRST_BYTE = { fileId: null, offset: 0, line: 0, readerState: null };
/** The threads alone read: what they do is looked at. */
const threads = (count: number) => ({ file, count, worthBytes: 0, isShared: false });

/** Logs that share facts, with lines that are no JSON, and one that grows. */
function fill(place: Machine): void {
  for (let log = 0; log < 30; log++) {
    const session = `0000000${log % 7}`;
    const lines = Array.from({ length: 40 }, (_, at) => {
      const id = `toolu_${(log % 7) * 100 + (at >> 1)}`;
      return at % 2 === 0 ? start(id, at * 1000, { session }) : end(id, at * 1000 + 500, at % 5 === 0 ? 'err' : 'ok', { session });
    });
    writeLog(place, `${session}-${log}.jsonl`, [...lines, '{"type":"user", no JSON']);
  }
}

test.each([
  [1, false],
  [2, false],
  [1, true],
  [2, true],
])('%i threads give the store and the counts that one pass gives, also where the one that writes reads: %s', async (count, isShared) => {
  const [plain, threaded] = [machine(), machine()];
  for (const place of [plain, threaded]) fill(place);
  const expected = await importDirectly(plain);
  const got = await importDirectly(threaded, { threads: { ...threads(count), isShared }, batchBytes: 20_000 });
  const counts = ({ filesRead, bytesRead, linesRead, sessionsTouched }: typeof got) => ({
    filesRead,
    bytesRead,
    linesRead,
    sessionsTouched,
  });
  expect(counts(got)).toEqual(counts(expected));
  expect(got.issues.length).toBe(expected.issues.length);
  expect(factsOf(threaded)).toBe(factsOf(plain));
  for (const place of [plain, threaded]) {
    const folder = join(place.home, '.claude/projects');
    const log = scanFolder(folder).files[3]?.path ?? '';
    appendFileSync(log, `${start('toolu_new', 99_000, { session: '00000003' })}\n`);
  }
  await importDirectly(plain);
  expect(await importDirectly(threaded, { threads: { ...threads(count), isShared } })).toMatchObject({
    filesOpened: 1,
    linesRead: 1,
    eventsNew: 1,
  });
  expect(factsOf(threaded)).toBe(factsOf(plain));
  await importDirectly(threaded, { threads: { ...threads(count), isShared }, rebuild: true });
  expect(factsOf(threaded)).toBe(factsOf(plain));
});

test.each([
  ['cannot be loaded', 'import "./nowhere.js";'],
  ['fails', 'throw new Error("no");'],
  ['ends', ''],
])('where a thread %s, all is read in one', async (_, code) => {
  const [plain, threaded] = [machine(), machine()];
  for (const place of [plain, threaded]) fill(place);
  await importDirectly(plain);
  const broken = join(threaded.home, 'thread.mjs');
  writeFileSync(broken, code);
  await importDirectly(threaded, { threads: { ...threads(2), file: pathToFileURL(broken) } });
  expect(factsOf(threaded)).toBe(factsOf(plain));
});

const EXHAUSTS = 'const all = []; for (;;) all.push(new Array(1e6).fill(all));';

/** A thread that dies in its own way where it would hand on what it read; `isDead`: it came so far. */
function dyingAt(message: number, death: string, { home }: Machine): { file: URL; isDead: () => boolean } {
  const [path, mark] = [join(home, 'thread.mjs'), join(home, 'dead')];
  writeFileSync(
    path,
    `import { writeFileSync } from 'node:fs';
     import { MessagePort, workerData } from 'node:worker_threads';
     const post = MessagePort.prototype.postMessage;
     let left = ${message};
     MessagePort.prototype.postMessage = function (...message) {
       if ((left -= 1) < 0) { writeFileSync(${JSON.stringify(mark)}, ''); ${death} }
       return post.apply(this, message);
     };
     await import(${JSON.stringify(file.href)});`,
  );
  return { file: pathToFileURL(path), isDead: () => existsSync(mark) };
}

test.each([
  ['ends', 1, 9, 'process.exit(1);'],
  ['ends, one of two', 2, 9, 'if (workerData.waiting === 2) process.exit(1);'],
  ['ends, both of two, before it hands on anything', 2, 0, 'process.exit(1);'],
  ['has no memory left', 1, 9, EXHAUSTS],
  ['has no memory left, one of two', 2, 9, `if (workerData.waiting === 1) { ${EXHAUSTS} }`],
])('where a thread %s in the middle of its work, the rest is read without it', async (_, count, message, death) => {
  const [plain, threaded] = [machine(), machine()];
  for (const place of [plain, threaded]) fill(place);
  // What the threads get; this one has its memory already.
  setFlagsFromString('--max-old-space-size=64');
  onTestFinished(() => setFlagsFromString('--max-old-space-size=0'));
  const { file: dyingFile, isDead } = dyingAt(message, death, threaded);
  const dying = { ...threads(count), file: dyingFile };
  const expected = await importDirectly(plain, { batchBytes: 20_000 });
  const got = await importDirectly(threaded, { threads: dying, batchBytes: 20_000 });
  expect({ ...got, issues: got.issues.length }).toEqual({ ...expected, issues: expected.issues.length });
  expect(isDead()).toBe(true);
  expect(factsOf(threaded)).toBe(factsOf(plain));
  await importDirectly(threaded, { threads: dying, rebuild: true });
  expect(factsOf(threaded)).toBe(factsOf(plain));
});

test('a log that was handed on in part when its thread ended is read from there', async () => {
  const [plain, threaded] = [machine(), machine()];
  for (const place of [plain, threaded]) {
    const text = 'so it turns '.repeat(80_000);
    writeLog(
      place,
      'long.jsonl',
      Array.from({ length: 30 }, (_, n) => [start(`toolu_${n}`, n * 1000), end(`toolu_${n}`, n * 1000 + 5, 'ok', { text })]).flat(),
    );
  }
  const expected = await importDirectly(plain);
  const { file: dyingFile, isDead } = dyingAt(3, 'process.exit(1);', threaded);
  const got = await importDirectly(threaded, { threads: { ...threads(1), file: dyingFile } });
  expect(isDead()).toBe(true);
  expect(got).toEqual(expected);
  expect(factsOf(threaded)).toBe(factsOf(plain));
  expect(await importDirectly(threaded)).toMatchObject({ filesOpened: 0 });
});

test('what logs tell passes from thread to thread unchanged', () => {
  const kinds = new Set<string>();
  for (const source of [claude, codex, yoi]) {
    for (const found of scanFolder(join(ROOT, 'fixtures', source.id)).files) {
      if (found.path.endsWith('.zst')) continue;
      const opened = openLog(found.path, undefined);
      readLog({ ...found, source }, opened, FROM_THE_FIRST_BYTE, 1e9, ({ signs, sayings, factLines }) => {
        const told = { signs, sayings, factLines };
        for (const [kind, { length }] of Object.entries(sayings)) if (length > 1) kinds.add(kind);
        expect(unpack(pack(told))).toEqual(told);
      });
      opened.close();
    }
  }
  expect([...kinds].sort()).toEqual(['calls', 'compactions', 'contexts', 'listings', 'requests', 'turns']);
});
