import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { end, response, start, T0, writeLog } from '../logs/claude.ts';
import { factsOf, machine, type Machine, type MachineOptions } from '../world.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/usage.js', import.meta.url));
const LINE = `*/15 * * * * ${process.execPath} ${PROGRAM} import -q # usage cron\n`;

/** A `crontab` that keeps its table in a file beside it, and speaks like the real one. */
const CRONTAB = `#!/bin/sh
table=$(dirname "$0")/table
case "$1" in
  -l) if [ -e "$table" ]; then cat "$table"; else echo "no crontab for $(id -un)" >&2; exit 1; fi ;;
  -r) rm "$table" ;;
  -) cat > "$table" ;;
  *) exit 2 ;;
esac
`;

/** Says what it was asked to do. */
const RECORDER = `#!/bin/sh\necho "$(basename "$0") $*" >> "$(dirname "$0")/calls"\n`;

function withPrograms(programs: Readonly<Record<string, string>>, options: MachineOptions = {}) {
  const env: Record<string, string> = { ...options.env };
  const mac = machine({ ...options, env });
  const bin = join(mac.home, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  env['PATH'] = `${bin}:/usr/bin:/bin`;
  const path = (name: string): string => join(bin, name);
  return { mac, path, text: (name: string): string | undefined => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined) };
}

