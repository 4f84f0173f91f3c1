import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { end, response, start, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const ENTRY = fileURLToPath(new URL('../../src/cli/entry.ts', import.meta.url));
/** Any connection, look-up or packet ends the process. */
const DENIED = `data:text/javascript,${encodeURIComponent(`
  import net from 'node:net'; import dns from 'node:dns'; import dgram from 'node:dgram'; import { syncBuiltinESMExports } from 'node:module';
  const denied = () => { process.stderr.write('network'); process.exit(99); };
  const connect = net.Socket.prototype.connect;
  const isPipe = ([to]) => typeof [to].flat()[0]?.path === 'string'; // the loader of TypeScript has one
  net.Socket.prototype.connect = function (...to) { return isPipe(to) ? connect.apply(this, to) : denied(); }; dns.lookup = denied; dns.promises.lookup = denied; dgram.Socket.prototype.send = denied; globalThis.fetch = denied;
  syncBuiltinESMExports();`)}`;

const run = (home: string, ...words: readonly string[]) =>
  spawnSync(process.execPath, ['--import', DENIED, '--import', 'tsx', ...words], {
    env: { PATH: process.env['PATH'], HOME: home, TZ: 'UTC' },
    encoding: 'utf8',
    // One of them goes on until it is asked to end.
    timeout: 15_000,
    killSignal: 'SIGINT',
  });

test('the trap catches a connection', () => {
  const { status } = run('/tmp', '-e', `require('node:http').get('http://127.0.0.1:1')`);
  expect(status).toBe(99);
});

test('no command uses a network', async () => {
  const mac = machine();
  writeLog(mac, 's.jsonl', [start('toolu_a', 0), end('toolu_a', 5), response(9, 'msg_b', { input: 5 }, { model: 'house-model' })]);
  const { stdout: help } = await mac.usage('--help');
  const all = [...help.matchAll(/^ {2}([a-z][a-z-]+) .*$/gm)].map((match) => match[1] ?? '');
  expect(all).toEqual(expect.arrayContaining(['import', 'tools', 'report', 'status', 'export']));
  for (const command of ['import', ...all.filter((name) => name !== 'import')]) {
    const { status, stderr } = run(mac.home, ENTRY, command);
    expect({ command, network: status === 99, stderr: stderr.includes('network') }).toEqual({ command, network: false, stderr: false });
  }
}, 240_000);
