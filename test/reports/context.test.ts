import { expect, test } from 'vitest';
import { command, end, prompt, response, start, writeLog, type LineOptions } from '../logs/claude.ts';
import { exposure, use, writeWorkspace } from '../logs/yoi.ts';
import { machine, type Machine } from '../world.ts';
import { rowsOf } from './rows.ts';

const DAY = 86_400_000;

/** Skills loaded and commands typed in two projects. */
async function withSkills(): Promise<Machine> {
  const mac = machine();
  const skill = (id: string, at: number, name: string, options: LineOptions = {}) =>
    start(id, at, { ...options, tool: 'Skill', input: { skill: name }, message: `msg_${id}` });
  writeLog(mac, 's.jsonl', [
    prompt(0, 'turn it'),
    skill('toolu_1', 1000, 'pdf'),
    end('toolu_1', 1100),
    skill('toolu_2', DAY, 'pdf'),
    end('toolu_2', DAY + 100),
    skill('toolu_3', DAY + 1000, 'xlsx'),
    end('toolu_3', DAY + 1100, 'err', { text: 'Unknown skill' }),
    skill('toolu_4', DAY + 2000, 'open-one'),
    command(2 * DAY, 'review'),
    command(2 * DAY + 1000, 'review'),
    command(2 * DAY + 2000, 'plan'),
    start('toolu_5', 2 * DAY + 3000, { tool: 'Bash', input: { command: 'pdf' } }),
  ]);
  const there = { session: 'other', cwd: '/home/ada/work/kiln' };
  writeLog(mac, 'o.jsonl', [skill('toolu_k', 3 * DAY, 'glaze', there), end('toolu_k', 3 * DAY + 9, 'ok', there)], '-home-ada-work-kiln');
  await mac.json('import');
  return mac;
}

test('skills that were loaded and commands that were typed are uses; a load that failed or has no result is none', async () => {
  const mac = await withSkills();
  const nothing = { exposures: 0, tokens_per_injection: null, exposure_tokens: 0 };
  expect(await rowsOf(mac, 'context')).toEqual([
    { kind: 'command', slug: 'plan', uses: 1, last_used: '2026-06-03T00:00:02.000Z', sources: { typed: 1 }, ...nothing },
    { kind: 'command', slug: 'review', uses: 2, last_used: '2026-06-03T00:00:01.000Z', sources: { typed: 2 }, ...nothing },
    { kind: 'skill', slug: 'glaze', uses: 1, last_used: '2026-06-04T00:00:00.000Z', sources: { Skill: 1 }, ...nothing },
    { kind: 'skill', slug: 'pdf', uses: 2, last_used: '2026-06-02T00:00:00.000Z', sources: { Skill: 2 }, ...nothing },
  ]);
});

test('filtered like every report', async () => {
  const mac = await withSkills();
  await mac.json('import', writeWorkspace(mac, [use(4 * DAY, { kind: 'decision', slug: 'glaze-first' })]));
  const slugs = async (...argv: readonly string[]): Promise<unknown> => (await rowsOf(mac, 'context', ...argv)).map((row) => row['slug']);
  expect(await slugs('--project', 'kiln')).toEqual(['glaze']);
  expect(await slugs('--project', 'garden')).toEqual(['glaze-first']);
  expect(await slugs('--source', 'yoi')).toEqual(['glaze-first']);
  expect(await slugs('--session', 'oth')).toEqual(['glaze']);
  expect(await slugs('--until', '2026-06-01')).toEqual(['pdf']);
  expect(await slugs('--since', '2026-06-04')).toEqual(['glaze-first', 'glaze']);
  expect(await rowsOf(mac, 'context', '--until', '2026-06-01')).toMatchObject([{ uses: 1 }]);
});

test('records belong to no model and no tool: a question for those of one is refused', async () => {
  const mac = await withSkills();
  for (const filter of [
    ['--model', 'claude-*'],
    ['--tool', 'Skill'],
  ]) {
    const { code, stdout, stderr } = await mac.usage('context', ...filter);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--project');
  }
});

test('sorted before it is cut', async () => {
  const mac = machine();
  const record = (slug: string, bytes?: number) => ({ kind: 'knowledge', slug, ...(bytes !== undefined && { bytes }) });
  const lines = [
    use(0, record('used')),
    use(1000, record('used')),
    use(9000, record('late')),
    exposure(2000, record('shown', 4)),
    exposure(3000, record('shown', 4)),
    exposure(4000, record('heavy', 40_000)),
  ];
  await mac.json('import', writeWorkspace(mac, lines));
  const first = async (sort: string): Promise<unknown> => (await rowsOf(mac, 'context', '--sort', sort, '--limit', '1'))[0]?.['slug'];
  expect(await first('record')).toBe('heavy');
  expect(await first('uses')).toBe('used');
  expect(await first('last')).toBe('late');
  expect(await first('exposures')).toBe('shown');
  expect(await first('tokens')).toBe('heavy');
  expect((await mac.usage('context', '--limit', '1')).stdout).toContain('1 of 4 records');
});

