import { expect, test } from 'vitest';
import { end, response, start, T0, writeLog, type ToolUse } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

/** A line with the cost that the client itself states, as the oldest ones do. */
const costing = (line: string, costUSD: number): string => JSON.stringify({ ...JSON.parse(line), costUSD });

interface Call {
  readonly outcome?: 'ok' | 'err';
  readonly ms?: number;
  readonly usd?: number;
  readonly tool?: string;
}

/** One call after the other, a minute apart, each on a message of its own. */
function callLines(calls: readonly Call[]): readonly string[] {
  return calls.flatMap(({ outcome = 'ok', ms = 100, usd, tool = 'Bash' }, index) => {
    const [id, at] = [`toolu_${tool}_${index}`, index * 60_000];
    const call = start(id, at, { tool });
    return [usd === undefined ? call : costing(call, usd), end(id, at + ms, outcome)];
  });
}

const three: readonly Call[] = [
  { outcome: 'ok', ms: 100, usd: 0.1 },
  { outcome: 'ok', ms: 200, usd: 0.2 },
  { outcome: 'err', ms: 300, usd: 0.3 },
];

const tools = async (mac: Machine, ...argv: readonly string[]): Promise<readonly Record<string, unknown>[]> => {
  const { rows } = await mac.json('tools', ...argv);
  return Array.isArray(rows) ? rows : [];
};

test('D51: two successes and a failure of 0.10, 0.20 and 0.30 USD', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', callLines(three));
  await mac.json('import');
  const [row] = await tools(mac);
  expect(row).toMatchObject({ calls: 3, settled: 3, median_ms: 200, total_cost_usd: 0.6, avg_cost_usd: 0.2 });
  expect(row?.['success_rate']).toBeCloseTo(2 / 3, 12);
});

test.each([
  { durations: [100, 200, 300, 400], median: 250, p95: 400, p99: 400 },
  { durations: Array.from({ length: 100 }, (_, index) => index + 1), median: 50.5, p95: 95, p99: 99 },
  { durations: Array.from({ length: 20 }, (_, index) => index + 1), median: 10.5, p95: 19, p99: 20 },
  { durations: [7], median: 7, p95: 7, p99: 7 },
])('D52: $durations.length durations: median $median, p95 $p95, p99 $p99', async ({ durations, median, p95, p99 }) => {
  const mac = machine();
  writeLog(mac, 's.jsonl', callLines(durations.map((ms) => ({ ms }))));
  await mac.json('import');
  expect(mac.sql('select duration_n, median_ms, p95_ms, p99_ms from tool_scores')).toEqual([
    { duration_n: durations.length, median_ms: median, p95_ms: p95, p99_ms: p99 },
  ]);
  // JSON has whole milliseconds; the same figures when they are not kept ready but computed for a window.
  const printed = [{ duration_n: durations.length, median_ms: Math.round(median), p95_ms: p95, p99_ms: p99 }];
  expect(await tools(mac)).toMatchObject(printed);
  expect(await tools(mac, '--since', '2026-06-01')).toMatchObject(printed);
});

test('D52: a tool without a settled call has no duration and no rate', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_a', 0)]);
  await mac.json('import');
  expect(await tools(mac)).toMatchObject([{ calls: 1, settled: 0, success_rate: null, median_ms: null, p95_ms: null, duration_n: 0 }]);
  expect((await mac.usage('tools', '--format', 'csv')).stdout).toContain('Bash,builtin,,1,0,0,');
});

test('D53: four calls, one with a cost of 0.4: average 0.4 over one, total 0.4', async () => {
  const mac = machine();
  const unpriced = (line: string): string => line.replaceAll('claude-sonnet-4-20250514', 'model-without-price');
  const lines = callLines([{ usd: 0.4 }, {}, {}, {}]).map(unpriced);
  writeLog(mac, 's.jsonl', lines);
  await mac.json('import');
  expect(await tools(mac)).toMatchObject([{ calls: 4, cost_calls: 1, avg_cost_usd: 0.4, total_cost_usd: 0.4 }]);
});

