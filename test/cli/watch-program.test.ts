import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { build } from '../built.ts';
import { appendLog, end, logPath, start, T0, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';
import { until } from './until.ts';

/* `usage watch` as a process of its own, on pipes and on a terminal. */

const built = build();

test.each(['SIGINT', 'SIGTERM'] as const)('the program itself ends with exit 0 at %s, and its store is sound', async (signal) => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', Date.now() - T0)]);
  const child = spawn(process.execPath, [join(built, 'bin/usage.js'), 'watch'], {
    env: { PATH: process.env['PATH'], HOME: mac.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(child, 'exit');
  await until(() => said, 'calls 1');
  const more = Array.from({ length: 3000 }, (_, n) => [start(`toolu_more_${n}`, n), end(`toolu_more_${n}`, n + 5)]).flat();
  appendLog(logPath(mac, 's.jsonl'), more);
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
  expect(said).not.toContain('\u001b');
  expect(mac.sql('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect((await mac.usage('import')).code).toBe(0);
  expect(mac.sql('select 1 from tool_calls')).toHaveLength(3001);
});

/** Starts the program on a terminal of its own, makes that wider, presses Ctrl-C, and prints what was shown and how it ended. */
const ON_A_TERMINAL = `
import fcntl, json, os, pty, re, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
def size(columns): fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
shown = b''
def until(pattern):
    global shown
    while re.search(pattern, shown) is None: shown += os.read(fd, 65536)
    found, shown = shown, b''
    return found.decode()
size(60)
before = until(rb'Ctrl-C ends')
size(110)
after = until(rb'Ctrl-C ends')
os.write(fd, b'\\x03')
rest = b''
try:
    while True:
        data = os.read(fd, 65536)
        if not data: break
        rest += data
except OSError: pass
print(json.dumps([before, after, rest.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]))
`;

test.skipIf(spawnSync('python3', ['-c', 'import pty']).status !== 0)('on a real terminal: it follows its size, and Ctrl-C ends it', () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', Date.now() - T0)]);
  const { stdout, stderr } = spawnSync('python3', ['-c', ON_A_TERMINAL, process.execPath, join(built, 'bin/usage.js'), 'watch'], {
    env: { PATH: process.env['PATH'], HOME: mac.home, TERM: 'xterm', LANG: 'C.UTF-8' },
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  const [before, after, rest, code] = JSON.parse(stdout);
  expect(code).toBe(0);
  const widest = (text: string): number =>
    Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).replace('\r', '').length));
  expect(widest(before)).toBeLessThanOrEqual(60);
  expect(widest(after)).toBeGreaterThan(60);
  expect(widest(after)).toBeLessThanOrEqual(110);
  // Neither the cursor nor the other screen was asked for, so there is nothing to bring back.
  expect(before + after + rest).not.toContain('\u001b[?');
});
