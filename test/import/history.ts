import { appendFileSync, copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { command, end, interrupt, logPath, logText, prompt, response, start, writeLog, type LineOptions } from '../logs/claude.ts';
import type { Machine } from '../world.ts';

/*
 * What happens to the logs of a machine, at random: sessions go on, are forked, copied and renamed; logs are deleted,
 * replaced, cut off and written over. Between these steps the store is read and written.
 */

export type Step =
  | { readonly do: 'append'; readonly log: number; readonly lines: number }
  | { readonly do: 'fork' | 'copy' | 'rename' | 'delete' | 'replace' | 'cut' | 'rewrite'; readonly log: number }
  | { readonly do: 'import' | 'report' };

const log = fc.nat({ max: 7 });
const growth: fc.Arbitrary<Step> = fc.record({ do: fc.constant('append'), log, lines: fc.integer({ min: 1, max: 5 }) });
type Change = Exclude<Step['do'], 'append' | 'import' | 'report'>;
const change = (...kinds: readonly Change[]): fc.Arbitrary<Step> => fc.record({ do: fc.constantFrom(...kinds), log });
const run: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('import', 'import', 'report') });

/** No line is lost. */
export const keepingHistory = fc.array(
  fc.oneof({ weight: 5, arbitrary: growth }, { weight: 3, arbitrary: change('fork', 'copy', 'rename') }, { weight: 3, arbitrary: run }),
  { minLength: 8, maxLength: 20 },
);

export const losingHistory = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: growth },
    { weight: 2, arbitrary: change('fork', 'copy', 'rename') },
    { weight: 3, arbitrary: change('delete', 'replace', 'cut', 'rewrite') },
    { weight: 4, arbitrary: run },
  ),
  { minLength: 8, maxLength: 20 },
);

interface LiveLog {
  path: string;
  /** Lines that its session has still to write. */
  rest: readonly string[];
}

const HOUR = 3_600_000;

/**
 * Makes steps happen to the logs of a machine; `runs` do what the steps `import` and `report` stand for. A session begins
 * 100 s after the one before and writes a line each second, or `slower` than that.
 */
export function openHistory(mac: Machine, runs: { import(): Promise<unknown>; report(): Promise<unknown> }, slower = 1) {
  let serial = 0;
  const path = (): string => logPath(mac, `${String((serial += 1)).padStart(3, '0')}.jsonl`);
  const begin = (): LiveLog => ({
    path: writeLog(mac, `${String((serial += 1)).padStart(3, '0')}.jsonl`, []),
    rest: session(serial, slower),
  });
  const logs = [begin(), begin()];

  const append = (live: LiveLog, lines: number): void => {
    appendFileSync(live.path, logText(live.rest.slice(0, lines)));
    live.rest = live.rest.slice(lines);
  };

  const changes: Readonly<Record<Change, (live: LiveLog) => void>> = {
    fork: (live) => {
      const fork = begin();
      appendFileSync(fork.path, forked(readFileSync(live.path, 'utf8'), serial));
      logs.push(fork);
    },
    copy: (live) => {
      const copy = { path: path(), rest: live.rest };
      copyFileSync(live.path, copy.path);
      logs.push(copy);
    },
    rename: (live) => {
      const to = path();
      renameSync(live.path, to);
      live.path = to;
    },
    delete: (live) => {
      rmSync(live.path);
      logs.splice(logs.indexOf(live), 1);
    },
    replace: (live) => {
      live.rest = session((serial += 1), slower);
      writeFileSync(`${live.path}.new`, logText(live.rest.slice(0, 3)));
      renameSync(`${live.path}.new`, live.path);
    },
    cut: (live) => {
      const lines = readFileSync(live.path, 'utf8').split('\n');
      truncateSync(live.path, Buffer.byteLength(logText(lines.slice(0, Math.floor((lines.length - 1) / 2)))));
    },
    rewrite: (live) => {
      const lines = readFileSync(live.path, 'utf8').trimEnd().split('\n');
      writeFileSync(live.path, logText(lines.toReversed()), { flag: 'r+' });
    },
  };

  return async (step: Step): Promise<void> => {
    if (!('log' in step)) return void (await runs[step.do]());
    const live = logs[step.log % logs.length];
    if (live === undefined) logs.push(begin());
    else if (step.do === 'append') append(live, step.lines);
    else changes[step.do](live);
  };
}

/** The lines of a session, with ids of its own. */
function session(n: number, slower: number): readonly string[] {
  const options = { session: `session-${n}` };
  const at = (step: number): number => (n * 100_000 + step * 1000) * slower;
  const id = (what: string): string => `${what}_${n}`;
  const calls = [
    { id: id('toolu_a'), name: 'Bash' },
    { id: id('toolu_b'), name: 'Read' },
  ];
  return [
    prompt(at(0), 'turn it', options),
    attached(at(0), id('list_a'), { type: 'skill_listing', content: '- pdf: x\n- xlsx: y', skillCount: 2 }, options),
    attached(at(0), id('list_b'), { type: 'deferred_tools_delta', addedNames: TOOLS, addedLines: TOOLS }, options),
    response(at(1), id('msg_a'), { input: 100, output: 1 }, options),
    response(at(2), id('msg_a'), { input: 100, output: 50 }, { ...options, calls }),
    end(id('toolu_b'), at(3), 'err', options),
    end(id('toolu_a'), at(4), 'ok', options),
    'no json',
    command(at(5), 'review', options),
    response(
      at(6),
      id('msg_s'),
      { input: 10, output: 20 },
      { ...options, sidechain: true, agent: 'a1', calls: [{ id: id('toolu_s'), name: 'Grep' }] },
    ),
    end(id('toolu_s'), at(7), 'ok', { ...options, sidechain: true, agent: 'a1' }),
    attached(at(7), id('list_c'), { type: 'deferred_tools_delta', removedNames: TOOLS.slice(1) }, options),
    start(id('toolu_c'), at(8), { ...options, tool: 'Edit' }),
    interrupt(at(9), options),
    prompt(at(10), 'again', { ...options, uuid: null }),
    start(id('toolu_d'), at(11), { ...options, tool: 'mcp__lathe__turn' }),
    end(id('toolu_d'), at(12), 'ok', options),
  ];
}

const TOOLS = ['Glob', 'mcp__lathe__turn', 'mcp__lathe__stop'];

/** What the client tells the model beside what is said. */
export const attached = (at: number, uuid: string, attachment: object, options: LineOptions = {}): string =>
  JSON.stringify({ ...JSON.parse(prompt(at, '', { ...options, uuid })), type: 'attachment', attachment });

/** The history that a forked session begins with: the same ids, but another session and new times. */
function forked(text: string, n: number): string {
  return text
    .replaceAll(/"sessionId":"[^"]*"/g, `"sessionId":"session-${n}","forkedFrom":{"sessionId":"x"}`)
    .replaceAll(/"timestamp":"([^"]*)"/g, (_, time) => {
      return `"timestamp":"${new Date(Date.parse(String(time)) + 2 * HOUR).toISOString()}"`;
    });
}
