import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { toNanoUsd } from '../../src/reports/common/weight-notes.ts';
import { homely, withCatalog } from '../catalog/home.ts';
import { command, end, prompt, response, start, T0, writeLog, type LineOptions } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';
import { rowsOf } from './rows.ts';

const DAY = 86_400_000;
const at = (time: string): number => Date.parse(time) - T0;

/** A skill of the user that was made long ago, or when it is said. */
function install(mac: Machine, name: string, madeAt = '2026-01-01T00:00:00Z', folder = '.claude/skills'): void {
  const path = join(mac.home, folder, name, 'SKILL.md');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `---\nname: ${name}\ndescription: ${name}.\n---\n`);
  utimesSync(path, new Date(madeAt), new Date(madeAt));
}

let calls = 0;
function skill(time: string, name: string, options: LineOptions = {}): readonly string[] {
  const id = `toolu_skill_${++calls}`;
  return [
    start(id, at(time), { ...options, tool: 'Skill', input: { skill: name }, message: `msg_${id}` }),
    end(id, at(time) + 1, 'ok', options),
  ];
}

/** What the client lists at the beginning of a session. */
const listing = (time: string, names: readonly string[], options: LineOptions = {}): string =>
  JSON.stringify({
    ...JSON.parse(prompt(at(time), '', options)),
    type: 'attachment',
    message: undefined,
    attachment: {
      type: 'skill_listing',
      content: names.map((name) => `- ${name}: ${name}.`).join('\n'),
      skillCount: names.length,
      isInitial: true,
    },
  });

const namesOf = async (mac: Machine, ...argv: readonly string[]): Promise<unknown> =>
  (await rowsOf(mac, 'dead-weight', ...argv)).map((row) => row['name']);

test('D59: at 2026-06-10 18:00 the last 30 days begin at midnight of 05-12: what was used just before is listed, what was used then is not', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  for (const name of ['before', 'then']) install(mac, name);
  writeLog(mac, 's.jsonl', [...skill('2026-05-11T23:59:59.999Z', 'before'), ...skill('2026-05-12T00:00:00.000Z', 'then')]);
  await mac.json('import');
  expect(await rowsOf(mac, 'dead-weight', '--days', '30')).toMatchObject([
    { name: 'before', state: 'dormant', uses: 0, last_used: '2026-05-11T23:59:59.999Z' },
  ]);
});

test('D60: disabled, removed, young and built-in things are listed with --all only; what was never used was used never', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  install(mac, 'dead');
  install(mac, 'young', '2026-06-01T00:00:00Z');
  writeFileSync(
    join(mac.home, '.claude.json'),
    JSON.stringify({ projects: { [mac.home]: { mcpServers: { off: {} }, disabledMcpServers: ['off'] } } }),
  );
  const first = { session: '11111111-0000-4000-8000-000000000001' };
  const second = { session: '22222222-0000-4000-8000-000000000002' };
  writeLog(mac, 'a.jsonl', [
    listing('2026-06-01T00:00:00Z', ['dead', 'gone'], first),
    response(at('2026-06-01T00:00:01Z'), 'msg_a', { input: 1 }, first),
  ]);
  writeLog(mac, 'b.jsonl', [
    listing('2026-06-09T00:00:00Z', ['dead', 'young'], second),
    response(at('2026-06-09T00:00:01Z'), 'msg_b', { cacheRead: 1 }, second),
    start('toolu_agent', at('2026-06-09T00:00:02Z'), { ...second, tool: 'Task', input: { subagent_type: 'Explore' } }),
  ]);
  await mac.json('import');
  expect(await rowsOf(mac, 'dead-weight')).toMatchObject([
    {
      name: 'dead',
      kind: 'skill',
      scope: 'user',
      state: 'dead',
      loaded_sessions: 2,
      used_sessions: 0,
      uses: 0,
      last_used: null,
      first_seen: '2026-01-01T00:00:00.000Z',
    },
  ]);
  expect((await mac.usage('dead-weight')).stdout).toContain('12 in this window, <$0.001 at list prices');
  expect((await mac.usage('dead-weight')).stdout).toMatch(/^dead +skill .* dead +2 +0 +never /m);
  const states = Object.fromEntries((await rowsOf(mac, 'dead-weight', '--all')).map(({ name, state }) => [name, state]));
  expect(states).toEqual({ dead: 'dead', young: 'new', gone: 'removed', off: 'disabled', Explore: 'built_in' });
  expect(await namesOf(mac, '--grace', '1')).toEqual(['dead', 'young']);
});

