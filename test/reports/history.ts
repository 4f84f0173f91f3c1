import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { appendLog, command, end, interrupt, logPath, logText, prompt, response, T0, writeLog, type LineOptions } from '../logs/claude.ts';
import type { Machine } from '../world.ts';

/*
 * Logs at random: a few sessions, requests and calls, of which later lines say other models, times, sessions and outcomes
 * than earlier ones; logs that repeat others, vanish, are replaced, and are changed where they were read already.
 */

interface Said {
  readonly what: 'response' | 'failure' | 'result' | 'prompt' | 'command' | 'interrupt';
  readonly session: number;
  readonly fact: number;
  readonly calls: readonly number[];
  readonly model: number;
  readonly tokens: number;
  readonly time: number | null;
  readonly outcome: 'ok' | 'err';
}

export type Step =
  | { readonly do: 'append'; readonly log: number; readonly lines: readonly Said[] }
  | { readonly do: 'replace'; readonly log: number; readonly lines: readonly Said[] }
  | { readonly do: 'repeat'; readonly log: number; readonly of: number }
  | { readonly do: 'change'; readonly log: number; readonly line: number; readonly time: number | null }
  | { readonly do: 'delete'; readonly log: number }
  | { readonly do: 'import' }
  | { readonly do: 'rebuild' };

const index = (count: number): fc.Arbitrary<number> => fc.nat({ max: count - 1 });
const time = fc.oneof({ weight: 7, arbitrary: index(12) }, { weight: 1, arbitrary: fc.constant(null) });
const said: fc.Arbitrary<Said> = fc.record({
  what: fc.constantFrom('response', 'response', 'response', 'result', 'result', 'failure', 'prompt', 'command', 'interrupt'),
  session: index(3),
  fact: index(4),
  calls: fc.uniqueArray(index(4), { maxLength: 2 }),
  model: index(3),
  tokens: index(1000),
  time,
  outcome: fc.constantFrom('ok', 'err'),
});
const log = index(3);
const lines = fc.array(said, { minLength: 1, maxLength: 6 });

const append: fc.Arbitrary<Step> = fc.record({ do: fc.constant('append'), log, lines });
const disturb: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('replace'), log, lines }),
  fc.record({ do: fc.constant('repeat'), log, of: log }),
  fc.record({ do: fc.constant('change'), log, line: index(6), time }),
  fc.record({ do: fc.constant('delete'), log }),
);
const read: fc.Arbitrary<Step> = fc.constantFrom<Step>({ do: 'import' }, { do: 'import' }, { do: 'rebuild' });

/** Ends with an import. */
export const history: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: append }, { weight: 3, arbitrary: disturb }, { weight: 2, arbitrary: read }), {
    minLength: 4,
    maxLength: 9,
  })
  .map((steps) => [...steps, { do: 'import' }]);

/** The last log is of another project. */
const LOGS = [
  { name: 'a.jsonl', folder: '-home-ada-work-lathe', cwd: '/home/ada/work/lathe' },
  { name: 'b.jsonl', folder: '-home-ada-work-lathe', cwd: '/home/ada/work/lathe' },
  { name: 'c.jsonl', folder: '-home-ada-work-kiln', cwd: '/home/ada/work/kiln' },
] as const;
const MODELS = ['claude-sonnet-4-20250514', 'model-without-price', 'other-model-without-price'] as const;
const TOOLS = ['Bash', 'Read', 'mcp__lathe__turn', 'Task', 'AskUserQuestion', 'Grep'] as const;

/** Nine hours apart, around the end of May. */
const atOf = (time: number | null): number | null => (time === null ? null : (time - 6) * 9 * 3_600_000 + 1000);

/** Does a step to the logs of a machine; reading them is left to `runs`. */
export async function perform(step: Step, mac: Machine, read: (...argv: readonly string[]) => Promise<void>): Promise<void> {
  if (step.do === 'import') return read();
  if (step.do === 'rebuild') return read('--rebuild');
  const { name, folder, cwd } = LOGS[step.log] ?? LOGS[0];
  const path = logPath(mac, name, folder);
  if (step.do === 'delete') return rmSync(path, { force: true });
  if (step.do === 'replace') {
    rmSync(path, { force: true });
    return void writeLog(
      mac,
      name,
      step.lines.map((each) => lineOf(each, cwd)),
      folder,
    );
  }
  if (!existsSync(path)) writeLog(mac, name, [], folder);
  if (step.do === 'append')
    return appendLog(
      path,
      step.lines.map((each) => lineOf(each, cwd)),
    );
  if (step.do === 'repeat') return appendLog(path, linesOf(otherPath(mac, step.of)));
  const changed = linesOf(path).map((line, at) => (at === step.line ? changeOf(line, step.time) : line));
  writeFileSync(path, logText([...changed, prompt(0, 'more', { cwd })]), { flag: 'r+' });
}

const otherPath = (mac: Machine, of: number): string => {
  const { name, folder } = LOGS[of] ?? LOGS[0];
  return logPath(mac, name, folder);
};

const linesOf = (path: string): readonly string[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** A line of the same length with another time, or one that says nothing. */
const changeOf = (line: string, time: number | null): string =>
  time === null
    ? line.replace('"type":"assistant"', '"type":"assistans"')
    : line.replace(/"timestamp":"[^"]*"/, `"timestamp":"${new Date(T0 + (atOf(time) ?? 0)).toISOString()}"`);

function lineOf({ what, session, fact, calls, model, tokens, time, outcome }: Said, cwd: string): string {
  const at = atOf(time);
  const options: LineOptions = { session: `session-${session}`, cwd };
  const tool = (call: number): string => TOOLS[(call + model) % TOOLS.length] ?? 'Bash';
  if (what === 'result') return end(`toolu_${fact}`, at, outcome, options);
  if (what === 'interrupt') return interrupt(at, options);
  if (what === 'prompt') return prompt(at, 'turn it', { ...options, uuid: `turn-${fact}` });
  if (what === 'command') return command(at, 'review', { ...options, uuid: `turn-${fact}` });
  const uses = calls.map((call) => ({ id: `toolu_${call}`, name: tool(call) }));
  const answer = response(
    at,
    `msg_${fact}`,
    { input: tokens, output: tokens % 7 },
    { ...options, model: MODELS[model] ?? MODELS[0], calls: uses },
  );
  return what === 'response' ? answer : JSON.stringify({ ...JSON.parse(answer), isApiErrorMessage: true, uuid: `failure-${fact}` });
}
