import { appendFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/model/source.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { source as codexSource } from '../../src/sources/codex.ts';
import { appendLog, end, logText, prompt, response, start, writeLog } from '../logs/claude.ts';
import * as codex from '../logs/codex.ts';
import { factsOf, machine, type Machine } from '../world.ts';
import { importedAtOnce } from './at-once.ts';
import { failingAt, importDirectly } from './directly.ts';
import { variedLog } from './varied-log.ts';
import { writeSessions } from './sessions.ts';

const SEED = 20260601;

const issuesOf = (mac: Machine) => mac.sql('select line, offset_bytes, reason from issues order by offset_bytes, reason');
const cursorsOf = (mac: Machine) => mac.sql(`select line, offset_bytes, reader_state from log_files where state = 'present' order by path`);

describe('a log that is cut at any byte', () => {
  const log = variedLog();
  const ends = [...log.keys()].filter((at) => log[at] === 10).map((at) => at + 1);
  const aroundEnds = ends.flatMap((at) => [at - 2, at - 1, at, at + 1]);
  const cuts = [...log.keys()].filter((at) => at % 307 === 0 || aroundEnds.includes(at));

  test('and goes on later gives the same store as the whole', async () => {
    const whole = machine();
    writeFileSync(writeLog(whole, 's.jsonl', []), log);
    await importDirectly(whole);
    const expected = [factsOf(whole), issuesOf(whole), cursorsOf(whole)];
    expect(whole.sql('select distinct outcome from tool_calls order by 1').map(({ outcome }) => outcome)).toEqual([
      'error',
      'interrupted',
      'ok',
    ]);
    expect(whole.sql('select distinct reason from issues order by 1').map(({ reason }) => reason)).toEqual([
      'invalid_utf8',
      'nul_bytes',
      'parse',
    ]);

    for (const cut of cuts) {
      const mac = machine();
      const path = writeLog(mac, 's.jsonl', []);
      writeFileSync(path, log.subarray(0, cut));
      await importDirectly(mac);
      appendFileSync(path, log.subarray(cut));
      await importDirectly(mac);
      expect([factsOf(mac), issuesOf(mac), cursorsOf(mac)], `cut at ${cut}`).toEqual(expected);
    }
  });
});

/** Logs of two agents, with a sub-agent's and a resumed session's: path in the home, and bytes. */
const FAMILY = ((): readonly (readonly [path: string, bytes: Buffer])[] => {
  const calls = [
    { id: 'toolu_a', name: 'Bash' },
    { id: 'toolu_b', name: 'Read' },
  ];
  const original = [prompt(0, 'turn it'), response(1000, 'msg_a', { input: 5, output: 9 }, { calls }), end('toolu_b', 1500, 'err')];
  const resumed = [
    ...original.map((line) => line.replaceAll('11111111-', '99999999-')),
    end('toolu_a', 60_000, 'ok', { session: '99999999-1111-4111-8111-111111111111' }),
  ];
  const agent = { sidechain: true, agent: 'a2' };
  const rollout = [
    ...codex.head(0),
    codex.start('call_a', 1000),
    codex.tokens(1100, 100, 10),
    codex.end('call_a', 1500),
    codex.tokens(2000, 250, 30),
  ];
  const projects = '.claude/projects/-home-ada-work-lathe';
  return [
    [`${projects}/s.jsonl`, variedLog()],
    [`${projects}/s/subagents/agent-a2.jsonl`, Buffer.from(logText([start('toolu_x', 9110, agent), end('toolu_x', 9120, 'err', agent)]))],
    [`${projects}/original.jsonl`, Buffer.from(logText(original))],
    [`${projects}/resumed.jsonl`, Buffer.from(logText(resumed))],
    ['.codex/sessions/2026/06/01/rollout-2026-06-01T00-00-00-019e7f00-1111-7abc-8def-000000000001.jsonl', Buffer.from(logText(rollout))],
  ];
})();

function withFamily(): Machine {
  const mac = machine();
  for (const [path, bytes] of FAMILY) codex.writeBytes(join(mac.home, path), bytes);
  return mac;
}

test('twice is once', async () => {
  const mac = withFamily();
  expect(await mac.json('import')).toMatchObject({ files_read: FAMILY.length, issue_count: 3 });
  const before = factsOf(mac);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, events_new: 0 });
  expect(factsOf(mac)).toBe(before);
  for (const [path] of FAMILY) utimesSync(join(mac.home, path), 1, 1);
  expect(await mac.json('import')).toMatchObject({ files_opened: FAMILY.length, events_new: 0 });
  expect(factsOf(mac)).toBe(before);
});

