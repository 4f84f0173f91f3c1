import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { HOLDINGS } from '../../src/store/privacy.ts';
import { VIEWS } from '../../src/store/views.ts';
import { command, end, start, T0, writeLog } from '../logs/claude.ts';
import { machine, type Machine, type MachineOptions, type Result } from '../world.ts';

/*
 * Names are made by models and by whoever names a file: one that acts on a terminal stands wherever a name can stand, and
 * every command is asked for every format.
 */

/** Writes to the clipboard, clears the screen, colours, goes back, turns the text round, takes no room, and forges a line. */
const NASTY = 'a\u001b]52;c;cm0=\u0007\u001b[2J\u001b[31m\u009b31m\b\u007f\u202egnp\u2066\u200b\r\u0085\u2028\nFORGED';
const SAMPLE = new URL('../../fixtures/sample/home', import.meta.url);
const FORMATS = ['table', 'json', 'ndjson', 'csv', 'md', 'html'];

/** A line end is all that acts. */
function expectHarmless(what: string, { stdout, stderr }: Result): void {
  const acting = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
  for (const line of (stdout + stderr).split('\n')) {
    if (acting.test(line)) throw new Error(`${what}: ${JSON.stringify(line)}`);
    expect(line.startsWith('FORGED'), what).toBe(false);
  }
}

async function ask(mac: Machine, ...argv: readonly string[]): Promise<Result> {
  const result = await mac.usage(...argv);
  const what = JSON.stringify(argv);
  expect(result.stderr, what).not.toContain('bug');
  expectHarmless(what, result);
  return result;
}

/** Names in logs, of logs and of folders; then all of them once more in the store, where an import would have cleaned them. */
async function withNames(options: MachineOptions = {}): Promise<Machine> {
  const mac = machine({ now: '2026-05-22T18:00:00Z', ...options });
  cpSync(SAMPLE, mac.home, { recursive: true });
  const named = { cwd: `/home/ada/${NASTY}`, session: NASTY, at: Date.parse('2026-05-21T10:00:00Z') - T0 };
  const call = (id: string, tool: string, input: object) => [
    start(id, named.at, { ...named, tool, input, model: NASTY }),
    end(id, named.at + 5, 'err', named),
  ];
  const lines = [
    command(named.at, NASTY, named),
    ...call('toolu_1', NASTY, {}),
    ...call('toolu_2', `mcp__${NASTY}__${NASTY}`, {}),
    ...call('toolu_3', 'Skill', { skill: NASTY }),
    ...call('toolu_4', 'Task', { subagent_type: NASTY }),
    JSON.stringify({ type: NASTY }),
    `{"${NASTY}`,
  ];
  writeLog(mac, `${NASTY}.jsonl`, lines, `-home-ada-${NASTY}`);
  writeLog(mac, `${NASTY}.jsonl`, ['{'], `-home-ada-${NASTY}/damaged`);
  mkdirSync(join(mac.home, '.codex/sessions', NASTY), { recursive: true });
  writeFileSync(join(mac.home, '.codex/sessions', NASTY, `rollout-${NASTY}.jsonl.zst`), 'no compression');
  mkdirSync(join(mac.home, '.claude/skills', NASTY), { recursive: true });
  writeFileSync(join(mac.home, '.claude/skills', NASTY, 'SKILL.md'), `---\nname: ${JSON.stringify(NASTY)}\n---\n`);
  mkdirSync(join(mac.home, '.claude/skills', `${NASTY} large`), { recursive: true });
  writeFileSync(join(mac.home, '.claude/skills', `${NASTY} large`, 'SKILL.md'), 'x'.repeat(1_100_000));
  writeFileSync(join(mac.home, '.claude.json'), JSON.stringify({ mcpServers: { [NASTY]: { command: NASTY } } }));
  writeFileSync(join(mac.home, '.claude/settings.json'), '{');
  mkdirSync(join(mac.home, '.config/usage'), { recursive: true });
  writeFileSync(
    join(mac.home, '.config/usage/config.toml'),
    `[[ignore]]\nname = "fog-signal"\nreason = ${JSON.stringify(NASTY).replace('\u007f', '')}\n`,
  );
  return mac;
}

