import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { response, writeLog } from '../logs/claude.ts';
import { rowsOf } from '../reports/rows.ts';
import { machine, type Machine } from '../world.ts';
import { homely, withCatalog } from './home.ts';

const SECRET = 'canary-in-the-mine';

function write(mac: Machine, path: string, text: string): string {
  const file = join(mac.home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('everything of every kind, scope and state is listed', async () => {
  const mac = withCatalog();
  await mac.usage('import', '-q');
  const { code, stdout } = await mac.usage('catalog', '--format', 'csv');
  expect(code).toBe(0);
  await expect(homely(mac, stdout)).toMatchFileSnapshot('../../fixtures/catalog/catalog.csv');
});

test('a broken file is a warning with its path and line; the rest is read', async () => {
  const mac = withCatalog();
  await mac.usage('import', '-q');
  const { code, stderr } = await mac.usage('catalog');
  expect(code).toBe(0);
  expect(homely(mac, stderr).trimEnd().split('\n').toSorted()).toEqual([
    'usage: ~/.claude/skills/broken/SKILL.md begins with a head that is no YAML (line 2); it goes by its file name.',
    'usage: ~/atlas/.claude/settings.json is no JSON (line 3); it is left out.',
    'usage: ~/atlas/.codex/config.toml is no TOML (line 2); it is left out.',
  ]);
});

test('secrets of configuration are in no answer, no warning and not in the store', async () => {
  const mac = withCatalog();
  await mac.usage('import', '-q');
  for (const argv of [
    ['catalog', '--json'],
    ['catalog'],
    ['dead-weight', '--all', '--json'],
    ['dead-weight', '--all'],
    ['status', '--json'],
  ]) {
    const { stdout, stderr } = await mac.usage(...argv);
    expect(stdout + stderr).not.toContain(SECRET);
  }
  expect(JSON.stringify(mac.sql('select * from items union all select 0, path, state from log_files'))).not.toContain(SECRET);
});

test('without a store, the current folder is the only project', async () => {
  const mac = machine();
  write(mac, '.mcp.json', '{"mcpServers":{"here":{}}}');
  expect(await rowsOf(mac, 'catalog')).toMatchObject([{ kind: 'mcp_server', name: 'here', scope: 'project', project: mac.home }]);
});

test('filtered and sorted like every report', async () => {
  const mac = withCatalog();
  await mac.usage('import', '-q');
  const names = async (...argv: readonly string[]): Promise<unknown> => (await rowsOf(mac, 'catalog', ...argv)).map((row) => row['name']);
  expect(await names('--kind', 'plugin')).toEqual([
    'ballast@docks',
    'drydock@docks',
    'lighthouse@docks',
    'rigging@docks',
    'shipyard@docks',
  ]);
  expect(await names('--state', 'disabled', '--source', 'codex')).toEqual(['buoys', 'ballast:trim', 'bearings', 'ballast@docks']);
  expect(await names('--kind', 'mcp_server', '--project', 'atlas')).toEqual(['charts', 'scratch', 'sonar']);
  expect(await names('--kind', 'skill', '--source', 'claude', '--sort', 'tokens', '--limit', '1')).toEqual(['soundings']);
  expect((await mac.usage('catalog', '--kind', 'tool')).code).toBe(2);
});

test('nothing installed is said so', async () => {
  const { code, stdout } = await machine().usage('catalog');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'Nothing is installed, as far as the configuration of Claude Code and Codex CLI tells.\n',
  });
});

test('configuration lies where CLAUDE_CONFIG_DIR and CODEX_HOME say', async () => {
  const mac = machine({ env: { CLAUDE_CONFIG_DIR: '~/one, ~/two', CODEX_HOME: '~/three' } });
  write(mac, 'one/skills/a/SKILL.md', 'A');
  write(mac, 'two/.claude.json', '{"mcpServers":{"b":{}}}');
  write(mac, 'three/config.toml', '[mcp_servers.c]\ncommand = "c"');
  write(mac, '.claude/skills/not/SKILL.md', 'not');
  write(mac, '.claude.json', '{"mcpServers":{"not":{}}}');
  expect((await rowsOf(mac, 'catalog')).map((row) => row['name'])).toEqual(['b', 'c', 'a']);
});

