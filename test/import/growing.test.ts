import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openLog } from '../../src/import/bytes.ts';
import { readLog, type ReadSlice } from '../../src/import/read-log.ts';
import { sameStat, scanFolder, statOf } from '../../src/import/scan.ts';
import { source } from '../../src/sources/claude-code.ts';
import { appendLog, end, logText, start, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { importDirectly } from './directly.ts';

/* Logs that change between two looks at them: what is on record is what was read, so that the next run sees the rest. */

const lines = (from: number, count: number): readonly string[] => Array.from({ length: count }, (_, n) => start(`toolu_${from + n}`, n));
const FROM_THE_FIRST_BYTE = { fileId: null, offset: 0, line: 0, readerState: null };

/** Reads a log that grows by a line after each of the given looks at its bytes. */
function readWhileItGrows(mac: Machine, path: string, looks: readonly number[]): readonly ReadSlice[] {
  const opened = openLog(path, undefined);
  const slices: ReadSlice[] = [];
  let look = 0;
  const read = (target: Uint8Array, position: number): number => {
    const got = opened.read(target, position);
    look += 1;
    if (looks.includes(look)) appendLog(path, lines(look * 10, 1));
    return got;
  };
  for (const found of scanFolder(`${mac.home}/.claude`).files)
    readLog({ ...found, source }, { ...opened, read }, FROM_THE_FIRST_BYTE, 1e8, (slice) => void slices.push(slice));
  opened.close();
  return slices;
}

// The second look, or the third where the first was not the last to find something, meets the end.
test.each([
  ['not', [], 5],
  ['before its end is met', [1], 6],
  ['after its end was met', [2], 5],
  ['before and after its end was met', [1, 3], 6],
  ['while its first and last bytes are kept in mind', [3, 4], 5],
])('of a log that grows %s the size on record is what was read, so that the next run sees the rest', (_, looks, lineCount) => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', lines(0, 5));
  const slices = readWhileItGrows(mac, path, looks);
  expect(slices).toMatchObject([{ lineCount }]);
  for (const { stat, cursor } of slices) {
    expect(stat.sizeBytes).toBe(cursor.offset);
    const now = statOf(path);
    expect(now !== undefined && sameStat(now, stat)).toBe(lineCount === 5 + looks.length);
  }
});

test('a long log is handed on in parts, each with its place', () => {
  const mac = machine();
  const text = 'so it turns '.repeat(80_000);
  const path = writeLog(
    mac,
    's.jsonl',
    Array.from({ length: 30 }, (_, n) => end(`toolu_${n}`, n, 'ok', { text })),
  );
  const slices = readWhileItGrows(mac, path, []);
  expect(slices.length).toBeGreaterThan(2);
  expect(slices.reduce((sum, { factLines }) => sum + factLines, 0)).toBe(30);
  // Until the end is reached no file has this state, so that a run which is cut short goes on.
  expect(slices.map(({ stat }) => stat.sizeBytes)).toEqual([...slices.slice(1).map(() => -1), slices.at(-1)?.cursor.offset]);
});

test.each([
  ['vanishes', (path: string) => rmSync(path), { unreadable: [{ reason: 'ENOENT' }] }],
  ['is cut off', (path: string) => truncateSync(path, 10), { unreadable: [] }],
])('a log that %s before it is opened disturbs no other one', async (_, change, expected) => {
  const mac = machine();
  const path = writeLog(mac, 'a.jsonl', lines(0, 2));
  writeLog(mac, 'b.jsonl', lines(10, 2));
  const result = await importDirectly(mac, { progress: { start: async () => change(path), show: () => {} } });
  expect(result).toMatchObject({ eventsNew: 2, ...expected });
  appendFileSync(path, `\n${logText(lines(20, 2))}`);
  expect(await importDirectly(mac)).toMatchObject({ eventsNew: 2, unreadable: [] });
  expect(factsOf(mac)).toContain('toolu_21');
});
