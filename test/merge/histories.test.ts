import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openGathering } from '../../src/import/gather.ts';
import type { LogEvent } from '../../src/model/event.ts';
import { zone } from '../../src/model/time.ts';
import { source as claude } from '../../src/sources/claude-code.ts';
import { openApplier, type FileBatch } from '../../src/store/apply.ts';
import { readerOf } from '../../src/store/db.ts';
import { refreshCarried } from '../../src/store/carried.ts';
import { machineId } from '../../src/store/meta.ts';
import { migrate } from '../../src/store/migrate.ts';
import { labelsOf } from '../../src/store/labels.ts';
import { openNames } from '../../src/store/names.ts';
import { refreshRollups, verifyRollups } from '../../src/store/rollups.ts';
import { refreshScores, verifyScores } from '../../src/store/scores.ts';
import { command, end, interrupt, logText, prompt, response, start, type LineOptions } from '../logs/claude.ts';
import { readLog } from '../sources/read.ts';
import { expectCarried } from '../store/carried.ts';
import { factsOf } from '../world.ts';

/*
 * The events of a few logs that share their ids, in any order, in any number of batches, each any number of times: one store.
 */

const DAY = 86_400_000;
const at = fc.option(fc.constantFrom(0, 1000, 2000, DAY - 1, DAY, DAY + 5000), { freq: 8 });
const id = fc.constantFrom('toolu_1', 'toolu_2', 'gateway');
const message = fc.constantFrom('msg_1', 'msg_2', 'generation');
const model = fc.constantFrom('claude-sonnet-4-20250514', 'claude-opus-4-5-20251101');

const lineOf = (options: LineOptions): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(at, message, model, fc.constantFrom(0, 70, 4000), fc.uniqueArray(id, { maxLength: 2 }))
      .map(([time, msg, by, input, ids]) =>
        response(time, msg, { input, output: 3 }, { ...options, model: by, calls: ids.map((call) => ({ id: call, name: 'Bash' })) }),
      ),
    fc
      .tuple(at, id, message, fc.constantFrom('Read', 'Grep'))
      .map(([time, call, msg, tool]) => start(call, time, { ...options, message: msg, tool })),
    fc.tuple(at, id, fc.constantFrom('ok', 'err')).map(([time, call, how]) => end(call, time, how, options)),
    at.map((time) => prompt(time, 'go on', { ...options, uuid: 'u1' })),
    at.map((time) => command(time, 'review', { ...options, uuid: 'u2' })),
    at.map((time) => interrupt(time, options)),
    fc
      .tuple(
        at,
        fc.constantFrom(
          ['u3', { type: 'skill_listing', content: '- pdf: x\n- xlsx: y', skillCount: 2 }] as const,
          ['u4', { type: 'skill_listing', content: '- pdf: what it does', skillCount: 1 }] as const,
          ['u5', { type: 'deferred_tools_delta', addedNames: ['Glob'], addedLines: ['Glob'] }] as const,
          ['u6', { type: 'deferred_tools_delta', removedNames: ['Glob'] }] as const,
        ),
      )
      .map(([time, [uuid, attachment]]) =>
        JSON.stringify({ ...JSON.parse(prompt(time, '', { ...options, uuid })), type: 'attachment', attachment }),
      ),
  );

const log = fc
  .record({ session: fc.constantFrom('aaaa', 'bbbb', 'cccc'), forked: fc.boolean(), sidechain: fc.boolean() })
  .chain(({ session, forked, sidechain }) =>
    fc.array(
      lineOf({ session, sidechain, ...(sidechain && { agent: 'a1' }), ...(forked && session !== 'aaaa' && { forkedFrom: 'aaaa' }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  );

/** A line of a log, by the number of the log, and what it says. */
type Told = readonly [log: number, events: readonly LogEvent[]];

const history = fc
  .array(log, { minLength: 1, maxLength: 3 })
  .map((logs) =>
    logs.flatMap((lines, number): readonly Told[] => {
      let text = '';
      const seen: Told[] = [];
      for (const line of lines) {
        const before = readLog(claude, `${number}.jsonl`, text).events.length;
        text += logText([line]);
        seen.push([number, readLog(claude, `${number}.jsonl`, text).events.slice(before)]);
      }
      return seen;
    }),
  )
  .chain((told) =>
    fc.record({
      told: fc.constant(told),
      // Each at least once, some again, in batches of any size.
      order: fc.shuffledSubarray([...told, ...told], { minLength: told.length }).map((some) => [...some, ...told]),
      cuts: fc.array(fc.nat(2 * told.length), { maxLength: 3 }),
    }),
  );

const STAT = { device: 1, inode: 1, sizeBytes: 1, modifiedMs: 1, changedMs: 1 };
const CURSOR = { offset: 1, line: 1, headHash: '', tailHash: '', readerState: null, parserVersion: 1 };

function gathered(lines: readonly (readonly LogEvent[])[]) {
  const gathering = openGathering();
  for (const events of lines) gathering.add(events);
  return gathering.all();
}

let sums = 0;
let again = 0;

/** A store in memory, after batches of told lines; after each the sums that are kept are those of the facts. */
async function after(batches: readonly (readonly Told[])[]): Promise<string> {
  const db = new Sqlite(':memory:');
  migrate(db);
  db.pragma('foreign_keys = off');
  const [machine, utc] = [machineId(db), zone('UTC')];
  const applier = openApplier(db, machine, {
    names: openNames(db, machine, labelsOf(db)),
    dayOf: utc.dayOf,
    costOf: ({ model: of, inputTokens }) => (of === null ? null : inputTokens * 3),
  });
  const fileIds = new Map<number, number>();
  for (const batch of batches) {
    const numbers = [...new Set(batch.map(([number]) => number))];
    const files = numbers.map((number): FileBatch => ({
      fileId: fileIds.get(number) ?? null,
      source: 'claude',
      path: `/logs/${number}.jsonl`,
      stat: STAT,
      cursor: CURSOR,
      ...gathered(batch.filter(([of]) => of === number).map(([, events]) => events)),
      problems: [],
    }));
    const result = applier.apply(files);
    for (const [index, number] of numbers.entries()) fileIds.set(number, result.fileIds[index] ?? 0);
    refreshRollups(db);
    refreshScores(db);
    refreshCarried(db);
    const carried = expectCarried((query) => db.prepare<[], Record<string, unknown>>(query).all());
    sums += carried.sums;
    again += carried.again;
    expect(await verifyRollups(readerOf(db))).toEqual([]);
    expect(await verifyScores(readerOf(db))).toEqual([]);
  }
  const facts = factsOf({ sql: (query) => db.prepare<[], Record<string, unknown>>(query).all() });
  db.close();
  return facts;
}

test('200 random histories of events, in random order, split and repeated, each give one store', async () => {
  const stores = new Set<string>();
  await fc.assert(
    fc.asyncProperty(history, async ({ told, order, cuts }) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), order.length];
      const batches = edges.slice(1).map((edge, index) => order.slice(edges[index], edge));
      const [together, inPieces] = [await after([told]), await after(batches.filter((batch) => batch.length > 0))];
      expect(inPieces).toBe(together);
      stores.add(together);
    }),
    { seed: 20260601, numRuns: 200 },
  );
  expect(stores.size).toBeGreaterThan(190);
  expect([sums > 100, again > 20]).toEqual([true, true]);
});
