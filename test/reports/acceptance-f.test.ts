import { expect, test } from 'vitest';
import { appendLog, end, prompt, response, start, T0, writeLog } from '../logs/claude.ts';
import { exposure, other, refer, use, writeWorkspace } from '../logs/yoi.ts';
import { machine, type Machine } from '../world.ts';
import { figureBy, rowsOf, type Row } from './rows.ts';

async function contextOf(mac: Machine, lines: readonly string[]): Promise<readonly Row[]> {
  await mac.json('import', writeWorkspace(mac, lines));
  return rowsOf(mac, 'context');
}

const decision = { kind: 'decision', slug: 'glaze-first' };
const knowledge = { kind: 'knowledge', slug: 'kiln-curve', bytes: 8 };

test('F76: a decision read once, knowledge referenced twice and exposed once with 8 bytes: 1 and 2 uses, 0 and 1 exposures, 2 tokens', async () => {
  const mac = machine();
  const rows = await contextOf(mac, [use(0, decision), refer(1000, knowledge), refer(2000, knowledge), exposure(3000, knowledge)]);
  expect(rows).toEqual([
    {
      kind: 'decision',
      slug: 'glaze-first',
      uses: 1,
      last_used: '2026-06-01T00:00:00.000Z',
      sources: { MemoryRead: 1 },
      exposures: 0,
      tokens_per_injection: null,
      exposure_tokens: 0,
    },
    {
      kind: 'knowledge',
      slug: 'kiln-curve',
      uses: 2,
      last_used: '2026-06-01T00:00:02.000Z',
      sources: { KnowledgeReference: 2 },
      exposures: 1,
      tokens_per_injection: 2,
      exposure_tokens: 2,
    },
  ]);
});

test('F76: what was only exposed has no use and was never used last', async () => {
  const mac = machine();
  const rows = await contextOf(mac, [exposure(0, knowledge)]);
  expect(rows).toMatchObject([{ uses: 0, last_used: null, sources: {}, exposures: 1, exposure_tokens: 2 }]);
  expect((await mac.usage('context')).stdout).toMatch(/knowledge +kiln-curve +0 +- +1 +2 +2/);
});

test('F77: a record exposed with 400 bytes, then with 4000: 1100 tokens in all, 1000 for each injection now', async () => {
  const record = (bytes: number) => ({ ...knowledge, bytes });
  const rows = await contextOf(machine(), [exposure(0, record(400)), exposure(60_000, record(4000))]);
  expect(rows).toMatchObject([{ exposures: 2, tokens_per_injection: 1000, exposure_tokens: 1100 }]);
});

test('F78: a failed read and a search hit are no use', async () => {
  const mac = machine();
  const rows = await contextOf(mac, [use(0, decision), other(1000, 'read_failed', knowledge), other(2000, 'search_hit', decision)]);
  expect(rows).toMatchObject([{ slug: 'glaze-first', uses: 1 }]);
  expect(await mac.json('status')).toMatchObject({ issues_open: 0 });
});

test('F78: three records in one event are three uses; the same event twice counts once', async () => {
  const mac = machine();
  const event = use(0, decision, { ...decision, slug: 'slow-cooling' }, knowledge);
  const rows = await contextOf(mac, [event, event, use(1000, decision)]);
  expect(rows.map(({ slug, uses }) => [slug, uses])).toEqual([
    ['glaze-first', 2],
    ['slow-cooling', 1],
    ['kiln-curve', 1],
  ]);
  await mac.json('import', writeWorkspace(mac, [event], 'copy'));
  expect((await rowsOf(mac, 'context')).map(({ uses }) => uses)).toEqual([2, 1, 1]);
});

const boundary = (at: number, preTokens: number | null, session: string): string =>
  JSON.stringify({
    ...JSON.parse(prompt(at, '', { session, uuid: `boundary-${at}` })),
    type: 'system',
    subtype: 'compact_boundary',
    message: undefined,
    ...(preTokens !== null && { compactMetadata: { trigger: 'auto', preTokens } }),
  });

