import { userInfo } from 'node:os';
import type { Output, World } from '../model/world.ts';

/** The world of a real run. */
export function systemWorld(): World {
  return {
    env: process.env,
    home: homeFolder(),
    cwd: process.cwd(),
    platform: process.platform,
    now: Date.now,
    get timeZone() {
      return Intl.DateTimeFormat().resolvedOptions().timeZone; // takes a while, and few commands ask
    },
    stdout: outputOf(process.stdout),
    get stderr() {
      return outputOf(process.stderr); // opened where there is something to say
    },
    ...(process.stdout.isTTY && { page: async (text: string) => (await import('./pager.ts')).showPaged(text, process.env) }),
    get ask() {
      return process.stdin.isTTY && process.stderr.isTTY ? ask : undefined;
    },
    interruption,
  };
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

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTty: stream.isTTY ?? false, // undefined off a terminal, whatever its type says
    // A terminal changes its size.
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
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