function soil(mac: Machine): number {
  const db = new Sqlite(mac.db);
  db.pragma('ignore_check_constraints = on');
  let changes = 0;
  for (const [table, groups] of Object.entries(HOLDINGS)) {
    for (const [columns, { isNumber, holds }] of Object.entries(groups)) {
      if (isNumber === true || table === 'meta' || table === 'tombstones' || holds.startsWith('the figures')) continue;
      for (const column of columns.split(' ')) changes += db.prepare(`update ${table} set ${column} = ${column} || ?`).run(NASTY).changes;
    }
  }
  db.close();
  return changes;
}

describe('what a name holds is not what the terminal does', () => {
  test('every command, in every format', async () => {
    const mac = await withNames();
    await ask(mac, 'import', '--strict');
    await ask(mac, 'import', '--rebuild', '--json');
    await ask(mac, 'import', '--root', join(mac.home, '.claude/skills'), '--dry-run');
    const askAll = async (formats: readonly string[]): Promise<void> => {
      for (const format of formats) {
        const all = [
          ['report'],
          ...['model', 'project', 'branch', 'tool', 'session'].map((by) => ['report', '--by', by, '--days', 'all']),
          ...['tools', 'sessions', 'errors', 'context', 'catalog'].map((name) => [name, '--limit', '0', '--days', 'all']),
          ['tools', '--by', 'skill', '--days', 'all'],
          ['dead-weight', '--all', '--days', 'all'],
          ['status', '--issues'],
          ['status'],
          ['doctor'],
          ['doctor', '--privacy'],
          ['prices', 'list'],
          ['prices', 'missing'],
          ['config', 'list'],
          ['prune', '--days', '1'],
          ['forget', '--project', '*', '--dry-run'],
          ['sql', '--views'],
          ['sql', `select tool as "${NASTY}" from tool_scores`],
          ...VIEWS.map(({ name }) => ['sql', `select * from ${name}`]),
        ];
        for (const argv of all) await ask(mac, ...argv, '--format', format);
        for (const { name } of mac.sql('select name from tools'))
          await ask(mac, 'tools', String(name), '--days', 'all', '--format', format);
        for (const { key } of mac.sql('select key from sessions')) await ask(mac, 'session', String(key), '--format', format);
      }
      for (const argv of [[], ['export'], ['start'], ['config'], ['config', 'path'], ['config', 'get', 'db']]) await ask(mac, ...argv);
    };
    await askAll(['table']);
    expect(soil(mac)).toBeGreaterThan(500);
    await askAll(FORMATS);
  });

  test('on a terminal only colours of the program act', async () => {
    const mac = await withNames({ columns: 90 });
    await ask(mac, 'import');
    soil(mac);
    for (const argv of [['tools'], ['sessions'], ['report'], ['catalog'], ['status'], ['doctor']]) {
      const { stdout, stderr } = await mac.usage(...argv, '--color');
      expectHarmless(argv.join(' '), {
        code: 0,
        stdout: ['1', '2', '22', '31', '32', '33', '39'].reduce((text, colour) => text.replaceAll(`\u001b[${colour}m`, ''), stdout),
        stderr,
      });
    }
  });
});

test('help keeps its colours', async () => {
  const { stdout } = await machine({ columns: 80 }).usage('--help');
  expect(stdout).toContain('\u001b[1mExamples:\u001b[22m');
  expect(stdout).not.toContain('\ufffd');
});