test('D60: in the order of what it cost, then of its tokens, then of its name; nothing is an all-clear', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  for (const name of ['b', 'a', 'a-longer-name', 'unlisted']) install(mac, name);
  const session = { session: '11111111-0000-4000-8000-000000000001' };
  const listed = [
    listing('2026-06-01T00:00:00Z', ['b', 'a-longer-name', 'a'], session),
    response(at('2026-06-01T00:00:01Z'), 'msg_a', { cacheRead: 1 }, session),
  ];
  const log = writeLog(mac, 'a.jsonl', listed);
  await mac.json('import');
  expect(await rowsOf(mac, 'dead-weight')).toMatchObject([
    { name: 'a-longer-name', state: 'dead' },
    { name: 'a', state: 'dead' },
    { name: 'b', state: 'dead' },
    { name: 'unlisted', state: 'no_evidence', loaded_sessions: null, exposed_tokens: null, cost_usd: null },
  ]);
  const used = ['b', 'a', 'a-longer-name', 'unlisted'].flatMap((name) => skill('2026-06-02T00:00:00Z', name, session));
  writeFileSync(log, [...listed, ...used].map((line) => `${line}\n`).join(''));
  await mac.json('import');
  const { code, stdout } = await mac.usage('dead-weight');
  expect(code).toBe(0);
  expect(stdout).toContain('Nothing that is loaded goes unused');
});

test('D61: what was used in other projects only is listed for a project as used elsewhere', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  install(mac, 'traveller');
  const [here, there] = [
    { session: 'aaaa', cwd: join(mac.home, 'here') },
    { session: 'bbbb', cwd: join(mac.home, 'there') },
  ];
  writeLog(mac, 'h.jsonl', [listing('2026-06-01T00:00:00Z', ['traveller'], here), response(at('2026-06-01T00:00:01Z'), 'msg_h', {}, here)]);
  writeLog(mac, 't.jsonl', skill('2026-06-01T00:00:00Z', 'traveller', there), '-there');
  await mac.json('import');
  expect(await namesOf(mac)).toEqual([]);
  expect(await rowsOf(mac, 'dead-weight', '--project', 'here')).toMatchObject([{ name: 'traveller', state: 'used_elsewhere', uses: 0 }]);
  expect(await namesOf(mac, '--project', 'there')).toEqual([]);
});

test('D62: a tool that is in no catalogue is in tools; when it is installed later, its history is there', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  writeLog(mac, 's.jsonl', [
    start('toolu_1', at('2026-06-05T00:00:00Z'), { tool: 'mcp__harbour__get_swell' }),
    end('toolu_1', at('2026-06-05T00:00:01Z')),
  ]);
  await mac.json('import');
  expect(await rowsOf(mac, 'tools')).toMatchObject([{ tool: 'mcp__harbour__get_swell', server: 'harbour', calls: 1 }]);
  writeFileSync(join(mac.home, '.claude.json'), '{"mcpServers":{"harbour":{}}}');
  expect(await rowsOf(mac, 'dead-weight', '--all')).toMatchObject([
    {
      name: 'harbour',
      kind: 'mcp_server',
      scope: 'user',
      state: 'used',
      uses: 1,
      used_sessions: 1,
      first_seen: '2026-06-05T00:00:00.000Z',
    },
  ]);
});

test('a skill that was typed as a slash command was used; one that was only mentioned was not', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  for (const name of ['typed', 'mentioned']) install(mac, name);
  writeLog(mac, 's.jsonl', [
    listing('2026-06-01T00:00:00Z', ['typed', 'mentioned']),
    command(at('2026-06-01T00:00:01Z'), 'typed'),
    prompt(at('2026-06-01T00:00:02Z'), 'use mentioned, or /mentioned'),
    response(at('2026-06-01T00:00:03Z'), 'msg_1'),
  ]);
  await mac.json('import');
  expect(await rowsOf(mac, 'dead-weight')).toMatchObject([{ name: 'mentioned', state: 'dead' }]);
});

