import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { machine, type Machine } from '../world.ts';

/* What an answer without rows says. The sample logs are of 2026-05-04 to 2026-05-21. */

const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));
const REPORTS = ['tools', 'report', 'dead-weight', 'sessions', 'errors', 'context'];
const NOTHING_YET = 'Nothing is imported yet. Read the logs of this machine with: usage import';

async function withSample(): Promise<Machine> {
  const mac = machine({ now: '2026-05-22T18:00:00Z' });
  cpSync(SAMPLE, mac.home, { recursive: true });
  await mac.json('import');
  return mac;
}

async function said({ usage }: Machine, line: string): Promise<string> {
  const { code, stdout, stderr } = await usage(...line.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test.each(['', ...REPORTS, 'report --format md', 'tools --days 7 --compare', 'prices missing', 'prices list'])(
  'usage %s on an empty store says what to do',
  async (line) => {
    const { stdout } = await machine().usage(...line.split(' ').filter((word) => word !== ''));
    expect(stdout).toContain('with: usage import');
  },
);

test.each(['session x', 'tools Bash', 'forget --project x --dry-run'])(
  'usage %s on an empty store says what to do, exit 2',
  async (line) => {
    const { code, stderr } = await machine().usage(...line.split(' '));
    expect(code).toBe(2);
    expect(stderr).toContain(NOTHING_YET);
  },
);

test.each([
  'tools --days 1',
  'report --days 1',
  'sessions --days 1',
  'errors --days 1',
  'context --days 1',
  'tools --days 1 --compare',
  'report --days 1 --format md',
  'report --until 2026-01-01',
  'tools --days 1 --project lighthouse-log',
])('usage %s: the window has nothing, and which one has', async (line) => {
  const last = line.includes('lighthouse') ? '2026-05-13' : '2026-05-21';
  expect(await said(await withSample(), line)).toContain(
    `Nothing is in this window, but from 2026-05-04 to ${last}. Ask for that with --days all, or --since 2026-05-04.`,
  );
});

test.each([
  ['tools --tool Bsh', 'No tool Bsh is in the store. Did you mean Bash?'],
  ['tools --server postgers', 'No server postgers is in the store. Did you mean postgres?'],
  ['report --project light-house-log --days all', 'No project light-house-log is in the store. Did you mean lighthouse-log?'],
  ['report --model gpt-5-codexx', 'No model gpt-5-codexx is in the store. Did you mean gpt-5-codex?'],
  ['sessions --session 1e685b05', 'No session 1e685b05 is in the store. Did you mean 1e685a05?'],
  ['errors --project kiln', 'No project kiln is in the store. usage report --by project --days all lists those that are.'],
  ['report --source yoi', 'No session of yoi is in the store. usage report --by source --days all lists those that are.'],
  ['dead-weight --project kiln', 'No project kiln is in the store.'],
  ['tools --tool Bash --server postgres', 'Nothing matches --tool Bash and --server postgres together. Leave one of them out.'],
])('usage %s: %s', async (line, sentence) => {
  expect(await said(await withSample(), line)).toContain(sentence);
});

test.each([
  ['tools Bsh', 'No tool Bsh is in the store. Did you mean Bash?'],
  ['tools forecast', 'Did you mean mcp__harbour-weather__get_forecast?'],
  ['tools Bash --days 1', 'No call of Bash is in this window, but from 2026-05-04 to 2026-05-20.'],
  ['session 1e685b05', 'No session 1e685b05 is in the store. Did you mean 1e685a05?'],
  ['forget --project tide-table --dry-run', 'Did you mean tide-tables?'],
  ['tools --by serverr', '--by serverr is not known. Did you mean server? Use one of: tool, server, skill, agent.'],
  ['report --format jsn', 'Did you mean json?'],
  ['report --sort tokns', 'Did you mean tokens?'],
  ['config set tmezone UTC', 'tmezone is no setting. Did you mean timezone?'],
  ['config lst', 'lst is no command of config. Did you mean list?'],
  ['toolz --help', 'toolz is no command. Did you mean tools?'],
  ['report --dayz 3', '--dayz is no option of report. Did you mean --days?'],
])('usage %s → exit 2: %s', async (line, sentence) => {
  const { usage } = await withSample();
  const { code, stdout, stderr } = await usage(...line.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(sentence);
});

test('where there is something to count and nothing is found, the report says so itself', async () => {
  const mac = await withSample();
  expect(await said(mac, 'errors --tool Glob --days all')).toContain('No call failed in this window.');
  expect(await said(mac, 'errors --days all')).not.toContain('Nothing');
});