describe('what is said of what was typed', () => {
  const OPTIONS = [
    '--days',
    '--since',
    '--until',
    '--timezone',
    '--project',
    '--model',
    '--source',
    '--tool',
    '--session',
    '--by',
    '--sort',
    '--limit',
    '--format',
    '--now',
    '--db',
    '-o',
    '--kind',
    '--server',
  ];
  test.each([
    [NASTY],
    [`--${NASTY}`],
    ...OPTIONS.map((option) => ['tools', option, NASTY]),
    ['tools', '-o', `${NASTY}/${NASTY}`],
    ['tools', NASTY],
    ['session', NASTY],
    ['catalog', '--project', NASTY],
    ['completion', NASTY],
    ['man', NASTY],
    ['help', NASTY],
    [NASTY, '--help'],
    ['tools', NASTY, '--help'],
    ['sql', NASTY],
    ['sql', `select "${NASTY}"`],
    ['import', NASTY],
    ['import', `${NASTY}*`],
    ['import', '--root', NASTY, '--strict'],
    ['import', '--source', NASTY],
    ['import', '--max-line', NASTY],
    ['import', '--max-seconds', NASTY],
    ['dead-weight', '--grace', NASTY],
    ['dead-weight', '--ignore', NASTY],
    ['dead-weight', '--fail-over', NASTY],
    ['status', '--max-lag', NASTY],
    ['prune', '--days', NASTY],
    ['forget', '--session', NASTY, '--yes'],
    ['forget', '--project', NASTY, '--yes'],
    ['prices', 'set', NASTY, '--input', '1', '--output', '1'],
    ['prices', 'set', 'm', '--input', NASTY, '--output', '1'],
    ['prices', 'set', 'm', '--input', '1', '--output', '1', '--from', NASTY],
    ['prices', 'unset', NASTY],
    ['config', 'get', NASTY],
    ['config', 'set', NASTY, NASTY],
    ['config', 'set', 'format', NASTY],
    ['config', 'set', 'db', `/${NASTY}`],
    ['config', 'unset', NASTY],
    ['cron', NASTY],
    ['cron', 'print', '--with', 'crontab', '--every', NASTY],
    ['cron', 'print', '--with', NASTY],
    ['cron', 'print', '--with', 'systemd', '--db', NASTY],
    ['cron', 'print', '--hook', '--db', NASTY],
  ])('%j %j %j', async (...argv) => {
    await ask(machine(), ...argv);
  });
});

describe('what is said of where things are', () => {
  const COMMANDS = [
    ['import'],
    ['start'],
    ['report'],
    ['status'],
    ['doctor'],
    ['config', 'list'],
    ['config', 'path'],
    ['config', 'get', 'db'],
    ['cron', 'print', '--with', 'crontab'],
  ];
  const NAMES = [
    'USAGE_DB',
    'USAGE_DAYS',
    'USAGE_FORMAT',
    'USAGE_TIMEZONE',
    'USAGE_LABELS',
    'USAGE_COLOR',
    'CLAUDE_CONFIG_DIR',
    'CODEX_HOME',
    'RODER_DATA_DIR',
    'YOI_WORKSPACES',
    'XDG_DATA_HOME',
    'XDG_CONFIG_HOME',
    'LANG',
    'COLUMNS',
    'TERM',
  ];
  test.each(NAMES)('%s of the environment', async (name) => {
    const mac = machine();
    const there = machine({
      env: { [name]: name.endsWith('DB') || name.endsWith('HOME') || name.endsWith('DIR') ? join(mac.home, NASTY) : NASTY },
    });
    for (const argv of COMMANDS) await ask(there, ...argv);
  });

  test.each([
    ['a key', `${JSON.stringify(NASTY).replace('\u007f', '')} = 1`],
    ['a value', `format = ${JSON.stringify(NASTY).replace('\u007f', '')}`],
    ['a line that is no TOML', NASTY],
    ['a path', `db = ${JSON.stringify(`/${NASTY}`).replace('\u007f', '')}`],
  ])('%s of the config file', async (_, line) => {
    const mac = machine();
    mkdirSync(join(mac.home, '.config/usage'), { recursive: true });
    writeFileSync(join(mac.home, '.config/usage/config.toml'), line);
    for (const argv of [...COMMANDS, ['config', 'set', 'days', '7'], ['config', 'unset', 'days']]) await ask(mac, ...argv);
  });

  test('a store that is none, and one that cannot be opened', async () => {
    const mac = machine();
    const folder = join(mac.home, NASTY);
    mkdirSync(folder);
    writeFileSync(join(folder, NASTY), NASTY.repeat(100));
    for (const db of [folder, join(folder, NASTY), join(folder, NASTY, NASTY)])
      for (const argv of COMMANDS) await ask(mac, ...argv, '--db', db);
  });
});