test('D54: abandoned, running and declined calls stand beside the rate', async () => {
  const mac = machine({ now: '2026-06-01T01:00:00Z' });
  const declined = end('toolu_d', 501_000, 'err', {
    text: "The user doesn't want to proceed with this tool use. The tool use was rejected.",
  });
  writeLog(mac, 's.jsonl', [
    ...callLines(three),
    start('toolu_a', 400_000),
    start('toolu_d', 500_000),
    declined,
    start('toolu_r', 3_590_000),
  ]);
  await mac.json('import');
  const [row] = await tools(mac);
  expect(row).toMatchObject({ calls: 6, settled: 3, ok: 2, errors: 1, declined: 1, open: 2, low_sample: true });
  expect(row?.['success_rate']).toBeCloseTo(2 / 3, 12);
});

test('D55: a message of 2.25 USD with a skill and an MCP call costs each 1.125; shares add up to the last 10⁻⁹ USD', async () => {
  const mac = machine();
  const call = (id: string, name: string): ToolUse => ({ id, name, input: name === 'Skill' ? { skill: 'pdf' } : {} });
  const both = response(0, 'msg_two', {}, { calls: [call('toolu_1', 'Skill'), call('toolu_2', 'mcp__github__search')] });
  const builtins = ['Read', 'Read', 'Grep', 'Glob', 'Bash'].map((name, index) => call(`toolu_b${index}`, name));
  const six = response(60_000, 'msg_six', {}, { calls: [...builtins, call('toolu_b9', 'Skill')] });
  const odd = response(120_000, 'msg_odd', {}, { calls: [call('toolu_o1', 'LS'), call('toolu_o2', 'LS'), call('toolu_o3', 'LS')] });
  writeLog(mac, 's.jsonl', [costing(both, 2.25), costing(six, 0.06), costing(odd, 1e-8)]);
  await mac.json('import');
  const costs = (message: string) =>
    mac.sql(
      'select c.key, c.cost_nano_usd as nano from tool_calls c join requests r on r.id = c.request_id where r.key = ? order by c.key',
      message,
    );
  expect(costs('msg_two').map(({ nano }) => nano)).toEqual([1_125_000_000, 1_125_000_000]);
  expect(costs('msg_six').map(({ nano }) => nano)).toEqual([1e7, 1e7, 1e7, 1e7, 1e7, 1e7]);
  expect(costs('msg_odd').map(({ nano }) => nano)).toEqual([4, 3, 3]);
});

test('D56: an unpriced model is listed with its tokens; a price set for it changes reports at once, from its date on', async () => {
  const mac = machine();
  const model = 'house-model';
  const day = 86_400_000;
  writeLog(mac, 's.jsonl', [
    response(0, 'msg_1', { input: 1_000_000, output: 1000 }, { model }),
    response(2 * day, 'msg_2', { input: 1_000_000, output: 1000 }, { model }),
  ]);
  await mac.json('import');
  const cost = async (): Promise<unknown> => (await mac.json('report', '--days', '30'))['summary'];
  expect(await cost()).toMatchObject({ cost_usd: null, unpriced_tokens: 2_002_000, unpriced_models: [model] });
  expect((await mac.usage('report')).stdout).toMatch(/cost\s+-/);
  expect((await mac.json('prices', 'missing'))['rows']).toMatchObject([{ model, requests: 2, total_tokens: 2_002_000 }]);

  expect((await mac.usage('prices', 'set', model, '--input', '1', '--output', '10')).code).toBe(0);
  expect(await cost()).toMatchObject({ cost_usd: 2.02, unpriced_tokens: 0, unpriced_models: [] });

  expect((await mac.usage('prices', 'set', model, '--input', '2', '--output', '20', '--from', '2026-06-02')).code).toBe(0);
  expect(await cost()).toMatchObject({ cost_usd: 3.03 });
  expect((await mac.json('prices', 'missing'))['rows']).toEqual([]);

  expect((await mac.usage('prices', 'unset', model, '--from', '2026-06-02')).code).toBe(0);
  expect((await mac.usage('prices', 'unset', model)).code).toBe(0);
  expect(await cost()).toMatchObject({ cost_usd: null });
  expect(await mac.usage('prices', 'unset', model)).toMatchObject({ code: 2, stdout: '' });
});

