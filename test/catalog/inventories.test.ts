import { expect, test } from 'vitest';
import { inventory as claudeMcp } from '../../src/catalog/claude-mcp.ts';
import { inventory as claudeMemory } from '../../src/catalog/claude-memory.ts';
import { inventory as claudePlugins } from '../../src/catalog/claude-plugins.ts';
import { inventory as claudeSkills } from '../../src/catalog/claude-skills.ts';
import { inventory as codexMcp } from '../../src/catalog/codex-mcp.ts';
import { inventory as codexMemory } from '../../src/catalog/codex-memory.ts';
import { inventory as codexPlugins } from '../../src/catalog/codex-plugins.ts';
import { inventory as codexSkills } from '../../src/catalog/codex-skills.ts';
import { loadYaml } from '../../src/catalog/common/parse.ts';
import { loadInventories } from '../../src/cli/load.ts';
import type { CatalogItem, ConfigPlace, Inventory } from '../../src/model/catalog.ts';

await loadYaml();

const SECRET = 'sk-canary-in-the-mine';
const HOME = '/home/sam';
const PROJECT = '/home/sam/atlas';

type Tree = Readonly<Record<string, string | object>>;

/** A place with these files, on a Linux machine; what is no text is JSON. */
function placeOf(tree: Tree, warn: ConfigPlace['warn'] = () => {}): ConfigPlace {
  const texts = new Map(Object.entries(tree).map(([path, file]) => [path, typeof file === 'string' ? file : JSON.stringify(file)]));
  const list = (folder: string): readonly string[] => {
    const start = folder.endsWith('/') ? folder : `${folder}/`;
    const below = [...texts.keys()].filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
    return [...new Set(below.map((path) => path.replace(/\/.*$/, '/')))].toSorted();
  };
  return {
    files: {
      read: (path) => texts.get(path),
      list,
      real: (path) => path,
      madeAt: (path) => (texts.has(path) ? 0 : null),
      sizeBytes: (path) => (texts.has(path) ? Buffer.byteLength(texts.get(path) ?? '') : null),
    },
    home: HOME,
    env: {},
    platform: 'linux',
    projects: [PROJECT],
    warn,
  };
}

const read = (inventory: Inventory, tree: Tree): readonly CatalogItem[] => inventory.read(placeOf(tree));
const states = (inventory: Inventory, tree: Tree): Readonly<Record<string, string>> =>
  Object.fromEntries(read(inventory, tree).map(({ name, state }) => [name, state]));
const sizes = (inventory: Inventory, tree: Tree): Readonly<Record<string, number | null>> =>
  Object.fromEntries(read(inventory, tree).map(({ name, residentBytes }) => [name, residentBytes]));

const skill = (description: string, more = ''): string => `---\ndescription: ${description}\n${more}---\nText.\n`;
const installedAt = { installPath: `${HOME}/p`, installedAt: '2026-02-01T08:00:00.000Z' };

test('servers of a project wait until they are let in: by name, or all of them; a refusal outweighs both', () => {
  const servers = { mcpServers: { charts: {}, sonar: {} } };
  const known = (said: object): object => ({ projects: { [PROJECT]: said } });
  const tree = (said: object): Tree => ({ [`${PROJECT}/.mcp.json`]: servers, [`${HOME}/.claude.json`]: known(said) });
  expect(states(claudeMcp, tree({}))).toEqual({ charts: 'disabled', sonar: 'disabled' });
  expect(states(claudeMcp, tree({ enabledMcpjsonServers: ['sonar'] }))).toEqual({ charts: 'disabled', sonar: 'enabled' });
  expect(states(claudeMcp, tree({ enableAllProjectMcpServers: true, disabledMcpjsonServers: ['sonar'] }))).toEqual({
    charts: 'enabled',
    sonar: 'disabled',
  });
  expect(
    states(claudeMcp, { ...tree({}), [`${PROJECT}/.claude/settings.local.json`]: { enabledMcpjsonServers: ['charts'] } }),
  ).toMatchObject({ charts: 'enabled' });
});

