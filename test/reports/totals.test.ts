import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastDays, zone, type Window } from '../../src/model/time.ts';
import { report } from '../../src/reports/report.ts';
import type { Machine } from '../world.ts';
import { listOf, rowsOf, sum, sumNanoUsd, type Row } from './rows.ts';
import { variedMachine } from './varied.ts';

/*
 * The same question put to every report. What they print is compared with the facts, which are chosen here by other
 * means than in the program: each is read, and kept or not.
 */

const NOW = Date.parse('2026-06-10T18:00:00Z');

interface Question {
  readonly window: readonly string[];
  readonly timezone: string | null;
  readonly project: string | null;
  readonly model: string | null;
  readonly source: string | null;
  readonly session: string | null;
  readonly tool: string | null;
  readonly raw: boolean;
}

const mostlyNone = <T>(...values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...values) });
const date = fc.integer({ min: 0, max: 22 }).map((day) => new Date(Date.parse('2026-05-19') + day * 86_400_000).toISOString().slice(0, 10));
const instant = fc
  .integer({ min: 0, max: 22 * 24 * 60 })
  .map((minutes) => new Date(Date.parse('2026-05-19') + minutes * 60_000).toISOString());

const question: fc.Arbitrary<Question> = fc.record({
  window: fc.oneof(
    fc.constant(['--days', 'all']),
    fc.integer({ min: 1, max: 30 }).map((days) => ['--days', String(days)]),
    fc.tuple(date, date).map((dates) => ['--since', ...dates.toSorted()].toSpliced(2, 0, '--until')),
    date.map((until) => ['--until', until]),
    instant.map((since) => ['--since', since]),
  ),
  timezone: mostlyNone('Asia/Kolkata', 'UTC', 'Pacific/Auckland'),
  project: mostlyNone('/home/ada/work/kiln', 'lathe', '*/work/*', '/nowhere'),
  model: mostlyNone('claude-*', 'claude-opus-4-5-20251101', 'gpt-*', 'model-without-price'),
  source: mostlyNone('claude', 'codex'),
  session: mostlyNone('a', 'b1', 'resumed-session', '019e'),
  tool: mostlyNone('Bash', 'mcp__*', 'Grep', 'Nothing'),
  raw: fc.boolean(),
});

const argvOf = ({ window, ...filters }: Question): readonly string[] => [
  ...window,
  ...Object.entries(filters).flatMap(([name, value]) => (typeof value === 'string' ? [`--${name}`, value] : [])),
];

/** The facts that a question is about. */
function factsOf(
  mac: Machine,
  homeZone: string,
  { window: [option, first = '', , last], timezone, project, model, source, session, tool }: Question,
) {
  const in_ = zone(timezone ?? homeZone);
  const edge = (word: string, offset: number): number =>
    word.includes('T') ? Date.parse(word) : in_.startOf(Date.parse(word) / 86_400_000 + offset);
  const windows: Readonly<Record<string, () => Window>> = {
    '--days': () => (first === 'all' ? { from: null, until: null } : lastDays(Number(first), NOW, in_)),
    '--since': () => ({ from: edge(first, 0), until: last === undefined ? null : edge(last, 1) }),
    '--until': () => ({ from: null, until: edge(first, 1) }),
  };
  const { from = null, until = null } = windows[option ?? '']?.() ?? {};
  const like = (value: unknown, pattern: string | null): boolean =>
    pattern === null || new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(String(value));
  const isIn = (fact: Row): boolean =>
    (from === null || (fact['at'] !== null && Number(fact['at']) >= from)) &&
    (until === null || (fact['at'] !== null && Number(fact['at']) < until)) &&
    (like(fact['project'], project) || like(fact['project'], `*/${project}`)) &&
    like(fact['model'], model) &&
    like(fact['source'], source) &&
    String(fact['session']).startsWith(session ?? '');
  const joins = `join sessions s on s.id = f.session_id left join projects p on p.id = s.project_id`;
  const requests =
    mac.sql(`select f.started_at as at, f.cost_nano_usd as nano, m.name as model, p.path as project, s.source, s.key as session, f.status,
    f.input_tokens + f.cache_read_tokens + f.cache_write_5m_tokens + f.cache_write_1h_tokens + f.output_tokens as tokens
    from requests f ${joins} left join models m on m.id = f.model_id`);
  const calls =
    mac.sql(`select f.started_at as at, f.cost_nano_usd as nano, m.name as model, p.path as project, s.source, s.key as session, f.outcome, t.name as tool
    from tool_calls f ${joins} join tools t on t.id = f.tool_id left join requests r on r.id = f.request_id left join models m on m.id = r.model_id`);
  return { requests: requests.filter(isIn), calls: calls.filter((call) => isIn(call) && like(call['tool'], tool)) };
}

