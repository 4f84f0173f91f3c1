import { expect, test } from 'vitest';
import { command, end, prompt, response, start, writeLog, type LineOptions } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { listOf, rowsOf, sum, sumNanoUsd, type Row } from './rows.ts';

const OPUS = 'claude-opus-4-5-20251101';
const SONNET = 'claude-sonnet-4-20250514';
const MINUTE = 60_000;

const costing = (line: string, costUSD: number): string => JSON.stringify({ ...JSON.parse(line), costUSD });

/** A session of two turns and a command, with a sub-agent that outlives the turn that started it. */
async function withSubAgent(): Promise<Machine> {
  const mac = machine();
  const agent: LineOptions = { sidechain: true, agent: 'a7' };
  writeLog(mac, '11111111-1111-4111-8111-111111111111.jsonl', [
    prompt(0, 'turn it', { uuid: 'turn-one' }),
    costing(
      response(1000, 'msg_1', { input: 10 }, { calls: [{ id: 'toolu_task', name: 'Task', input: { subagent_type: 'Explore' } }] }),
      0.1,
    ),
    prompt(10 * MINUTE, 'meanwhile', { uuid: 'turn-two' }),
    costing(response(10 * MINUTE + 1000, 'msg_2', { input: 20 }, { model: OPUS, calls: [{ id: 'toolu_bash', name: 'Bash' }] }), 0.2),
    end('toolu_bash', 10 * MINUTE + 2000, 'err'),
    end('toolu_task', 20 * MINUTE),
    command(30 * MINUTE, 'review', { uuid: 'turn-three' }),
  ]);
  writeLog(mac, '11111111-1111-4111-8111-111111111111/subagents/agent-a7.jsonl', [
    prompt(2000, 'look around', agent),
    response(3000, 'msg_a1', { input: 100 }, { ...agent, calls: [{ id: 'toolu_grep', name: 'Grep' }] }),
    end('toolu_grep', 3500, 'ok', agent),
    response(15 * MINUTE, 'msg_a2', { input: 200 }, { ...agent, calls: [{ id: 'toolu_read', name: 'Read' }] }),
    end('toolu_read', 15 * MINUTE + 100, 'ok', agent),
  ]);
  await mac.json('import');
  return mac;
}

const turnsOf = async (mac: Machine, id: string): Promise<readonly Row[]> => listOf(await mac.json('session', id), 'turns');

test('a row of sessions has all fields of the contract', async () => {
  const mac = await withSubAgent();
  const rows = await rowsOf(mac, 'sessions');
  expect(rows).toEqual([
    {
      session: '11111111-1111-4111-8111-111111111111',
      source: 'claude',
      project: '/home/ada/work/lathe',
      branch: 'main',
      models: [OPUS, SONNET],
      state: 'completed',
      turns: 2,
      messages: 6,
      requests: 4,
      tool_calls: 4,
      tool_errors: 1,
      total_tokens: 330,
      cost_usd: expect.closeTo(0.3 + 300 * 3e-6, 12),
      compactions: 0,
      compaction_saved_tokens: 0,
      first_at: '2026-06-01T00:00:00.000Z',
      last_at: '2026-06-01T00:30:00.000Z',
    },
  ]);
});

test('one session has the figures that the list has of it, its turns, and theirs', async () => {
  const mac = await withSubAgent();
  const session = await mac.json('session', '1111');
  const [{ turns: _, ...listed } = {}] = await rowsOf(mac, 'sessions');
  expect(session).toMatchObject({ command: 'session', ...listed, client_version: '2.1.62', parent: null });
  const [first = {}] = listOf(session, 'turns');
  expect(first).toMatchObject({
    key: 'turn-one',
    started_at: '2026-06-01T00:00:00.000Z',
    trigger: 'human',
    command: null,
    state: 'completed',
  });
  expect(listOf(first, 'requests')[0]).toEqual({
    at: '2026-06-01T00:00:01.000Z',
    agent: null,
    model: SONNET,
    status: 'ok',
    http_status: null,
    input_tokens: 10,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    total_tokens: 10,
    cost_usd: 0.1,
  });
  expect(listOf(first, 'tool_calls')[0]).toEqual({
    at: '2026-06-01T00:00:01.000Z',
    agent: null,
    tool: 'Task',
    item: 'Explore',
    outcome: 'ok',
    error_class: null,
    duration_ms: 20 * MINUTE - 1000,
    cost_usd: 0.1,
  });
});

