import { readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Output, World } from '../model/world.ts';
import { complain } from './complain.ts';
import { isPlain, unwritten, writeOut } from './stdout.ts';

/** The world of a real run. */
export function systemWorld(): World {
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  return {
    env: process.env,
    home: homeFolder(),
    cwd: process.cwd(),
    platform: process.platform,
    now: Date.now,
    get timeZone() {
      return Intl.DateTimeFormat().resolvedOptions().timeZone; // takes a while, and few commands ask
    },
    // To open a stream takes a while, too: it is opened where there is something to say.
    get stdout() {
      return (stdout ??= isPlain() ? plainOutput() : outputOf(answering(process.stdout)));
    },
    get stderr() {
      return (stderr ??= outputOf(process.stderr));
    },
    get page() {
      return process.stdout.isTTY ? async (text: string) => (await import('./pager.ts')).showPaged(text, process.env) : undefined;
    },
    get ask() {
      return process.stdin.isTTY && process.stderr.isTTY ? ask : undefined;
    },
    interruption,
  };
}

/** The name of the zone that Date is in, where it is found at once. */
export function zoneOfDate(): string | undefined {
  if (process.env['TZ'] !== undefined) return process.env['TZ'];
  try {
    return readlinkSync('/etc/localtime').replace(/^.*\/zoneinfo\//, '');
  } catch {
    return undefined;
  }
}

/** Empty: not known; a container may run as a user that it has no entry for. */
function homeFolder(): string {
  const named = process.platform === 'win32' ? process.env['USERPROFILE'] : process.env['HOME'];
  if (named !== undefined && named !== '') return named;
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** A reader that has seen enough (`usage tools | head`) is no error. */
const answering = (stream: NodeJS.WriteStream): NodeJS.WriteStream =>
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.exit(complain(unwritten(error), systemWorld()));
  });

/** Off a terminal no stream is needed, which takes longer to open than a table to draw. */
function plainOutput(): Output {
  let stream: NodeJS.WriteStream | undefined;
  const write = (text: string): void => {
    // Ctrl-C is not heard while a reader that has stalled is waited for: where it is listened to, the stream waits aside.
    if (process.listenerCount('SIGINT') > 0) stream ??= answering(process.stdout);
    if (stream === undefined) writeOut(text);
    else stream.write(text);
  };
  return { write, isTty: false, columns: undefined };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTty: stream.isTTY ?? false, // undefined off a terminal, whatever its type says
    // A terminal changes its size, and says 0 where it does not know it.
    get columns() {
      return stream.columns || undefined;
    },
    get rows() {
      return stream.rows || undefined;
    },
    stream,
  };
}

/** Where the platform keeps what a person set. */
export function configFolder({ env, home, platform }: World): string {
  if (platform === 'darwin') return `${home}/Library/Preferences/usage`;
  if (platform === 'win32') return `${env['APPDATA'] ?? `${home}/AppData/Roaming`}/usage`;
  return `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/usage`;
}

/** Where the platform keeps a program's data. */
export function dataFolder({ env, home, platform }: World): string {
  if (platform === 'darwin') return `${home}/Library/Application Support/usage`;
  if (platform === 'win32') return `${env['LOCALAPPDATA'] ?? `${home}/AppData/Local`}/usage`;
  return `${env['XDG_DATA_HOME'] || `${home}/.local/share`}/usage`;
}
