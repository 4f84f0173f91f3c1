import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importDirectly } from '../import/directly.ts';
import { command, end, interrupt, prompt, response, start, writeLog, type LineOptions } from '../logs/claude.ts';
import { factsOf, machine } from '../world.ts';

/*
 * Lines of a few sessions that share their ids, as resumed, forked, replayed and cut off logs do. Their facts must not
 * depend on which log is imported first, nor on how many are imported together.
 */

const SESSIONS = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'];
const at = fc.option(
  fc.integer({ min: 0, max: 8 }).map((step) => step * 1000),
  { freq: 8 },
);
const callId = fc.constantFrom('toolu_1', 'toolu_2', 'toolu_3', 'gateway_1');
/** The ids of a gateway are unique in their session only. */
const messageId = fc.constantFrom('msg_1', 'msg_2', 'generation_1', 'generation_2');
const tokens = fc.record({ input: fc.constantFrom(0, 1000), output: fc.constantFrom(1, 3000) });
const uuid = fc.constantFrom('u1', 'u2', null);
const forkedFrom = fc.constantFrom(undefined, undefined, 'aaaaaaaa');
const agent = fc.constantFrom(undefined, undefined, undefined, 'a1', 'acompact');

const lineOf = (options: LineOptions): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(at, callId, messageId, tokens)
      .map(([time, id, message, usage]) => response(time, message, usage, { ...options, calls: [{ id, name: 'Bash' }] })),
    fc.tuple(at, callId, messageId).map(([time, id, message]) => start(id, time, { ...options, message, tool: 'Read' })),
    fc.tuple(at, callId, fc.constantFrom('ok', 'err')).map(([time, id, how]) => end(id, time, how, options)),
    fc.tuple(at, uuid).map(([time, id]) => prompt(time, 'go on', { ...options, uuid: id })),
    fc.tuple(at, uuid).map(([time, id]) => command(time, 'review', { ...options, uuid: id })),
    at.map((time) => interrupt(time, options)),
  );

const log = fc
  .record({ session: fc.constantFrom(...SESSIONS), forkedFrom, agent, cwd: fc.constantFrom('/home/ada/work/lathe', '/home/ada/work/mill') })
  .chain(({ session, cwd, ...rest }) =>
    fc.array(
      lineOf({
        session,
        cwd,
        ...(rest.forkedFrom !== undefined && { forkedFrom: rest.forkedFrom }),
        ...(rest.agent !== undefined && { agent: rest.agent, sidechain: true }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  );

const history = fc.array(log, { minLength: 2, maxLength: 4 }).chain((logs) =>
  fc.record({
    logs: fc.constant(logs),
    order: fc.shuffledSubarray([...logs.keys()], { minLength: logs.length }),
  }),
);

test('whatever the order and the number of runs, the same logs give the same store', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ logs, order }) => {
      const [together, inTurn] = [machine(), machine()];
      for (const [index, lines] of logs.entries()) writeLog(together, `${index}.jsonl`, lines);
      await importDirectly(together);
      for (const index of order) {
        writeLog(inTurn, `${index}.jsonl`, logs[index] ?? []);
        await importDirectly(inTurn);
      }
      expect(factsOf(inTurn)).toBe(factsOf(together));
    }),
    { seed: 20260601, numRuns: 30 },
  );
});