test('without any record, that is said', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [response(0, 'msg_1')]);
  await mac.json('import');
  const { code, stdout } = await mac.usage('context');
  expect(code).toBe(0);
  expect(stdout).toContain('no proof that none was');
});

const attachment = (at: number, content: object, options: LineOptions = {}): string =>
  JSON.stringify({ ...JSON.parse(prompt(at, '', options)), type: 'attachment', message: undefined, attachment: content });
const listing = (at: number, content: string, options: LineOptions = {}): string =>
  attachment(at, { type: 'skill_listing', content, skillCount: 2, isInitial: true }, options);

test('what stands on a list is exposed in each session that has it, by its own text; a use is a call, a typed command, a file that was read', async () => {
  const mac = machine();
  const list = `- pdf: ${'x'.repeat(92)}\n- xlsx: ${'x'.repeat(32)}`; // 100 bytes with the line end, 40 bytes
  const second = { session: '22222222-1111-4111-8111-111111111111' };
  writeLog(mac, `${second.session}.jsonl`, [
    listing(DAY, list, second),
    command(DAY + 1, 'pdf', second),
    prompt(DAY + 2, 'mentions xlsx', second),
  ]);
  writeLog(mac, '11111111-1111-4111-8111-111111111111.jsonl', [
    listing(0, list),
    attachment(1, {
      type: 'nested_memory',
      path: '/home/ada/CLAUDE.md',
      content: { path: '/home/ada/CLAUDE.md', content: 'y'.repeat(402) },
    }),
    start('toolu_1', 2, { tool: 'Read', input: { file_path: '/home/ada/.claude/skills/pdf/SKILL.md' } }),
    end('toolu_1', 3),
    start('toolu_2', 4, { tool: 'Read', input: { file_path: '/home/ada/CLAUDE.md' } }),
    end('toolu_2', 5, 'err', { text: 'File does not exist.' }),
    start('toolu_3', 6, { tool: 'Task', input: { subagent_type: 'Explore', prompt: 'xlsx' } }),
    end('toolu_3', 7),
  ]);
  await mac.json('import');
  const expected = [
    { kind: 'agent', slug: 'Explore', uses: 1, sources: { Task: 1 }, exposures: 0, tokens_per_injection: null, exposure_tokens: 0 },
    { kind: 'memory', slug: '/home/ada/CLAUDE.md', uses: 0, sources: {}, exposures: 1, tokens_per_injection: 101, exposure_tokens: 101 },
    { kind: 'skill', slug: 'pdf', uses: 2, sources: { Read: 1, typed: 1 }, exposures: 2, tokens_per_injection: 25, exposure_tokens: 50 },
    { kind: 'skill', slug: 'xlsx', uses: 0, sources: {}, exposures: 2, tokens_per_injection: 10, exposure_tokens: 20 },
  ];
  expect(await rowsOf(mac, 'context')).toMatchObject(expected);
  await mac.json('import', '--rebuild');
  expect(await rowsOf(mac, 'context')).toMatchObject(expected);
  expect(mac.sql('select count(distinct list_id) as lists from listings')).toEqual([{ lists: 2 }]);
});

test('a skill that requests are attributed to was used, once for a session, unless a call or a command tells of it', async () => {
  const mac = machine();
  const attributed = (at: number, id: string, options: LineOptions = {}): string =>
    JSON.stringify({ ...JSON.parse(response(at, id, {}, options)), attributionSkill: 'pdf' });
  const second = { session: 'second' };
  writeLog(mac, 's.jsonl', [command(0, 'pdf'), attributed(1, 'msg_1'), attributed(2, 'msg_2')]);
  writeLog(mac, 't.jsonl', [attributed(3, 'msg_3', second), attributed(4, 'msg_4', second)]);
  await mac.json('import');
  expect(await rowsOf(mac, 'context')).toMatchObject([
    { kind: 'command', slug: 'pdf', uses: 1, sources: { typed: 1 } },
    { kind: 'skill', slug: 'pdf', uses: 1, sources: { attribution: 1 }, last_used: '2026-06-01T00:00:00.003Z' },
  ]);
});