const isError = ({ outcome }: Row): boolean => outcome === 'error' || outcome === 'timeout';

/** Figures that a session may have in several groups. */
const BY_FACTS: ReadonlySet<string> = new Set(['tool', 'model', 'endpoint', 'status', 'agent']);

async function allAgree(mac: Machine, homeZone: string, asked: Question): Promise<void> {
  const argv = argvOf(asked);
  const { requests, calls } = factsOf(mac, homeZone, asked);
  const errors = calls.filter(isError).length;
  const ofCalls = { tool_calls: calls.length, tool_errors: errors };
  const costOfCalls = sum(calls, 'nano');
  const onlyTools = asked.tool !== null;
  const whole = { ...ofCalls, requests: requests.filter(({ status }) => status !== 'retry').length, total_tokens: sum(requests, 'tokens') };
  const cost = onlyTools ? costOfCalls : sum(requests, 'nano');
  const expected = onlyTools ? { ...ofCalls, requests: 0, total_tokens: 0 } : whole;

  const figuresOf = (rows: readonly Row[]): Row => Object.fromEntries(Object.keys(whole).map((figure) => [figure, sum(rows, figure)]));
  for (const by of report.groups) {
    const answer = await mac.json('report', ...argv, '--by', by, ...(asked.raw ? ['--raw'] : []));
    const [summary = {}, rows] = [listOf({ summary: [answer['summary']] }, 'summary')[0], listOf(answer, 'rows')];
    const isByTool = by === 'tool';
    expect([by, figuresOf([summary]), sumNanoUsd([summary], 'cost_usd')]).toEqual([by, expected, cost]);
    expect([by, figuresOf(rows), sumNanoUsd(rows, 'cost_usd')]).toEqual([
      by,
      isByTool ? { ...ofCalls, requests: 0, total_tokens: 0 } : expected,
      isByTool ? costOfCalls : cost,
    ]);
    if (!BY_FACTS.has(by))
      expect([by, sum(rows, 'sessions'), sum(rows, 'turns')]).toEqual([by, summary['sessions'], summary['turns'] ?? 0]);
  }
  const sessions = await rowsOf(mac, 'sessions', ...argv);
  expect(['sessions', figuresOf(sessions), sumNanoUsd(sessions, 'cost_usd')]).toEqual(['sessions', expected, cost]);
  const tools = await rowsOf(mac, 'tools', ...argv);
  const failures = sum(tools, 'errors') + sum(tools, 'timeouts');
  expect(['tools', sum(tools, 'calls'), failures, sumNanoUsd(tools, 'total_cost_usd')]).toEqual([
    'tools',
    calls.length,
    errors,
    costOfCalls,
  ]);
  for (const by of ['class', 'tool', 'model', 'project', 'day']) {
    const classes = await rowsOf(mac, 'errors', ...argv, '--by', by);
    expect(['errors', by, sum(classes, 'errors')]).toEqual(['errors', by, errors]);
    if (by === 'class' && errors > 0) expect(classes[0]).toMatchObject({ settled: sum(tools, 'settled') });
  }
}

test('the varied store has some of everything', async () => {
  const mac = await variedMachine();
  const count = (sql: string): unknown => mac.sql(`select count(*) as n from ${sql}`)[0]?.['n'];
  expect(count('(select distinct source from sessions)')).toBe(2);
  expect(count('(select distinct project_id from sessions)')).toBe(3);
  expect(count('requests where cost_nano_usd is null')).toBeGreaterThan(5);
  expect(count('requests where sidechain = 1')).toBeGreaterThan(3);
  expect(count(`requests where status = 'error'`)).toBeGreaterThan(5);
  expect(count('tool_calls where started_at is null')).toBeGreaterThan(5);
  expect(count('tool_calls where request_id is null')).toBe(0);
  expect(count('sightings')).toBeGreaterThan(5);
  expect(count('(select distinct outcome from tool_calls)')).toBeGreaterThan(3);
  expect(mac.sql('select min(day) < 20604 as may, max(day) > 20606 as june from requests')).toEqual([{ may: 1, june: 1 }]);
});

test.each(['UTC', 'America/St_Johns'])(
  'totals agree everywhere, at home in %s: tools, every group of a report, sessions, errors, and the facts, under any filters',
  async (timeZone) => {
    const mac = await variedMachine({ timeZone });
    await fc.assert(
      fc.asyncProperty(question, (asked) => allAgree(mac, timeZone, asked)),
      { seed: 20260601, numRuns: 10 },
    );
  },
);