test('a request carries a list from its line on; of two lists of one thing the later counts, and a removal ends it', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  const tools = (time: string, change: 'added' | 'removed'): string =>
    JSON.stringify({
      ...JSON.parse(prompt(at(time), '')),
      type: 'attachment',
      message: undefined,
      attachment: {
        type: 'deferred_tools_delta',
        addedNames: change === 'added' ? ['mcp__s__tool'] : [],
        addedLines: change === 'added' ? ['x'.repeat(40)] : [],
        removedNames: change === 'removed' ? ['mcp__s__tool'] : [],
      },
    });
  const request = (time: string, id: string): string => response(at(time), id, { cacheRead: 1000 });
  writeLog(mac, 's.jsonl', [
    request('2026-06-01T00:00:00Z', 'msg_0'),
    listing('2026-06-01T00:00:01Z', ['abc']), // "- abc: abc." is 11 bytes: 3 tokens
    tools('2026-06-01T00:00:01Z', 'added'), // 10 tokens
    request('2026-06-01T00:00:02Z', 'msg_1'),
    request('2026-06-01T00:00:03Z', 'msg_2'),
    listing('2026-06-01T00:00:04Z', ['abc', 'def']),
    tools('2026-06-01T00:00:04Z', 'removed'),
    request('2026-06-01T00:00:05Z', 'msg_3'),
    request('2026-06-01T00:00:06Z', 'msg_4'),
    request('2026-06-01T00:00:07Z', 'msg_5'),
    response(at('2026-06-01T00:00:08Z'), 'msg_6', {}, { sidechain: true, agent: 'x' }),
  ]);
  await mac.json('import');
  const rows = Object.fromEntries((await rowsOf(mac, 'dead-weight', '--all')).map((row) => [row['name'], row]));
  expect(rows['abc']).toMatchObject({
    loaded_sessions: 1,
    resident_tokens: 3,
    resident_basis: 'measured',
    exposed_tokens: 3 * 2 + 3 * 3,
    cost_usd: 15 * 0.3e-6,
  });
  expect(rows['def']).toMatchObject({ loaded_sessions: 1, resident_tokens: 3, exposed_tokens: 9 });
  expect(rows['s']).toMatchObject({
    kind: 'mcp_server',
    resident_tokens: 10,
    resident_basis: 'deferred',
    exposed_tokens: 20,
    cost_usd: 20 * 0.3e-6,
  });
});

test('a server of which few of many tools are called has low coverage', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q');
  expect(await rowsOf(mac, 'dead-weight', '--state', 'low coverage')).toMatchObject([
    { name: 'tide_tables', tools_offered: 12, tools_used: 1 },
  ]);
});

test('--fail-over exits 1 when more tokens of each request would be freed', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q');
  const totals = (await mac.json('dead-weight'))['totals'];
  const freed = totals !== null && typeof totals === 'object' && 'tokens_per_request' in totals ? Number(totals.tokens_per_request) : NaN;
  expect(freed).toBeGreaterThan(0);
  expect((await mac.usage('dead-weight', '--fail-over', String(freed))).code).toBe(0);
  expect((await mac.usage('dead-weight', '--fail-over', String(freed - 1))).code).toBe(1);
  expect((await mac.usage('dead-weight', '--fail-over', 'many')).code).toBe(2);
});

test('a plugin and its parts are not freed twice', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q');
  const freed = async (...argv: readonly string[]): Promise<unknown> => (await mac.json('dead-weight', ...argv))['totals'];
  expect(await freed('--all')).toEqual(await freed());
});

test('for one project, what is installed in another one is left out', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  for (const folder of ['here', 'there']) install(mac, `of-${folder}`, undefined, `${folder}/.claude/skills`);
  install(mac, 'of-user');
  for (const folder of ['here', 'there']) {
    const options = { session: folder, cwd: join(mac.home, folder) };
    writeLog(mac, `${folder}.jsonl`, [response(at('2026-06-01T00:00:01Z'), `msg_${folder}`, {}, options)]);
  }
  await mac.json('import');
  expect(await namesOf(mac, '--project', 'here', '--sort', 'name')).toEqual(['of-here', 'of-user']);
  expect(await namesOf(mac, '--sort', 'name')).toEqual(['of-here', 'of-there', 'of-user']);
});