describe('crontab', () => {
  test('install adds one line and remove takes it back; the rest stays byte for byte', async () => {
    const { mac, path, text } = withPrograms({ crontab: CRONTAB });
    const others = '# mine\nMAILTO=""\n\n0 5 * * 1 tar -zcf /x /home%1\t# weekly  \n';
    writeFileSync(path('table'), others);
    const { code, stdout, stderr } = await mac.usage('cron', 'install', '--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(LINE);
    expect(text('table')).toBe(others + LINE);
    await mac.usage('cron', 'install', '--every', '6h', '--yes');
    expect(text('table')).toBe(others + LINE.replace('*/15 *', '0 */6'));
    expect((await mac.usage('cron', 'remove', '--yes')).code).toBe(0);
    expect(text('table')).toBe(others);
    expect((await mac.usage('cron', 'remove', '--yes')).stdout).toBe('Nothing is installed.\n');
  });

  test('a table that was not there is not there again', async () => {
    const { mac, text } = withPrograms({ crontab: CRONTAB });
    await mac.usage('cron', 'install', '--yes');
    expect(text('table')).toBe(LINE);
    await mac.usage('cron', 'remove', '--yes');
    expect(text('table')).toBeUndefined();
  });

  test('nothing is done without a yes: no terminal is wrong usage, another answer is a no', async () => {
    const { mac, text } = withPrograms({ crontab: CRONTAB });
    expect(await mac.usage('cron', 'install')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const { mac: asked, text: table } = withPrograms({ crontab: CRONTAB }, { ask: async () => 'no' });
    expect(await asked.usage('cron', 'install')).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was changed.') });
    expect([text('table'), table('table')]).toEqual([undefined, undefined]);
    const { mac: agreed, text: written } = withPrograms({ crontab: CRONTAB }, { ask: async () => 'y' });
    expect((await agreed.usage('cron', 'install')).code).toBe(0);
    expect(written('table')).toBe(LINE);
  });

  test('the line takes along what says where things are, and a shell runs it with nothing else', async () => {
    const { mac, text } = withPrograms(
      { crontab: CRONTAB },
      { env: { USAGE_DB: "it's 100 %.sqlite3", CODEX_HOME: '/c', SECRET: 'no', USAGE_NOW: 'no' } },
    );
    await mac.usage('cron', 'install', '--every', '1d', '--yes');
    const line = text('table') ?? '';
    expect(line).toMatch(/^0 4 \* \* \* CODEX_HOME=\/c USAGE_DB='/);
    expect(line).not.toContain('SECRET');
    expect(line).toContain('100 \\%');
    expect(line).not.toContain('USAGE_NOW');
    const command = line
      .replace(/^(?:\S+ ){5}/, '')
      .replaceAll('\\%', '%')
      .replace(/ \S+ \S+ import/, ' sh -c \'printf %s "$USAGE_DB"\' import');
    expect(spawnSync('/bin/sh', ['-c', command], { env: {}, encoding: 'utf8' }).stdout).toBe(join(mac.home, "it's 100 %.sqlite3"));
  });

  test.each(['7m', '0m', '90m', '5h', '2d', 'often'])('--every %s cannot be scheduled', async (every) => {
    expect((await machine().usage('cron', 'print', '--with', 'crontab', '--every', every)).code).toBe(2);
  });
});

test('systemd: two files and their removal', async () => {
  const { mac, text } = withPrograms({ systemctl: RECORDER }, { env: { XDG_RUNTIME_DIR: '/run/user/1' } });
  const units = join(mac.home, '.config/systemd/user');
  expect((await mac.usage('cron', 'install', '--with', 'systemd', '--every', '1h', '--yes')).code).toBe(0);
  expect(readdirSync(units).sort()).toEqual(['usage-import.service', 'usage-import.timer']);
  expect(readFileSync(join(units, 'usage-import.timer'), 'utf8')).toContain('OnCalendar=0/1:00');
  expect(readFileSync(join(units, 'usage-import.service'), 'utf8')).toContain(`ExecStart="${process.execPath}" "${PROGRAM}" "import" "-q"`);
  await mac.usage('cron', 'remove', '--with', 'systemd', '--yes');
  expect(readdirSync(units)).toEqual([]);
  expect(text('calls')?.trim().split('\n')).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable --now usage-import.timer',
    'systemctl --user disable --now usage-import.timer',
    'systemctl --user daemon-reload',
  ]);
});

test('a hook for Claude Code', async () => {
  const { stdout } = await machine().usage('cron', 'print', '--hook');
  expect(JSON.parse(stdout)).toEqual({
    hooks: { SessionEnd: [{ hooks: [{ type: 'command', command: `${process.execPath} ${PROGRAM} import -q` }] }] },
  });
});

describe('--max-seconds', () => {
  const logs = (mac: Machine): void => {
    for (let n = 0; n < 20; n += 1)
      writeLog(mac, `${n}.jsonl`, [start(`toolu_${n}`, n, { uuid: `u${n}` }), end(`toolu_${n}`, n + 5, 'ok', { uuid: `r${n}` })]);
  };

  test('ends at a border with exit 0, and the next runs go on to the same store', async () => {
    let at = T0 + 9e8;
    // Each look at the clock is a second later.
    const [mac, whole] = [machine({ clock: () => (at += 1000) }), machine()];
    logs(mac);
    logs(whole);
    await whole.json('import');
    const first = await mac.usage('import', '--max-seconds', '9');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/left {4}\d+ files: the time was over; the next import goes on there/);
    let left = 1;
    let runs = 0;
    for (; left > 0 && runs < 30; runs += 1) left = Number((await mac.json('import', '--max-seconds', '9'))['files_left']);
    expect(runs).toBeGreaterThan(1);
    expect(factsOf(mac)).toBe(factsOf(whole));
    expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 20 });
  });

  test('ends inside of a large log', async () => {
    let at = T0 + 9e8;
    const [mac, whole] = [machine({ clock: () => (at += 1000) }), machine()];
    for (const each of [mac, whole]) {
      const lines = Array.from({ length: 60 }, (_, n) =>
        response(n, `msg_${n}`, { input: n }, { uuid: `u${n}` }).replace('"words"', `"${'w'.repeat(500_000)}"`),
      );
      writeLog(each, 'large.jsonl', lines);
    }
    await whole.json('import');
    expect(await mac.json('import', '--max-seconds', '1')).toMatchObject({ files_left: 1 });
    expect(mac.sql('select count(*) as n from requests')[0]?.['n']).toBeLessThan(60);
    for (let left = 1; left > 0;) left = Number((await mac.json('import', '--max-seconds', '1'))['files_left']);
    expect(factsOf(mac)).toBe(factsOf(whole));
  });

  test('is a number, and nothing for a rebuild', async () => {
    expect((await machine().usage('import', '--max-seconds', '0')).code).toBe(2);
    expect((await machine().usage('import', '--max-seconds', '9', '--rebuild')).code).toBe(2);
  });
});