test('F79: a compaction of 150 000 tokens before a request of 30 000 saved 120 000, also when it is replayed', async () => {
  const mac = machine();
  const [session, copy] = [{ session: 'aaaa' }, { session: 'bbbb' }];
  const history = [
    response(0, 'msg_1', { input: 100, cacheRead: 149_900 }, session),
    boundary(1000, 150_000, 'aaaa'),
    response(2000, 'msg_2', { input: 10_000, cacheRead: 15_000, cacheWrite: 5000, output: 700 }, session),
    response(3000, 'msg_3', { input: 31_000 }, session),
  ];
  const log = writeLog(mac, 'a.jsonl', history);
  await mac.json('import');
  const expected = { compactions: 1, compaction_saved_tokens: 120_000 };
  expect(await rowsOf(mac, 'sessions')).toMatchObject([expected]);
  expect(await mac.json('session', 'aaaa')).toMatchObject(expected);
  appendLog(log, history);
  writeLog(mac, 'b.jsonl', [...history.map((line) => line.replaceAll('aaaa', 'bbbb')), response(4000, 'msg_4', { input: 1 }, copy)]);
  await mac.json('import');
  expect(await rowsOf(mac, 'sessions', '--session', 'aaaa')).toMatchObject([expected]);
  expect(await rowsOf(mac, 'sessions', '--session', 'bbbb')).toMatchObject([{ compactions: 0, compaction_saved_tokens: 0 }]);
});

test('F79: what a compaction saved is not known where the log does not tell its size, or nothing came after it', async () => {
  const mac = machine();
  writeLog(mac, 'a.jsonl', [boundary(1000, null, 'untold'), response(2000, 'msg_1', { input: 10 }, { session: 'untold' })]);
  writeLog(mac, 'b.jsonl', [response(0, 'msg_2', { input: 10 }, { session: 'last' }), boundary(5000, 150_000, 'last')]);
  await mac.json('import');
  for (const session of ['untold', 'last']) {
    expect(await rowsOf(mac, 'sessions', '--session', session)).toMatchObject([{ compactions: 1, compaction_saved_tokens: null }]);
  }
  expect(mac.sql('select at from compactions')).toEqual([{ at: T0 + 1000 }, { at: T0 + 5000 }]);
});

const DAY = 86_400_000;

test('F80: 2 + 1 anomalies on one day and 1 on another are 3 and 1, 4 in all; a replay changes nothing; of a model they are not known', async () => {
  const mac = machine();
  const lines = [
    prompt(0, 'go'),
    start('toolu_back', 5000),
    end('toolu_back', 4000),
    start('toolu_open', 6000),
    start('toolu_twice', 7000, { tool: 'Bash' }),
    start('toolu_twice', 8000, { tool: 'Grep' }),
    end('toolu_twice', 9000),
    end('toolu_orphan', DAY),
    start('toolu_back2', DAY + 9000),
    end('toolu_back2', DAY + 8000),
  ];
  const log = writeLog(mac, '11111111-1111-4111-8111-111111111111.jsonl', lines);
  await mac.json('import');
  const of = async (...argv: readonly string[]) => (await mac.json('report', ...argv))['summary'];
  const expected = { '2026-06-01': 3, '2026-06-02': 1, undated: 1 };
  expect(await figureBy(mac, 'anomalies', 'day', '--days', 'all')).toEqual(expected);
  expect(await of('--days', 'all')).toMatchObject({ anomalies: 5 });
  expect(await of('--since', '2026-06-01', '--until', '2026-06-02')).toMatchObject({ anomalies: 4 });
  expect((await mac.usage('report', '--since', '2026-06-01')).stdout).toContain('4 facts do not fit together');
  appendLog(log, lines);
  await mac.json('import');
  expect(await figureBy(mac, 'anomalies', 'day', '--days', 'all')).toEqual(expected);
  expect(await of('--model', 'claude-*')).toMatchObject({ anomalies: null });
  expect(await of('--tool', 'Bash')).toMatchObject({ anomalies: null });
  expect(await figureBy(mac, 'anomalies', 'model', '--days', 'all')).toEqual({ 'claude-sonnet-4-20250514': null, '(none)': null });
});

test('anomalies are listed by kind and day', async () => {
  const mac = machine();
  const elsewhere = { session: '99999999-1111-4111-8111-111111111111' };
  writeLog(mac, '11111111-1111-4111-8111-111111111111.jsonl', [
    start('toolu_open', 0),
    end('toolu_orphan', 1000),
    prompt(3_600_000, 'still there'),
    prompt(DAY, 'from another session', elsewhere),
    prompt(null, 'at no time'),
    start('toolu_twice', 7000, { tool: 'Bash' }),
    start('toolu_twice', 8000, { tool: 'Grep' }),
    end('toolu_twice', 9000),
    '{"no end',
  ]);
  await mac.json('import');
  const { stdout } = await mac.usage('status', '--issues', '--format', 'csv');
  expect(stdout.replaceAll(mac.home, '~').split('\n').slice(1, -1)).toEqual([
    'id_given_twice,2026-06-01,1',
    'orphan_result,undated,1',
    'session_misfiled,2026-06-02,1',
    'unanswered_call,2026-06-01,1',
    'undated,undated,1',
    'parse,~/.claude/projects/-home-ada-work-lathe/11111111-1111-4111-8111-111111111111.jsonl:9,1',
  ]);
});