test('D57: no calls, no score rows', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', { input: 5 })]);
  await mac.json('import');
  expect(await tools(mac)).toEqual([]);
  expect(mac.sql('select * from tool_scores')).toEqual([]);
});

test('D57: a tool whose last call turns out to be another one loses its row', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [end('toolu_x', 100)]);
  await mac.json('import');
  expect(mac.sql('select tool, calls from tool_scores')).toEqual([{ tool: '(unknown)', calls: 1 }]);
  writeLog(mac, 'b.jsonl', [start('toolu_x', 0, { tool: 'Grep' })]);
  await mac.json('import');
  expect(mac.sql('select tool, calls from tool_scores')).toEqual([{ tool: 'Grep', calls: 1 }]);
});

test('D58: sorted before cut: the rarest, slowest and most failing of 61 tools come first', async () => {
  const mac = machine();
  const calls = Array.from({ length: 61 }, (_, tool) =>
    Array.from({ length: tool === 60 ? 1 : 2 }, (): Call => ({
      tool: `tool${String(tool).padStart(2, '0')}`,
      ms: tool === 17 ? 9000 : 10,
      outcome: tool === 33 ? 'err' : 'ok',
    })),
  ).flat();
  writeLog(mac, 's.jsonl', callLines(calls));
  await mac.json('import');
  const first = async (sort: string): Promise<unknown> => (await tools(mac, '--sort', sort, '--limit', '1'))[0]?.['tool'];
  expect(await first('underused')).toBe('tool60');
  expect(await first('p95')).toBe('tool17');
  expect(await first('median')).toBe('tool17');
  expect(await first('errors')).toBe('tool33');
  expect(await first('rate')).toBe('tool33');
  expect(await tools(mac)).toHaveLength(61);
});

test('groups: servers, skills and sub-agent types are scored like tools', async () => {
  const mac = machine();
  const lines = [
    start('toolu_1', 0, { tool: 'mcp__github__get_issue' }),
    end('toolu_1', 500),
    start('toolu_2', 1000, { tool: 'mcp__github__search_code' }),
    end('toolu_2', 2000, 'err'),
    start('toolu_3', 3000, { tool: 'Skill', input: { skill: 'pdf' } }),
    end('toolu_3', 3010),
    start('toolu_4', 4000, { tool: 'Task', input: { subagent_type: 'Explore', prompt: 'look' } }),
    end('toolu_4', 64_000),
  ];
  writeLog(mac, 's.jsonl', lines);
  await mac.json('import');
  expect(await tools(mac, '--by', 'server')).toMatchObject([{ tool: 'github', kind: 'mcp', calls: 2, ok: 1, errors: 1, median_ms: 750 }]);
  expect(await tools(mac, '--by', 'skill')).toMatchObject([{ tool: 'pdf', calls: 1, median_ms: 10 }]);
  expect(await tools(mac, '--by', 'agent')).toMatchObject([{ tool: 'Explore', calls: 1, median_ms: 60_000 }]);
  expect(await tools(mac, '--kind', 'mcp')).toHaveLength(2);
  expect(await tools(mac, '--server', 'git*')).toHaveLength(2);
  expect(await tools(mac, '--tool', 'Skill')).toHaveLength(1);
});

test('tools that wait for a person have calls and a rate, but no duration', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', callLines([{ tool: 'AskUserQuestion', ms: 50_000 }]));
  await mac.json('import');
  expect(await tools(mac)).toMatchObject([{ calls: 1, success_rate: 1, duration_n: 0, median_ms: null }]);
});

test('the card of a tool: score, weeks, latest calls, error classes', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', callLines(three));
  await mac.json('import');
  const card = await mac.json('tools', 'Bash');
  expect(card).toMatchObject({
    command: 'tool',
    tool: 'Bash',
    calls: 3,
    weeks: [{ week: '2026-06-01', calls: 3, median_ms: 200 }],
    error_classes: [{ class: 'exit_code', calls: 1 }],
    last_used: new Date(T0 + 120_000).toISOString(),
  });
  expect(card['recent']).toMatchObject([{ outcome: 'error', duration_ms: 300, cost_usd: 0.3 }, { outcome: 'ok' }, { outcome: 'ok' }]);
  const missing = await mac.usage('tools', 'bas');
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toContain('Did you mean Bash?');
});