test('servers that a company manages are the only ones; it may also deny single ones by name', () => {
  const own = { [`${HOME}/.claude.json`]: { mcpServers: { harbour: {}, idle: {} } } };
  const managed = { '/etc/claude-code/managed-mcp.json': { mcpServers: { house: {} } } };
  expect(read(claudeMcp, { ...own, ...managed })).toMatchObject([
    { name: 'harbour', scope: 'user', state: 'disabled' },
    { name: 'idle', scope: 'user', state: 'disabled' },
    { name: 'house', scope: 'managed', state: 'enabled', remove: 'ask for house to be taken out of /etc/claude-code/managed-mcp.json' },
  ]);
  const settings = { deniedMcpServers: [{ serverName: 'idle' }, { serverUrl: `https://${SECRET}` }, null] };
  expect(states(claudeMcp, { ...own, '/etc/claude-code/managed-settings.json': settings })).toEqual({
    harbour: 'enabled',
    idle: 'disabled',
  });
});

test('a plugin is on where settings say so, and the weightiest of them count', () => {
  const tree = (user: object, local: object = {}, managed: object = {}): Tree => ({
    [`${HOME}/.claude/plugins/installed_plugins.json`]: { plugins: { 'a@m': { ...installedAt, projectPath: PROJECT, scope: 'project' } } },
    [`${HOME}/.claude/settings.json`]: { enabledPlugins: user },
    [`${PROJECT}/.claude/settings.local.json`]: { enabledPlugins: local },
    '/etc/claude-code/managed-settings.json': { enabledPlugins: managed },
  });
  expect(states(claudePlugins, tree({}))).toEqual({ 'a@m': 'disabled' });
  expect(states(claudePlugins, tree({ 'a@m': true }))).toEqual({ 'a@m': 'enabled' });
  expect(states(claudePlugins, tree({ 'a@m': ['^1.0.0'] }))).toEqual({ 'a@m': 'enabled' });
  expect(states(claudePlugins, tree({ 'a@m': true }, { 'a@m': false }))).toEqual({ 'a@m': 'disabled' });
  expect(states(claudePlugins, tree({ 'a@m': true }, { 'a@m': false }, { 'a@m': true }))).toEqual({ 'a@m': 'enabled' });
  expect(read(claudePlugins, tree({}))).toMatchObject([
    { scope: 'project', project: PROJECT, remove: 'claude plugin uninstall a@m --scope project (in ~/atlas)' },
  ]);
});

test('a plugin brings what lies in its folders and where its manifest says, but nothing from outside of it', () => {
  const items = read(claudePlugins, {
    [`${HOME}/.claude/plugins/installed_plugins.json`]: { version: 2, plugins: { 'a@m': [installedAt] } },
    [`${HOME}/p/.claude-plugin/plugin.json`]: {
      name: 'a',
      skills: './more/',
      commands: ['./one.md', '../outside.md', '/outside.md', 7],
      agents: './agents',
      mcpServers: './servers.json',
    },
    [`${HOME}/p/skills/s1/SKILL.md`]: skill('One.'),
    [`${HOME}/p/more/s2/SKILL.md`]: skill('Two.'),
    [`${HOME}/p/agents/g.md`]: skill('Agent.'),
    [`${HOME}/p/commands/deep/c.md`]: skill('Command.'),
    [`${HOME}/p/one.md`]: skill('One command.'),
    [`${HOME}/outside.md`]: skill('Not of it.'),
    [`${HOME}/p/.mcp.json`]: { $schema: 'https://example', bare: { env: { KEY: SECRET } } },
    [`${HOME}/p/servers.json`]: { mcpServers: { 'in file': {} } },
  });
  expect(items.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'plugin a@m',
    'skill a:s1',
    'skill a:s2',
    'agent a:g',
    'command a:deep:c',
    'command a:one',
    'mcp_server plugin_a_bare',
    'mcp_server plugin_a_in_file',
  ]);
  expect(new Set(items.slice(1).map(({ plugin }) => plugin))).toEqual(new Set(['a@m']));
});

