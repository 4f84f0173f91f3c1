import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hrtime } from 'node:process';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A command that is measured as a whole process. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Puts everything back to where the command is to begin; not measured. */
  prepare?(): void;
}

export interface Run {
  readonly wallMs: number;
  /** User and system time of the process and all its threads; null: it is no program of Node. */
  readonly cpuMs: number | null;
  readonly peakBytes: number | null;
}

/** Tells what a Node process took, on its third channel. To load it takes a millisecond; as a module it would take ten. */
const TELL = `
  const { writeSync } = require('node:fs');
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(3, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakBytes: maxRSS * 1024 }) + '\\n');
  });`;
const scratch = mkdtempSync(join(tmpdir(), 'usage-tell-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const tell = join(scratch, 'tell.cjs');
writeFileSync(tell, TELL);

/** Runs a command once. Throws when it fails: what does not do its work is not fast. */
async function runOnce({ argv, env, prepare }: Command): Promise<Run> {
  prepare?.();
  const [file = '', ...args] = argv;
  const isNode = file === process.execPath;
  const startedAt = hrtime.bigint();
  const child = spawn(file, isNode ? ['--require', tell, ...args] : args, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const told = Promise.all(
    [child.stderr, child.stdio[3]].map((stream) => (stream instanceof Readable ? text(stream) : Promise.resolve(''))),
  );
  const [code] = await once(child, 'exit');
  const wallMs = Number(hrtime.bigint() - startedAt) / 1e6;
  const [errors = '', figures = ''] = await told;
  // Of a process with threads the main one ends last.
  const last = figures.trimEnd().split('\n').at(-1);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}: ${errors.slice(0, 500)}`);
  return { wallMs, ...(last === '' || last === undefined ? { cpuMs: null, peakBytes: null } : JSON.parse(last)) };
}

/** Runs commands in turn, after one warm-up each: the machine is never the same for long, a round nearly is. */
export async function inTurn<Name extends string>(
  commands: ReadonlyMap<Name, Command>,
  rounds: number,
): Promise<ReadonlyMap<Name, readonly Run[]>> {
  const runs = new Map<Name, Run[]>([...commands.keys()].map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, command] of commands) {
      const run = await runOnce(command);
      if (round > 0) runs.get(name)?.push(run);
    }
  }
  return runs;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
