import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { progressText } from '../../src/cli/progress.ts';
import { build } from '../built.ts';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const built = build();

/** Runs the program on a terminal of so many columns of its own; prints what was shown there, and its exit. */
const ON_A_TERMINAL = `
import fcntl, os, pty, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
try:
    while data := os.read(fd, 65536): sys.stdout.buffer.write(data)
except OSError: pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test.skipIf(spawnSync('python3', ['-c', 'import pty']).status !== 0).each([
  [100, true],
  [0, false],
])('on a terminal of %i columns an import shows how far it is: %s', (columns, isShown) => {
  const mac = machine();
  for (let log = 0; log < 4; log++)
    writeLog(mac, `${log}.jsonl`, [
      start(`toolu_${log}`, 0),
      ...Array<string>(4).fill(end(`toolu_${log}`, 500, 'ok', { text: 'x'.repeat(1e6) })),
    ]);
  const { stdout, status } = spawnSync(
    'python3',
    ['-c', ON_A_TERMINAL, String(columns), process.execPath, join(built, 'bin/usage.js'), 'import'],
    { env: { PATH: process.env['PATH'], HOME: mac.home, TERM: 'xterm', LANG: 'C.UTF-8' }, encoding: 'utf8', timeout: 60_000 },
  );
  expect(status).toBe(0);
  expect(stdout).toContain('Imported 8 new events from 4 of 4 files');
  expect(stdout.includes('\u001b[1G') || stdout.includes('\u001b[0K')).toBe(isShown);
});

test('how long the rest takes is told once it can be', () => {
  const progress = { files: 2, filesTotal: 9, bytes: 50e6, bytesTotal: 200e6 };
  expect(progressText(progress, 200)).toBe('Reading 2 of 9 files · 50.0 of 200 MB · 250 MB/s');
  expect(progressText(progress, 2000)).toBe('Reading 2 of 9 files · 50.0 of 200 MB · 25.0 MB/s · 6 s left');
});