test('a line of the list of skills: name and description, cut as the client cuts it, or nothing', () => {
  const at = (name: string): string => `${HOME}/.claude/skills/${name}/SKILL.md`;
  const tree: Tree = {
    [at('plain')]: skill('Überall.'),
    [at('folded')]: '---\nname: folded\ndescription: >\n  Two\n  lines.\nwhen_to_use: Often.\n---\n',
    [at('long')]: skill('x'.repeat(5000)),
    [at('hidden')]: skill('Hidden.', 'disable-model-invocation: true\n'),
    [at('bare')]: 'No head.',
    [at('off')]: skill('Off.'),
    [at('short')]: skill('Only its name.'),
    [at('typed')]: skill('Only typed.'),
    [`${HOME}/.claude/settings.json`]: { skillOverrides: { off: 'off', short: 'name-only', typed: 'user-invocable-only', plain: 'on' } },
  };
  expect(sizes(claudeSkills, tree)).toMatchObject({
    plain: '- plain: '.length + 10,
    folded: '- folded: Two lines. - Often.\n'.length,
    long: '- long: \n'.length + 1536,
    hidden: 0,
    bare: '- bare\n'.length,
    short: '- short\n'.length,
    typed: 0,
  });
  expect(states(claudeSkills, tree)).toMatchObject({ off: 'disabled', short: 'enabled', typed: 'enabled', plain: 'enabled' });
});

test('memory of Claude Code: the managed, the folders above a project, local, and rules that are bound to paths', () => {
  const items = read(claudeMemory, {
    '/etc/claude-code/CLAUDE.md': 'managed',
    [`${HOME}/CLAUDE.md`]: 'above',
    [`${PROJECT}/CLAUDE.md`]: '@~/habits.md @CLAUDE.md @missing.md',
    [`${HOME}/habits.md`]: 'h'.repeat(50),
    [`${PROJECT}/CLAUDE.local.md`]: 'local',
    [`${PROJECT}/.claude/rules/all.md`]: 'all',
    [`${PROJECT}/.claude/rules/web/bound.md`]: '---\npaths:\n  - "web/**"\n---\nBound.\n',
  });
  expect(items.map(({ name, scope, project, residentBytes }) => [name, scope, project, residentBytes])).toEqual([
    ['/etc/claude-code/CLAUDE.md', 'managed', null, 7],
    [`${HOME}/CLAUDE.md`, 'project', HOME, 5],
    [`${PROJECT}/CLAUDE.md`, 'project', PROJECT, 35 + 50],
    [`${PROJECT}/CLAUDE.local.md`, 'local', PROJECT, 5],
    [`${PROJECT}/.claude/rules/all.md`, 'project', PROJECT, 3],
    [`${PROJECT}/.claude/rules/web/bound.md`, 'project', PROJECT, null],
  ]);
});

test('memory of Codex CLI: the first file that is not empty, by itself, as far as it is read', () => {
  const config = (text: string): Tree => ({ [`${HOME}/.codex/config.toml`]: text });
  const own = { [`${HOME}/.codex/AGENTS.override.md`]: '', [`${HOME}/.codex/AGENTS.md`]: '@a.md', [`${HOME}/.codex/a.md`]: 'not imported' };
  expect(sizes(codexMemory, { ...own, [`${PROJECT}/AGENTS.md`]: 'x'.repeat(40_000) })).toEqual({
    [`${HOME}/.codex/AGENTS.md`]: 5,
    [`${PROJECT}/AGENTS.md`]: 32_768,
  });
  const other = { [`${PROJECT}/RULES.md`]: 'x'.repeat(200) };
  expect(sizes(codexMemory, other)).toEqual({});
  expect(
    sizes(codexMemory, { ...other, ...config('project_doc_fallback_filenames = ["RULES.md", 7]\nproject_doc_max_bytes = 100') }),
  ).toEqual({ [`${PROJECT}/RULES.md`]: 100 });
});