test('left out are the names that --ignore gives; a kind that is not known is wrong use', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q');
  const all = await rowsOf(mac, 'dead-weight');
  expect(await namesOf(mac, '--ignore', 'idle, berths')).toEqual(
    all.map((row) => row['name']).filter((name) => name !== 'idle' && name !== 'berths'),
  );
  expect(await mac.usage('dead-weight', '--kind', 'tool')).toMatchObject({ code: 2, stdout: '' });
  expect(await mac.usage('dead-weight', '--model', 'x')).toMatchObject({ code: 2, stdout: '' });
});

test('a home with every kind, scope and state', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z', env: { COLUMNS: '100' } });
  await mac.usage('import', '-q');
  const { code, stdout } = await mac.usage('dead-weight');
  expect(code).toBe(0);
  await expect(homely(mac, stdout)).toMatchFileSnapshot('../../fixtures/catalog/dead-weight.txt');
  const all = await mac.usage('dead-weight', '--all', '--format', 'csv');
  await expect(homely(mac, all.stdout)).toMatchFileSnapshot('../../fixtures/catalog/dead-weight.csv');
});

test('the uses of a window are those of its days only, however long the list was there', async () => {
  const mac = machine({ now: '2026-06-10T18:00:00Z' });
  install(mac, 'old-friend');
  const session = { session: 'aaaa' };
  writeLog(mac, 's.jsonl', [
    listing('2026-04-01T00:00:00Z', ['old-friend'], session),
    ...skill('2026-04-01T00:00:01Z', 'old-friend', session),
    response(at('2026-06-01T00:00:00Z') + DAY, 'msg_late', { cacheRead: 10 }, session),
  ]);
  await mac.json('import');
  expect(await rowsOf(mac, 'dead-weight')).toMatchObject([
    { state: 'dormant', loaded_sessions: 1, uses: 0, last_used: '2026-04-01T00:00:01.000Z' },
  ]);
  expect(await namesOf(mac, '--days', 'all')).toEqual([]);
});

test('a gap between imports that is longer than logs are kept is told', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q', '--now', '2026-04-21T00:00:00Z');
  expect((await mac.usage('dead-weight', '--days', 'all', '--now', '2026-05-20T00:00:00Z', '--kind', 'plugin')).stderr).not.toContain(
    'cleanupPeriodDays',
  );
  const { stderr } = await mac.usage('dead-weight', '--days', 'all', '--now', '2026-07-20T00:00:00Z', '--kind', 'plugin');
  expect(stderr).toMatch(/^usage: \d+ days lay between two imports, and Claude Code deletes logs after 30 \(cleanupPeriodDays\)/m);
});

test('what the config names with a reason is left out, until its last day', async () => {
  const mac = withCatalog({ now: '2026-06-10T18:00:00Z' });
  await mac.usage('import', '-q');
  const config = (text: string): void => {
    mkdirSync(join(mac.home, '.config/usage'), { recursive: true });
    writeFileSync(join(mac.home, '.config/usage/config.toml'), text);
  };
  const all = await namesOf(mac);
  config(
    `[[ignore]]\nname = "berths"\nreason = "for the regatta"\nuntil = 2026-06-10\n[[ignore]]\nname = "deckhand"\nkind = "skill"\nreason = "another kind"\n`,
  );
  expect(await namesOf(mac)).toEqual(Array.isArray(all) ? all.filter((name) => name !== 'berths') : []);
  expect((await mac.usage('dead-weight')).stdout).toContain('left out on purpose: berths (for the regatta)');
  expect(await mac.json('dead-weight')).toMatchObject({ ignored: [{ name: 'berths', reason: 'for the regatta' }] });
  expect(await namesOf(mac, '--now', '2026-06-11T00:00:00Z')).toContain('berths');
  for (const broken of [
    'ignore = 7',
    '[[ignore]]\nname = "x"',
    '[[ignore]]\nname = "x"\nreason = "y"\nuntil = "soon"',
    '[[ignore]]\nname = "x"\nreason = "y"\nwho = "z"',
  ]) {
    config(broken);
    const { code, stdout, stderr } = await mac.usage('dead-weight');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('config.toml:1: an entry of ignore is not understood');
  }
});

test('a sum of costs has no digits that depend on the order of its parts', () => {
  expect(0.1 + 0.2).not.toBe(0.3);
  expect(toNanoUsd(0.1 + 0.2)).toBe(0.3);
  expect(toNanoUsd(null)).toBeNull();
});
