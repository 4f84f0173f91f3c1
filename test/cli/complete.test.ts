import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/cli/complete/words.ts';
import { build } from '../built.ts';
import { machine, type Machine } from '../world.ts';
import { program } from './tree.ts';

const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));

async function withSample(): Promise<Machine> {
  const mac = machine();
  cpSync(SAMPLE, mac.home, { recursive: true });
  await mac.json('import');
  return mac;
}

/** What a shell is offered for the last of the words, without notes. */
async function offered({ usage }: Machine, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await usage('__complete', 'fish', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\t.*/, ''));
}

test.each([
  ['usage tools B', ['usage', 'tools', 'B']],
  ['usage  tools ', ['usage', 'tools', '']],
  [`usage --project 'my app`, ['usage', '--project', 'my app']],
  [`usage --project "my 'app'" x`, ['usage', '--project', "my 'app'", 'x']],
  ['usage my\\ app\\', ['usage', 'my app']],
  [`usage ''`, ['usage', '']],
  [`usage '' `, ['usage', '', '']],
  ['', ['']],
])('the words of %j are %j', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

describe('what is offered', () => {
  test('commands, in the order of the help, and what is below them', async () => {
    const mac = machine();
    expect(await offered(mac, '')).toEqual(program.commands.map((command) => command.name()));
    expect(await offered(mac, 'se')).toEqual(['sessions', 'session']);
    expect(await offered(mac, 'config', '')).toEqual(['list', 'get', 'set', 'unset', 'path']);
    expect(await offered(mac, 'nothing', '')).toEqual([]);
  });

  test('options, also where nothing else can stand; not those that were hidden, and none after --', async () => {
    const mac = machine();
    expect(await offered(mac, 'report', '--c')).toEqual(['--compare', '--color']);
    expect(await offered(mac, 'report', '')).toContain('--by');
    expect(await offered(mac, 'tools', '--no')).toEqual(['--no-color', '--no-pager']);
    expect(await offered(mac, 'tools', '--', '--no')).toEqual([]);
    expect(await offered(mac, 'prices', 'set', '--cache-write-')).toEqual(['--cache-write-1h']);
  });

  test('values of closed lists, as a word of their own or after =', async () => {
    const mac = machine();
    expect(await offered(mac, 'report', '--by', 'm')).toEqual(['month', 'model', 'machine']);
    expect(await offered(mac, 'report', '--by=mo')).toEqual(['--by=month', '--by=model']);
    expect(await offered(mac, 'tools', '--format', 'JS')).toEqual(['json']);
    expect(await offered(mac, 'config', 'set', 'labels', '')).toEqual(['full_path', 'basename', 'hashed']);
    expect(await offered(mac, 'config', 'set', 'l')).toEqual(['labels']);
    expect(await offered(mac, 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await offered(mac, 'report', '--source', 'c')).toEqual(['claude', 'codex']);
    expect(await offered(mac, 'report', '--timezone', 'Europe/Ber')).toEqual(['Europe/Berlin']);
    expect(await offered(mac, 'report', '--days', '')).toContain('all');
  });

  test('names of the store: tools by their calls, servers, models, projects by their last part, sessions', async () => {
    const mac = await withSample();
    expect((await offered(mac, 'tools', '')).slice(0, 2)).toEqual(['Bash', 'Read']);
    expect(await offered(mac, 'tools', 'ba')).toEqual(['Bash']);
    expect(await offered(mac, 'errors', '--server', 'p')).toEqual(['postgres', 'plugin_playwright_playwright']);
    expect(await offered(mac, 'report', '--model', 'gpt-5-')).toEqual(['gpt-5-codex']);
    expect(await offered(mac, 'report', '--project', 'tide')).toEqual(['tide-tables']);
    expect(await offered(mac, 'report', '--project', '/home/sam/t')).toEqual(['/home/sam/tide-tables']);
    expect(await offered(mac, 'session', '1e')).toEqual(['1e685a05-02a1-41aa-ab83-98291b02b753']);
    expect(await offered(mac, 'forget', '--session', '1e')).toEqual(['1e685a05-02a1-41aa-ab83-98291b02b753']);
    const { stdout } = await mac.usage('__complete', 'fish', 'session', '1e');
    expect(stdout).toBe('1e685a05-02a1-41aa-ab83-98291b02b753\t2026-05-13 /home/sam/lighthouse-log\n');
  });

  test('of the store that is named on the line', async () => {
    const mac = await withSample();
    expect(await offered(mac, 'tools', '--db', join(mac.home, 'none'), 'B')).toEqual([]);
    expect(await offered(mac, 'tools', '--db', mac.db, 'B')).toEqual(['Bash']);
  });

  test('files and folders are left to the shell', async () => {
    const mac = machine();
    expect(await offered(mac, 'export', '-o', 'x')).toEqual([':files']);
    expect(await offered(mac, 'import', 'a', '')).toEqual([':files']);
    expect(await offered(mac, 'import', '--root', '')).toEqual([':folders']);
  });

  test('bash gets what follows the part that it holds, zsh its colons masked', async () => {
    const mac = machine();
    const { stdout } = await mac.usage('__complete', 'bash', 'usage report --by=mo', 'mo');
    expect(stdout).toBe('month\nmodel\n');
    expect((await mac.usage('__complete', 'zsh', 'import', '--max-l')).stdout).toBe('--max-line:skip lines longer than this many MB\n');
    expect((await mac.usage('__complete', 'zsh', 'cron', 'print', '--ev')).stdout).toContain('--every:how often: 15m');
  });
});

describe('whatever goes wrong, nothing is said and nothing is made', () => {
  test.each([
    [],
    ['fish'],
    ['bash'],
    ['tcsh', 'x'],
    ['fish', 'tools', ''],
    ['fish', 'session', 'x'],
    ['fish', 'tools', '--nope', 'x', '--'],
    ['fish', '--by', ''],
    ['bash', 'usage tools "'],
  ])('__complete %j', async (...argv) => {
    const mac = machine();
    expect(await mac.usage('__complete', ...argv)).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(mac.db, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('with a damaged store or config file', async () => {
    const mac = await withSample();
    writeFileSync(mac.db, 'no database');
    expect(await mac.usage('__complete', 'fish', 'tools', '')).toEqual({ code: 0, stdout: '', stderr: '' });
    mkdirSync(join(mac.home, '.config/usage'), { recursive: true });
    writeFileSync(join(mac.home, '.config/usage/config.toml'), 'no toml');
    expect(await mac.usage('__complete', 'fish', 'tools', '')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await offered(mac, 'tools', '--by', 's')).toEqual(['server', 'skill']);
  });

  test('a store is read only', async () => {
    const mac = await withSample();
    const before = readFileSync(mac.db);
    await offered(mac, 'tools', '');
    expect(readFileSync(mac.db)).toEqual(before);
  });
});

describe('in a real shell', () => {
  const built = build();
  const path = join(built, 'path');
  mkdirSync(path);
  writeFileSync(join(path, 'usage'), `#!/bin/sh\nexec '${process.execPath}' '${join(built, 'bin/usage.js')}' "$@"\n`);
  chmodSync(join(path, 'usage'), 0o755);

  const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;
  const run = ({ home }: Machine, shell: string, ...argv: readonly string[]): string => {
    const env = { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: home, TZ: 'UTC', TERM: 'dumb' };
    const { stdout, stderr } = spawnSync(shell, argv, { env, cwd: home, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout;
  };

  test('bash', async () => {
    const mac = await withSample();
    mkdirSync(join(mac.home, 'my logs'));
    const script = `source <(usage completion bash)
      try() {
        COMP_LINE=$1 COMP_POINT=\${#1}; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _usage
        printf '[%s]' "\${COMPREPLY[@]}"; echo
      }
      complete -p usage
      try 'usage to' usage to
      try 'usage report --by=mo' usage report --by = mo
      try 'usage report --by=' usage report --by =
      try 'usage session 1e' usage session 1e
      try 'usage tools zzz' usage tools zzz
      try 'usage import my' usage import my
      try 'usage sql $(touch made)' usage sql '$(touch' 'made)'`;
    expect(run(mac, 'bash', '--norc', '-c', script).split('\n')).toEqual([
      'complete -F _usage usage',
      '[tools]',
      '[month][model]',
      expect.stringMatching(/^\[day\]\[week\]/),
      '[1e685a05-02a1-41aa-ab83-98291b02b753]',
      '[]',
      expect.stringMatching(/^\[my/),
      '[]',
      '',
    ]);
    expect(statSync(join(mac.home, 'made'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test.skipIf(!has('fish'))('fish', async () => {
    const mac = await withSample();
    const ask = (line: string): readonly string[] =>
      run(mac, 'fish', '-c', `usage completion fish | source; complete -C '${line}'`).split('\n');
    expect(ask('usage to')).toEqual(['tools\tScore every tool, or one: does it work, how fast, at what cost', '']);
    expect(ask('usage report --by=mo')).toEqual(['--by=month', '--by=model', '']);
    expect(ask('usage tools Ba')).toEqual(['Bash\t14 calls', '']);
    expect(ask('usage tools zzz')).toEqual(['']);
  });

  test.skipIf(!has('zsh'))('zsh', async () => {
    const mac = await withSample();
    const script = `zmodload zsh/zpty; zpty z zsh -f -i
      zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source <(usage completion zsh); bindkey "^I" complete-word; print REA''DY'
      zpty -r z seen '*READY*'
      zpty -w -n z $'usage repo\\t--by=mod\\t session 1e6\\t\\C-aprint -r -- ask: \\n'
      zpty -r z seen $'*\\nask: *\\n'; print -r -- "$seen"; zpty -d z`;
    expect(run(mac, 'zsh', '-f', '-c', script)).toContain('ask: usage report --by=model');
  });
});