test('skills and plugins of Codex CLI: by path, those of the client, the newest version, turned off by path or name', () => {
  const plugin = (version: string): string => `${HOME}/.codex/plugins/cache/m/p/${version}`;
  const tree: Tree = {
    [`${HOME}/.codex/skills/own/SKILL.md`]: skill('Own.'),
    [`${HOME}/.codex/skills/.system/theirs/SKILL.md`]: skill('Theirs.'),
    [`${HOME}/.agents/skills/shared/SKILL.md`]: skill('Shared.'),
    [`${PROJECT}/.agents/skills/here/SKILL.md`]: skill('Here.'),
    [`${plugin('1.9')}/.codex-plugin/plugin.json`]: {},
    [`${plugin('1.10')}/.codex-plugin/plugin.json`]: {},
    [`${plugin('1.10')}/skills/brought/SKILL.md`]: skill('Brought.'),
    [`${HOME}/.codex/plugins/cache/m/none/1.0/skills/x/SKILL.md`]: skill('Of no plugin.'),
    [`${HOME}/.codex/config.toml`]: `
      [[skills.config]]
      name = "shared"
      enabled = false
      [[skills.config]]
      path = "${PROJECT}/.agents/skills/here"
      enabled = false
      [plugins."p@m"]
      enabled = true
      [mcp_servers.on]
      command = "${SECRET}"
      [mcp_servers.off]
      url = "https://${SECRET}"
      enabled = false
    `,
  };
  expect(states(codexSkills, tree)).toEqual({ own: 'enabled', theirs: 'enabled', shared: 'disabled', here: 'disabled' });
  expect(read(codexSkills, tree).find(({ name }) => name === 'theirs')).toMatchObject({ scope: 'client' });
  expect(sizes(codexSkills, tree)).toMatchObject({ own: `- own: Own. (file: ${HOME}/.codex/skills/own/SKILL.md)\n`.length });
  expect(read(codexPlugins, tree)).toMatchObject([
    { kind: 'plugin', name: 'p@m', path: `${plugin('1.10')}/.codex-plugin/plugin.json`, remove: 'codex plugin remove p@m' },
    { kind: 'skill', name: 'p:brought', plugin: 'p@m', state: 'enabled' },
  ]);
  expect(states(codexMcp, tree)).toEqual({ on: 'enabled', off: 'disabled' });
});

const servers = { mcpServers: { s: { command: SECRET, args: [SECRET], env: { KEY: SECRET }, headers: { A: SECRET }, url: SECRET } } };
const secretToml = `[mcp_servers.s]\ncommand = "${SECRET}"\nargs = ["${SECRET}"]\n[mcp_servers.s.env]\nKEY = "${SECRET}"\n`;

test.each([
  ['whole', (text: string) => text],
  ['cut short', (text: string) => text.slice(0, -8)],
  ['broken at the secret', (text: string) => text.replaceAll(`"${SECRET}"`, SECRET)],
  ['broken before it', (text: string) => `"${SECRET}: [\n${text}`],
])('no secret of a file that is %s reaches an item or a warning', async (_, breaking) => {
  const json = breaking(JSON.stringify({ ...servers, projects: { [PROJECT]: servers }, env: { KEY: SECRET } }));
  const warnings: string[] = [];
  const place = placeOf(
    {
      [`${HOME}/.claude.json`]: json,
      [`${HOME}/.claude/settings.json`]: json,
      [`${HOME}/.claude/plugins/installed_plugins.json`]: { plugins: { 'a@m': installedAt } },
      [`${HOME}/p/.mcp.json`]: json,
      [`${HOME}/p/.claude-plugin/plugin.json`]: json,
      [`${HOME}/.claude/skills/x/SKILL.md`]: `---\n${breaking(`key: "${SECRET}"`)}\n---\n`,
      [`${PROJECT}/.mcp.json`]: json,
      [`${HOME}/.codex/config.toml`]: breaking(secretToml),
      [`${PROJECT}/.codex/config.toml`]: breaking(secretToml),
    },
    (path, what) => void warnings.push(`${path} ${what}`),
  );
  const items = (await loadInventories()).flatMap((inventory) => inventory.read(place));
  expect(items.map(({ name }) => name)).toContain('x');
  expect(JSON.stringify([items, warnings])).not.toContain('canary');
});