test('costs add up to the last 10⁻⁹ USD', async () => {
  const mac = machine();
  writeLog(
    mac,
    's.jsonl',
    [0.1, 0.2, 1e-9].map((usd, index) => costing(response(index, `msg_${index}`), usd)),
  );
  await mac.json('import');
  expect(await mac.json('session', '1111')).toMatchObject({ cost_usd: 0.300000001 });
  expect(await rowsOf(mac, 'sessions')).toMatchObject([{ cost_usd: 0.300000001 }]);
});

test('all work of a sub-agent is shown in the turn that started it, also what it does while a later turn runs', async () => {
  const mac = await withSubAgent();
  expect(await turnsOf(mac, '1111')).toMatchObject([
    {
      key: 'turn-one',
      requests: [
        { total_tokens: 10, agent: null },
        { total_tokens: 100, agent: 'a7' },
        { total_tokens: 200, agent: 'a7' },
      ],
      tool_calls: [{ tool: 'Task' }, { tool: 'Grep', agent: 'a7' }, { tool: 'Read', agent: 'a7' }],
    },
    { key: 'turn-two', requests: [{ total_tokens: 20 }], tool_calls: [{ tool: 'Bash', outcome: 'error', error_class: 'exit_code' }] },
    { key: 'turn-three', trigger: 'command', command: 'review', state: 'completed', requests: [], tool_calls: [] },
  ]);
  const { stdout } = await mac.usage('session', '1111');
  expect(stdout).toMatch(/Task Explore[^]*Grep \(sub-agent\)[^]*Read \(sub-agent\)[^]*Bash[^]*\/review/);
});

test('sub-agents without an id are shown in the turn that ran when each of their lines was written', async () => {
  const mac = machine();
  const agent: LineOptions = { sidechain: true };
  writeLog(mac, 's.jsonl', [
    response(500, 'msg_before', { input: 1 }, agent),
    prompt(1000, 'turn it', { uuid: 'turn-one' }),
    response(2000, 'msg_1', { input: 2 }, agent),
    prompt(3000, 'again', { uuid: 'turn-two' }),
    response(4000, 'msg_2', { input: 4 }, agent),
  ]);
  await mac.json('import');
  expect(await turnsOf(mac, '1111')).toMatchObject([
    { key: null, state: null, requests: [{ total_tokens: 1 }] },
    { key: 'turn-one', requests: [{ total_tokens: 2 }] },
    { key: 'turn-two', requests: [{ total_tokens: 4 }] },
  ]);
});

test('no work is lost where a fork goes on with a turn of the session that it was forked from', async () => {
  const mac = machine();
  const original: LineOptions = { session: 'aaaa-original' };
  const fork: LineOptions = { session: 'bbbb-fork' };
  const copied: LineOptions = { ...fork, forkedFrom: 'aaaa-original' };
  const turn = { uuid: 'shared-turn' };
  writeLog(mac, 'aaaa-original.jsonl', [prompt(0, 'turn it', { ...original, ...turn }), response(1000, 'msg_1', { input: 1 }, original)]);
  writeLog(mac, 'bbbb-fork.jsonl', [
    prompt(MINUTE, 'turn it', { ...copied, ...turn }),
    response(MINUTE + 1000, 'msg_1', { input: 1 }, copied),
    response(MINUTE + 2000, 'msg_2', { input: 2 }, { ...fork, calls: [{ id: 'toolu_1', name: 'Bash' }] }),
  ]);
  await mac.json('import');
  for (const session of await rowsOf(mac, 'sessions')) {
    const turns = await turnsOf(mac, String(session['session']));
    const requests = turns.flatMap((each) => listOf(each, 'requests'));
    const calls = turns.flatMap((each) => listOf(each, 'tool_calls'));
    expect([requests.length, calls.length, sum(requests, 'total_tokens')]).toEqual([
      session['requests'],
      session['tool_calls'],
      session['total_tokens'],
    ]);
    expect(sumNanoUsd(requests, 'cost_usd')).toBe(sumNanoUsd([session], 'cost_usd'));
  }
  expect(await turnsOf(mac, 'bbbb')).toMatchObject([{ key: null, requests: [{ total_tokens: 2 }], tool_calls: [{ tool: 'Bash' }] }]);
});

