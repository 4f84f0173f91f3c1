import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guarded } from '../../src/cli/output.ts';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

/* Where an answer goes that --output sends elsewhere. */

async function withOneCall(): Promise<Machine> {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_1', 0, { tool: 'Read' }), end('toolu_1', 5)]);
  await mac.usage('import');
  return mac;
}

test.each([['export'], ['tools', '--days', 'all', '--format', 'csv']])(
  '%s -o writes what would be printed, for its owner alone',
  async (...argv) => {
    const mac = await withOneCall();
    const { stdout } = await mac.usage(...argv);
    expect(stdout).toContain('Read');
    expect(await mac.usage(...argv, '-o', 'answer')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(mac.home, 'answer'), 'utf8')).toBe(stdout);
    expect(statSync(join(mac.home, 'answer')).mode & 0o777).toBe(0o600);
    expect(readdirSync(mac.home).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await mac.usage(...argv, '-o', '-')).toEqual({ code: 0, stdout, stderr: '' });
  },
);

test.each([['export'], ['report']])('%s -o with a name that cannot be written says so and leaves nothing', async (verb) => {
  const mac = await withOneCall();
  mkdirSync(join(mac.home, 'folder'));
  for (const name of ['folder', 'nowhere/answer']) {
    const { code, stdout, stderr } = await mac.usage(verb, '-o', name);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`usage: ${join(mac.home, name)} cannot be written. Name another file with --output.\n`);
  }
  expect(existsSync(join(mac.home, 'folder.part'))).toBe(false);
});

test('-o writes through a link and does not take its place', async () => {
  const mac = await withOneCall();
  writeFileSync(join(mac.home, 'real'), 'before');
  symlinkSync('real', join(mac.home, 'link'));
  expect((await mac.usage('export', '-o', 'link')).code).toBe(0);
  expect(lstatSync(join(mac.home, 'link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(mac.home, 'real'), 'utf8')).toContain('Read');
});

test('of what commands write themselves, only line ends act on a terminal', () => {
  const written: string[] = [];
  const output = { write: (text: string) => void written.push(text), isTty: true, columns: 80 };
  const world = { env: {}, home: '/', cwd: '/', platform: 'linux', timeZone: 'UTC', now: () => 0, stdout: output, stderr: output };
  guarded(world).stdout.write('one\u001b[31m\n\u009btwo\r\n');
  guarded(world).stderr.write('\u202ethree\u0007\n');
  expect(written).toEqual(['one\ufffd[31m\n\ufffdtwo\ufffd\n', '\ufffdthree\ufffd\n']);
});
