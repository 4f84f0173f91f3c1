import { expect, test } from 'vitest';
import { end, prompt, response, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

test.each(['report', 'tools', 'import', 'prices list', 'prices missing'])(
  'G86: usage %s --json on an empty store is valid JSON, exit 0',
  async (command) => {
    const answer = await machine().json(...command.split(' '));
    expect(answer).toMatchObject({ schema_version: 1, command: command });
  },
);

test('G86: without arguments, on an empty store, the next step is named', async () => {
  const { code, stdout, stderr } = await machine().usage();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('usage import');
});

test.each([
  [['report', '--dayz', '3'], '--days'],
  [['toolz'], 'tools'],
  [['tools', '--sort', 'speed'], 'calls, errors, rate, median, p95, cost, last, underused'],
  [['report', '--by', 'colour'], 'day, week, month, hour, tool, model, project, branch, source, session, status, endpoint, agent, machine'],
  [['report', '--since', 'yesterday-ish'], 'RFC 3339'],
  [['report', '--until', 'soon'], 'RFC 3339'],
  [['report', '--days', '0'], '--days 30'],
  [['report', '--days', '-3'], '--days 30'],
  [['report', '--days', '1.5'], '--days 30'],
  [['report', '--days', '7', '--since', '24h'], 'one of them'],
  [['tools', '--limit', '1001'], '0 to 1000'],
  [['tools', '--limit', 'many'], '0 to 1000'],
  [['report', '--timezone', 'Mars/Olympus'], 'Europe/Berlin'],
  [['report', '--source', 'clippy'], 'claude, codex'],
  [['import', '--source', 'clippy'], 'claude, codex'],
  [['tools', '--kind', 'magic'], 'builtin, mcp, skill, agent, command'],
  [['report', '--format', 'xls'], 'table, csv, html, json, md, ndjson'],
  [['prices', 'set', 'm', '--input', '-1', '--output', '2'], '0.6'],
  [['prices', 'set', 'm', '--input', '1'], '--output'],
  [['tools', 'Bash', 'Read'], '--help'],
] as const)('G87: usage %s → exit 2, one sentence with what is allowed, nothing on stdout', async (argv, allowed) => {
  const { code, stdout, stderr } = await machine().usage(...argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(allowed);
  expect(stderr.trimEnd()).not.toContain('\n');
});

test('a path that does not exist → exit 1 with the path', async () => {
  const { code, stdout, stderr } = await machine().usage('import', '/no/such/log.jsonl');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('/no/such/log.jsonl');
});

/** A call each at so many milliseconds before now, 2026-06-10 18:00 UTC. */
async function withCallsAgo(...ago: readonly number[]): Promise<Machine> {
  const mac = machine();
  const now = 9 * DAY + 18 * HOUR;
  writeLog(
    mac,
    's.jsonl',
    ago.map((ms, index) => start(`toolu_${index}`, now - ms)),
  );
  await mac.json('import');
  return mac;
}

async function callsIn(mac: Machine, ...argv: readonly string[]): Promise<number> {
  const { summary } = await mac.json('report', ...argv);
  return Number(Object(summary)['tool_calls']);
}

test('G88: --since and --until understand 7d, 24h, 90m, a date and RFC 3339', async () => {
  const mac = await withCallsAgo(0, 89 * 60_000, 91 * 60_000, 23 * HOUR, 25 * HOUR, 7 * DAY - 1000, 7 * DAY + 1000);
  expect(await callsIn(mac, '--since', '90m')).toBe(2);
  expect(await callsIn(mac, '--since', '24h')).toBe(4);
  expect(await callsIn(mac, '--since', '7d')).toBe(6);
  expect(await callsIn(mac, '--since', '2026-06-10')).toBe(3);
  expect(await callsIn(mac, '--since', '2026-06-10T16:00:00Z')).toBe(3);
  expect(await callsIn(mac, '--since', '2026-06-09', '--until', '2026-06-09')).toBe(2);
  expect(await callsIn(mac, '--since', '2026-06-01', '--until', '24h')).toBe(3);
  expect(await callsIn(mac, '--until', '2026-06-10T16:31:00Z')).toBe(5);
  expect(await callsIn(mac, '--since', 'monday')).toBe(5);
});

test.each([
  ['2026-06-02', '2026-06-01'],
  ['2026-06-01T12:00:00Z', '2026-06-01T12:00:00Z'],
  ['1h', '2h'],
])('G88: --since %s --until %s → exit 2', async (since, until) => {
  expect(await machine().usage('report', '--since', since, '--until', until)).toMatchObject({ code: 2, stdout: '' });
});

/** Two models, two projects, a sub-agent, errors, several days. */
async function mixed(): Promise<Machine> {
  const mac = machine();
  const opus = 'claude-opus-4-5-20251101';
  writeLog(mac, 'a.jsonl', [
    prompt(0, 'go', { session: 'aaaa' }),
    response(
      1000,
      'msg_1',
      { input: 10, output: 20, cacheRead: 300 },
      {
        session: 'aaaa',
        calls: [
          { id: 'toolu_1', name: 'Bash' },
          { id: 'toolu_2', name: 'Read' },
        ],
      },
    ),
    end('toolu_1', 2000, 'err', { session: 'aaaa' }),
    end('toolu_2', 2100, 'ok', { session: 'aaaa' }),
    prompt(DAY, 'more', { session: 'aaaa' }),
    response(
      DAY + 1000,
      'msg_2',
      { input: 7, output: 5, cacheWrite: 40 },
      { session: 'aaaa', model: opus, calls: [{ id: 'toolu_3', name: 'Bash' }] },
    ),
    end('toolu_3', DAY + 1500, 'ok', { session: 'aaaa' }),
  ]);
  const place = { session: 'bbbb', cwd: '/home/ada/work/kiln' };
  writeLog(
    mac,
    'b.jsonl',
    [
      prompt(2 * DAY, 'other', place),
      response(2 * DAY + 1, 'msg_3', { input: 1, output: 2 }, { ...place, model: opus, calls: [{ id: 'toolu_4', name: 'Grep' }] }),
      end('toolu_4', 2 * DAY + 50, 'ok', place),
    ],
    '-home-ada-work-kiln',
  );
  await mac.json('import');
  return mac;
}

const FIGURES = [
  'turns',
  'requests',
  'failed_requests',
  'tool_calls',
  'tool_errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'total_tokens',
];

test.each([
  [],
  ['--model', 'claude-opus-4-5-20251101'],
  ['--model', 'claude-*'],
  ['--project', 'kiln'],
  ['--project', '/home/ada/work/lathe'],
  ['--source', 'claude'],
  ['--session', 'aa'],
  ['--since', '2026-06-02'],
  ['--timezone', 'Asia/Kolkata'],
  ['--timezone', 'America/St_Johns', '--model', 'claude-opus-4-5-20251101'],
])('G89: %s: every number of the summary is the sum over the rows', async (...filter) => {
  const mac = await mixed();
  for (const by of ['day', 'week', 'month', 'project', 'source', 'session']) {
    const { summary, rows } = await mac
      .json('report', '--days', 'all', ...filter.filter((word) => word !== '--days'), '--by', by)
      .catch(() => mac.json('report', ...filter, '--by', by));
    const all: readonly Record<string, unknown>[] = Array.isArray(rows) ? rows : [];
    expect(all.length).toBeGreaterThan(0);
    for (const figure of [...FIGURES, 'sessions', 'cost_usd']) {
      const sum = all.reduce((total, row) => total + Number(row[figure]), 0);
      expect([by, figure, sum.toFixed(9)]).toEqual([by, figure, Number(Object(summary)[figure]).toFixed(9)]);
    }
  }
});

test('G89: tools, report by tool and raw rows agree under a filter; models add up except for their sessions', async () => {
  const mac = await mixed();
  const model = 'claude-opus-4-5-20251101';
  const { rows: tools } = await mac.json('tools', '--model', model);
  expect(tools).toMatchObject([
    { tool: 'Bash', calls: 1, ok: 1 },
    { tool: 'Grep', calls: 1, ok: 1 },
  ]);
  const { rows: byTool } = await mac.json('report', '--days', 'all', '--by', 'tool', '--model', model);
  expect(byTool).toMatchObject([
    { group: 'Bash', tool_calls: 1, requests: null, total_tokens: null },
    { group: 'Grep', tool_calls: 1 },
  ]);
  const { rows: byModel, summary } = await mac.json('report', '--days', 'all', '--by', 'model');
  const all: readonly Record<string, unknown>[] = Array.isArray(byModel) ? byModel : [];
  for (const figure of ['requests', 'tool_calls', 'tool_errors', 'total_tokens']) {
    expect(all.reduce((sum, row) => sum + Number(row[figure]), 0)).toBe(Object(summary)[figure]);
  }
});

test('G83: two projects of one name are two groups; a project is found by the last parts of its path, taken literally', async () => {
  const mac = machine();
  for (const [index, cwd] of ['/a/my-app', '/b/my-app', '/b/my_app'].entries()) {
    const place = { cwd, session: `s${index}` };
    writeLog(mac, `${index}.jsonl`, [start(`toolu_${index}`, index, place)], cwd.replace(/[^A-Za-z0-9]/g, '-'));
  }
  await mac.json('import');
  const { rows } = await mac.json('report', '--days', 'all', '--by', 'project');
  expect(rows).toMatchObject([{ group: '/a/my-app' }, { group: '/b/my-app' }, { group: '/b/my_app' }]);
  const calls = (project: string): Promise<number> => callsIn(mac, '--days', 'all', '--project', project);
  expect(await Promise.all(['my-app', 'b/my-app', 'my_app', '/b/my_app', '/b/*', 'my*', 'app'].map(calls))).toEqual([2, 1, 1, 1, 2, 3, 0]);
});

test('G89: a blank filter is none', async () => {
  const mac = await mixed();
  expect(await callsIn(mac, '--days', 'all', '--model', '')).toBe(4);
  expect(await callsIn(mac, '--days', 'all', '--project', ' ', '--tool', '')).toBe(4);
});

test('G90: off a terminal: no colour, no spinner, no dropped column, whatever TERM says', async () => {
  const mac = await mixed();
  const { stdout, stderr } = await mac.usage('tools');
  expect(stderr).toBe('');
  expect(stdout).not.toContain('\u001b');
  for (const title of ['p95', 'avg cost', 'sessions', 'last used']) expect(stdout).toContain(title);
});

test('G90: colour on a terminal, none with NO_COLOR or TERM=dumb, and --color decides', async () => {
  const colours = async (env: Record<string, string>, ...argv: readonly string[]): Promise<boolean> => {
    const mac = machine({ columns: 100, env });
    writeLog(mac, 's.jsonl', [start('toolu_1', 0), end('toolu_1', 1)]);
    await mac.usage('import', '-q');
    return (await mac.usage('tools', ...argv)).stdout.includes('\u001b');
  };
  expect(await colours({})).toBe(true);
  expect(await colours({ NO_COLOR: '1' })).toBe(false);
  expect(await colours({ TERM: 'dumb' })).toBe(false);
  expect(await colours({ NO_COLOR: '1' }, '--color')).toBe(true);
  expect(await colours({}, '--no-color')).toBe(false);
});

test.each([60, 80, 120])('no line is wider than a terminal of %i columns', async (columns) => {
  const mac = machine({ columns, env: { NO_COLOR: '1' } });
  writeLog(mac, 's.jsonl', [
    start('toolu_1', 0, { tool: 'mcp__plugin_design_figma__get_design_context_for_everything' }),
    end('toolu_1', 1),
  ]);
  await mac.usage('import', '-q');
  for (const argv of [[], ['tools'], ['report', '--days', 'all'], ['report', '--days', 'all', '--by', 'project']]) {
    const { stdout } = await mac.usage(...argv);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
  }
});