test('a session is found by the beginning of its id; one that begins several or none is refused', async () => {
  const mac = machine();
  for (const session of ['ab', 'abc-1', 'abd-2', 'x_1', 'xy1']) {
    writeLog(mac, `${session}.jsonl`, [response(0, `msg_${session}`, { input: 1 }, { session })]);
  }
  await mac.json('import');
  expect(await mac.json('session', 'abc')).toMatchObject({ session: 'abc-1', query: { session: 'abc-1' } });
  expect(await mac.json('session', 'ab')).toMatchObject({ session: 'ab' });
  expect(await mac.json('session', 'x_')).toMatchObject({ session: 'x_1' });
  const several = await mac.usage('session', 'a');
  expect(several).toMatchObject({ code: 2, stdout: '' });
  for (const id of ['ab', 'abc-1', 'abd-2']) expect(several.stderr).toContain(id);
  for (const id of ['zz', '%', '_b', '']) {
    const none = await mac.usage('session', id);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('usage sessions');
  }
  expect(await mac.usage('session')).toMatchObject({ code: 2, stdout: '' });
});

test('sessions are sorted before they are cut, and filtered like every report', async () => {
  const mac = machine();
  const place = { cwd: '/home/ada/work/kiln' };
  writeLog(mac, 'a.jsonl', [response(0, 'msg_a', { input: 900 }, { session: 'large' })]);
  writeLog(
    mac,
    'b.jsonl',
    [start('toolu_1', MINUTE, { session: 'busy', ...place }), start('toolu_2', MINUTE, { session: 'busy', ...place })],
    '-home-ada-work-kiln',
  );
  writeLog(mac, 'c.jsonl', [costing(response(2 * MINUTE, 'msg_c', { input: 5 }, { session: 'dear' }), 3)]);
  writeLog(mac, 'd.jsonl', [
    start('toolu_3', 3 * MINUTE, { session: 'failing', model: OPUS }),
    end('toolu_3', 3 * MINUTE + 1, 'err', { session: 'failing' }),
  ]);
  await mac.json('import');
  const first = async (sort: string): Promise<unknown> =>
    (await rowsOf(mac, 'sessions', '--sort', sort, '--limit', '1')).map((row) => row['session']);
  expect(await first('last')).toEqual(['failing']);
  expect(await first('cost')).toEqual(['dear']);
  expect(await first('tokens')).toEqual(['large']);
  expect(await first('calls')).toEqual(['busy']);
  expect(await first('errors')).toEqual(['failing']);
  const names = async (...argv: readonly string[]): Promise<unknown> =>
    (await rowsOf(mac, 'sessions', ...argv)).map((row) => String(row['session'])).sort();
  expect(await names('--project', 'kiln')).toEqual(['busy']);
  expect(await names('--model', OPUS)).toEqual(['failing']);
  expect(await names('--tool', 'Bash')).toEqual(['busy', 'failing']);
  expect(await names('--session', 'd')).toEqual(['dear']);
  expect(await names('--since', '2026-06-02')).toEqual([]);
  expect((await mac.usage('sessions', '--limit', '2')).stdout).toContain('2 of 4 sessions');
});
