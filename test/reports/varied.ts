import { join } from 'node:path';
import * as codex from '../logs/codex.ts';
import { command, end, interrupt, prompt, response, start, writeLog, type LineOptions } from '../logs/claude.ts';
import { machine, type Machine, type MachineOptions } from '../world.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

const PROJECTS = ['/home/ada/work/lathe', '/home/ada/work/kiln', '/home/bea/lathe'] as const;
const MODELS = ['claude-sonnet-4-20250514', 'claude-opus-4-5-20251101', 'model-without-price'] as const;
const TOOLS = ['Bash', 'Read', 'mcp__lathe__turn', 'mcp__lathe__measure', 'Skill', 'Task'] as const;

/** One of a list, which goes round. */
const nth = <T>(list: readonly [T, ...T[]], index: number): T => list[index % list.length] ?? list[0];

const failed = (line: string): string => JSON.stringify({ ...JSON.parse(line), isApiErrorMessage: true, apiErrorStatus: 529 });

/**
 * A store with some of everything, from 20 May to 9 June 2026: two agents, projects of equal names, models with and without
 * a price, sub-agents, failures, lines without a time, and sessions that are resumed.
 */
export async function variedMachine(options: MachineOptions = {}): Promise<Machine> {
  const mac = machine(options);
  for (let n = 0; n < 12; n++) writeSession(mac, n);
  writeResumed(mac);
  for (let n = 0; n < 3; n++) writeCodexSession(mac, n);
  await mac.json('import');
  return mac;
}

const sessionId = (n: number): string => `${'abcd'.charAt(n % 4)}${n}-session`;

function linesOf(n: number): readonly string[] {
  const at = (n - 6) * 1.7 * DAY;
  const options: LineOptions & { readonly model: string } = { session: sessionId(n), cwd: nth(PROJECTS, n), model: nth(MODELS, n) };
  const id = (what: string): string => `${what}_${n}`;
  const tool = (offset: number): string => nth(TOOLS, n + offset);
  return [
    prompt(at, 'turn it', { ...options, uuid: id('turn') }),
    response(
      at + 1000,
      id('msg_a'),
      { input: 17 * n, output: 3, cacheRead: 1000, cacheWrite: 7 },
      {
        ...options,
        calls: [
          { id: id('toolu_1'), name: tool(0), input: { skill: 'pdf' } },
          { id: id('toolu_2'), name: tool(1), input: { skill: 'pdf' } },
          { id: id('toolu_3'), name: 'Bash' },
        ],
      },
    ),
    end(id('toolu_1'), at + 2000, n % 2 === 0 ? 'err' : 'ok', options),
    end(id('toolu_2'), at + 2500, 'err', { ...options, text: n % 3 === 0 ? 'Command timed out after 2m' : 'File does not exist.' }),
    end(id('toolu_3'), at + 2600, 'ok', options),
    failed(response(at + 3000, id('msg_f'), {}, { ...options, uuid: id('failure') })),
    command(at + HOUR, 'review', { ...options, uuid: id('command') }),
    // The next day for some sessions in some zones, and always another hour.
    response(at + 9 * HOUR, id('msg_b'), { input: 5, output: n }, { ...options, model: nth(MODELS, n + 1) }),
    start(id('toolu_4'), at + 9 * HOUR + 1000, { ...options, tool: tool(2), message: id('msg_c') }),
    n % 4 === 0 ? interrupt(at + 9 * HOUR + 2000, options) : end(id('toolu_4'), at + 9 * HOUR + 2000, 'ok', options),
    response(null, id('msg_u'), { input: 11 }, { ...options, calls: [{ id: id('toolu_u'), name: 'Grep' }] }),
    end(id('toolu_u'), null, n % 5 === 0 ? 'err' : 'ok', options),
  ];
}

function writeSession(mac: Machine, n: number): void {
  const session = sessionId(n);
  const folder = nth(PROJECTS, n).replaceAll('/', '-');
  writeLog(mac, `${session}.jsonl`, linesOf(n), folder);
  if (n % 3 !== 0) return;
  const agent: LineOptions = { session, cwd: nth(PROJECTS, n), sidechain: true, agent: `a${n}` };
  const at = (n - 6) * 1.7 * DAY + 5000;
  const lines = [start(`toolu_s_${n}`, at, { ...agent, tool: 'Grep', model: MODELS[1] }), end(`toolu_s_${n}`, at + 500, 'err', agent)];
  writeLog(mac, `${session}/subagents/agent-a${n}.jsonl`, lines, folder);
}

/** Under another id and in another project, with a request of its own. */
function writeResumed(mac: Machine): void {
  const copied = linesOf(7).map((line) => JSON.stringify({ ...JSON.parse(line), sessionId: 'resumed-session', cwd: PROJECTS[1] }));
  const more = start('toolu_more', 6 * DAY, { session: 'resumed-session', cwd: PROJECTS[1], tool: 'Read', message: 'msg_more' });
  writeLog(
    mac,
    'resumed-session.jsonl',
    [...copied, more, end('toolu_more', 6 * DAY + 70, 'ok', { session: 'resumed-session' })],
    '-home-ada-work-kiln',
  );
}

function writeCodexSession(mac: Machine, n: number): void {
  const session = `019e7f0${n}-1111-7abc-8def-00000000000${n}`;
  const at = (n - 1) * 3 * DAY + 20 * HOUR;
  const lines = [
    ...codex.head(at, session),
    codex.start(`call_${n}a`, at + 1000),
    codex.start(`call_${n}b`, at + 1500),
    codex.tokens(at + 2000, 900 + n, 20),
    codex.end(`call_${n}a`, at + 3000),
    codex.end(`call_${n}b`, at + 3500).replace('code 0', 'code 2'),
    codex.tokens(at + 6 * HOUR, 2000 + n, 55),
  ];
  const own = lines.map((line) => line.replaceAll('019e7f00-2222', `019e7f0${n}-2222`).replaceAll(PROJECTS[0], nth(PROJECTS, n)));
  const path = join(mac.home, '.codex/sessions/2026/06/01', `rollout-2026-06-01T00-00-0${n}-${session}.jsonl`);
  codex.writeBytes(path, own.map((line) => `${line}\n`).join(''));
}