test('what is not of the form that is expected is passed over', async () => {
  const mac = machine();
  write(mac, '.claude.json', '{"mcpServers":["a"],"projects":7}');
  write(mac, '.claude/settings.json', '[]');
  write(mac, '.claude/plugins/installed_plugins.json', '{"plugins":{"x@y":[null,7,{"installPath":9}]}}');
  write(mac, '.mcp.json', '{"mcpServers":{"__proto__":{},"constructor":null}}');
  write(mac, '.codex/config.toml', 'mcp_servers = 7\nskills = "x"');
  write(mac, '.claude/skills/\u001b[2J/SKILL.md', '---\nname: 7\ndescription: [1]\n---\n');
  mkdirSync(join(mac.home, '.claude/agents/deep/er'), { recursive: true });
  symlinkSync(join(mac.home, '.claude/agents'), join(mac.home, '.claude/agents/deep/er/again'));
  write(mac, '.claude/agents/deep/er/one.md', 'One.');
  const { code, stdout, stderr } = await mac.usage('catalog', '--format', 'csv');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain('\u001b');
  const kinds = (await rowsOf(mac, 'catalog')).map(({ kind, name }) => `${String(kind)} ${String(name)}`);
  expect(kinds).toContain('mcp_server __proto__');
  expect(kinds).toContain('plugin x@y');
});

test('memory weighs what it imports, once, outside of code, at most five deep', async () => {
  const mac = machine();
  write(mac, 'CLAUDE.md', `@a.md ${'x'.repeat(93)}\n`); // 100 bytes
  write(mac, 'a.md', `@b.md @a.md \`@c.md\` ${'y'.repeat(79)}\n`); // 100 bytes
  write(mac, 'b.md', 'z'.repeat(50));
  write(mac, 'c.md', 'c'.repeat(1000));
  expect(await rowsOf(mac, 'catalog', '--kind', 'memory')).toMatchObject([
    { name: join(mac.home, 'CLAUDE.md'), resident_bytes: 250, resident_tokens: 63 },
  ]);
});

test('a file that is larger than any configuration is told and left out', async () => {
  const mac = machine();
  write(mac, '.claude.json', ' '.repeat((16 << 20) + 1));
  write(mac, '.claude/settings.json', ' '.repeat((1 << 20) + 1));
  const { code, stderr } = await mac.usage('catalog');
  expect(code).toBe(0);
  expect(homely(mac, stderr).trimEnd().split('\n').toSorted()).toEqual([
    'usage: ~/.claude.json is larger than any configuration (16 MB); it is left out.',
    'usage: ~/.claude/settings.json is larger than any configuration (1 MB); it is left out.',
  ]);
});

test('a session in a folder of a repository has what the folders above it hold, up to the repository', async () => {
  const mac = machine();
  for (const folder of ['', 'repo', 'repo/web', 'repo/web/app', 'repo/other']) write(mac, join(folder, 'AGENTS.md'), 'Be brief.');
  write(mac, 'repo/.git', 'gitdir: elsewhere');
  write(mac, 'repo/.mcp.json', '{"mcpServers":{"charts":{}}}');
  writeLog(mac, 's.jsonl', [response(0, 'msg_1', {}, { cwd: join(mac.home, 'repo/web/app') })]);
  await mac.usage('import', '-q');
  const found = async (...argv: readonly string[]): Promise<readonly unknown[]> =>
    (await rowsOf(mac, 'catalog', ...argv)).map((row) => homely(mac, String(row['path'])));
  const app = ['~/repo/.mcp.json', '~/repo/AGENTS.md', '~/repo/web/AGENTS.md', '~/repo/web/app/AGENTS.md'];
  expect(await found('--project', 'app')).toEqual(app);
  // The current folder is looked at as well.
  expect(await found()).toEqual([app[0], '~/AGENTS.md', ...app.slice(1)]);
});

test('below the list: how many of what, and what each agent has everywhere', async () => {
  const mac = withCatalog({ env: { COLUMNS: '200' } });
  await mac.usage('import', '-q');
  const { stdout } = await mac.usage('catalog');
  const rows = await rowsOf(mac, 'catalog');
  const everywhere = (agent: string): number =>
    rows
      .filter((row) => row['source'] === agent && row['state'] === 'enabled' && row['project'] === null)
      .reduce((sum, row) => sum + Number(row['resident_tokens'] ?? 0), 0);
  expect(stdout).toContain('10 mcp servers, 15 skills, 4 agents, 6 commands, 5 plugins, 6 memory files\n');
  expect(stdout).toContain(`in each session of Claude Code, whatever the project: about ${everywhere('claude')} tokens\n`);
  expect(stdout).toContain(`in each session of Codex CLI, whatever the project: about ${everywhere('codex')} tokens\n`);
});