test('in pieces, in any order of the logs, between reports, is at once', async () => {
  const expected = factsOf(await importedAtOnce(withFamily()));
  const PIECES = 4;
  const shares = fc.array(fc.nat({ max: 99 }), { minLength: PIECES - 1, maxLength: PIECES - 1 });
  const order = fc.shuffledSubarray(
    FAMILY.flatMap((_, log) => Array<number>(PIECES).fill(log)),
    { minLength: FAMILY.length * PIECES },
  );
  await fc.assert(
    fc.asyncProperty(shares, order, async (percents, turns) => {
      const mac = machine();
      const logs = FAMILY.map(([path, bytes]) => {
        const cuts = [0, ...percents.toSorted((a, b) => a - b).map((percent) => Math.floor((bytes.length * percent) / 100)), bytes.length];
        return { path: join(mac.home, path), pieces: cuts.slice(1).map((to, index) => bytes.subarray(cuts[index], to)) };
      });
      for (const { path } of logs) codex.writeBytes(path, '');
      for (const [index, turn] of turns.entries()) {
        const log = logs[turn];
        appendFileSync(log?.path ?? '', log?.pieces.shift() ?? '');
        if (index % 3 === 0) await mac.json('report', '--days', 'all');
        else await importDirectly(mac);
      }
      await importDirectly(mac);
      expect(factsOf(mac)).toBe(expected);
    }),
    { seed: SEED, numRuns: 8 },
  );
});

describe('an import that ends in the middle', () => {
  test('of a log, at any line, is completed by the next one', async () => {
    const mac = machine();
    writeSessions(mac, 5);
    const expected = factsOf(await importedAtOnce(mac));
    const LINES = 5 * 3 + 20;
    for (let line = 0; line < LINES; line += 3) {
      const cut = { ...machine(), home: mac.home };
      await expect(importDirectly(cut, { sources: [failingAt(line)], batchBytes: 1 })).rejects.toThrow('the end of this run');
      await importDirectly(cut);
      expect(factsOf(cut), `ended at line ${line}`).toBe(expected);
    }
  });

  test('between two logs keeps what was committed and is completed by the next one', async () => {
    const mac = machine();
    writeSessions(mac, 5);
    const expected = factsOf(await importedAtOnce(mac));
    for (const batchBytes of [1, 1 << 25]) {
      for (let last = 1; last <= 5; last++) {
        const cut = { ...machine(), home: mac.home };
        const show = ({ files }: { files: number }) => {
          if (files === last) throw new Error('the end of this run');
        };
        await expect(importDirectly(cut, { batchBytes, progress: { start: async () => {}, show } })).rejects.toThrow('the end of this run');
        expect((await importDirectly(cut)).filesUnchanged).toBe(batchBytes === 1 ? last : 0);
        expect(factsOf(cut)).toBe(expected);
      }
    }
  });
});

test('a log that grows while it is read goes on from where it was read', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [start('toolu_a', 1000), start('toolu_b', 2000)]);
  utimesSync(path, 1, 1);
  const more = [[start('toolu_c', 3000)]];
  const growing: Source = {
    ...claude,
    open: (...args) => {
      const reader = claude.open(...args);
      return {
        ...reader,
        read: (line) => {
          appendLog(path, more.pop() ?? []);
          return reader.read(line);
        },
      };
    },
  };
  expect(await importDirectly(mac, { sources: [growing] })).toMatchObject({ linesRead: 3 });
  expect(await importDirectly(mac)).toMatchObject({ filesUnchanged: 1, filesGone: 0 });
});

test('a log that an older version has read is read again from its beginning, and tells nothing twice', async () => {
  const mac = withFamily();
  const { linesRead } = await importDirectly(mac);
  const before = factsOf(mac);
  const newer = [claude, codexSource].map((source) => ({ ...source, parserVersion: source.parserVersion + 1 }));
  expect(await importDirectly(mac, { sources: newer })).toMatchObject({ linesRead, filesGone: 0, eventsNew: 0 });
  expect(factsOf(mac)).toBe(before);
  expect(await importDirectly(mac, { sources: newer })).toMatchObject({ filesOpened: 0 });
});
