import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { END, writeCorpus } from './corpus.ts';
import { inTurn, median, type Command, type Run } from './measure.ts';

/*
 * npm run bench -- [--mb N] [--seed N] [--logs DIR] [--rounds N] [--scratch DIR] [--peer 'NAME=COMMAND' …]
 *
 * Measures the built program as whole processes, each beside what it is compared with, in turn, and prints Markdown: the
 * ratio of each round, their median and spread. Seconds are of this machine and this minute; ratios can be compared.
 */

const { values: given } = parseArgs({
  options: {
    mb: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    logs: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    scratch: { type: 'string', default: tmpdir() },
    peer: { type: 'string', multiple: true, default: [] },
  },
});

const rounds = Number(given.rounds);
mkdirSync(given.scratch, { recursive: true });
const scratch = mkdtempSync(join(given.scratch, 'usage-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const logs = given.logs === undefined ? join(scratch, 'logs') : resolve(given.logs);
if (given.logs === undefined) writeCorpus(logs, Number(given.mb) * 1e6, Number(given.seed));
const files = readdirSync(logs, { recursive: true, encoding: 'utf8', withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
  .map((entry) => join(entry.parentPath, entry.name));
const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);

const home = join(scratch, 'home');
const store = join(scratch, 'store.sqlite3');
const kept = join(scratch, 'kept.sqlite3');
mkdirSync(home);
const env: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: home,
  CLAUDE_CONFIG_DIR: logs,
  CODEX_HOME: logs,
  USAGE_DB: store,
  TZ: 'UTC',
  // The last days of a report must have something in them.
  ...(given.logs === undefined && { USAGE_NOW: new Date(END).toISOString() }),
};

const node = (...args: readonly string[]): Command => ({ argv: [process.execPath, ...args], env });
const usage = (...args: readonly string[]): Command => node('bin/usage.js', ...args);
const forget = (): void => ['', '-wal', '-shm', '-lock'].forEach((end) => rmSync(`${store}${end}`, { force: true }));
/** The store as a cold import left it. */
const restore = (): void => {
  forget();
  cpSync(kept, store);
};

const script = join(scratch, 'empty.js');
writeFileSync(script, '');
const empty = node(script);
const cold: Command = { ...usage('import', '-q'), prepare: forget };

/** Programs that read the same logs, where they are installed, and what is named. They keep nothing and read all of it each time. */
const PEERS: readonly (readonly [name: string, ...args: readonly string[]])[] = [
  ['ccusage', 'daily', '--offline', '--json'],
  ['codeburn', 'report', '-p', 'all', '--format', 'json'],
  ['tokscale', 'models', '--json', '--claude', '--codex', '--no-spinner'],
];
const peers = PEERS.flatMap(([name, ...args]): readonly [string, Command][] => {
  const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
  return path === '' ? [] : [[`${name} ${args.join(' ')}`, { argv: [path, ...args], env }]];
});
for (const peer of given.peer) {
  const [name = '', ...command] = peer.split('=');
  peers.push([name, { argv: ['sh', '-c', `exec ${command.join('=')}`], env }]);
}

const ms = (value: number): string => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`);
const mb = (values: readonly (number | null)[]): string => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '-' : `${(median(known) / 1e6).toFixed(0)} MB`;
};
const wall = (runs: readonly Run[]): readonly number[] => runs.map(({ wallMs }) => wallMs);

function row(name: string, runs: readonly Run[], against: string, others: readonly Run[]): string {
  const ratios = wall(runs).map((value, round) => value / (others[round]?.wallMs ?? NaN));
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  const cpu = runs.flatMap(({ cpuMs }) => cpuMs ?? []);
  const cells = [name, against, `**${median(ratios).toFixed(2)}** (${least} – ${most})`, ms(median(wall(runs)))];
  return `| ${[...cells, cpu.length === 0 ? '-' : ms(median(cpu)), mb(runs.map(({ peakBytes }) => peakBytes))].join(' | ')} |`;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Measures commands beside one that stands for what is unavoidable. */
async function compare(against: string, reference: Command, commands: readonly (readonly [string, Command])[]): Promise<void> {
  const runs = await inTurn(new Map([[against, reference], ...commands]), rounds);
  const others = runs.get(against) ?? [];
  for (const [name] of commands) print(row(name, runs.get(name) ?? [], against, others));
}

print(
  `${files.length} logs of ${(bytes / 1e6).toFixed(0)} MB, ${rounds} rounds, Node ${process.versions.node}, ${availableParallelism()} of ${cpus()[0]?.model.trim() ?? '?'}, ${(totalmem() / 1e9).toFixed(0)} GB`,
);
print('');
print('| measure | beside | ratio of wall time (spread) | wall | CPU | peak memory |');
print('|---|---|---|---|---|---|');

const cat: Command = { argv: ['cat', ...files], env };
await compare('cat of the same files', cat, [['cold import', cold]]);
for (const [name, peer] of peers) await compare(name, peer, [['cold import', cold]]);
await compare('cold import', cold, [['rebuild', usage('import', '--rebuild', '-q')]]);

// From here on every command finds the whole store.
forget();
spawnSync(process.execPath, ['bin/usage.js', 'import', '-q'], { env });
cpSync(store, kept);
const grown = files.find((file) => readFileSync(file, 'utf8').includes('"msg_')) ?? '';
/** A response that no log tells of yet: to repeat one would tell nothing. */
const response = readFileSync(grown, 'utf8')
  .split('\n')
  .findLast((each) => each.includes('"usage"') && each.includes('"msg_'));
if (response === undefined) throw new Error(`${grown} has no response to write another one like it`);
const size = statSync(grown).size;
let told = 0;
/** As an agent does that goes on: the file ends with a response that the store does not know of. */
const grow = (): void => {
  told += 1;
  appendFileSync(grown, `${response.replaceAll(/"(?:msg|req|toolu)_[\w-]+(?=")/g, `$&x${told}`)}\n`);
};
/** All is known, and found to be: the first run after a change still compares each log with what is known of it. */
const settle = (): void => {
  for (let run = 0; run < 2; run += 1) spawnSync(process.execPath, ['bin/usage.js', 'import', '-q'], { env });
};
await compare('nothing new', { ...usage('import', '-q'), prepare: settle }, [
  ['one line more', { ...usage('import', '-q'), prepare: grow }],
]);
truncateSync(grown, size);
restore();
settle();
await compare('an empty script of Node', empty, [
  ['import, nothing new', usage('import', '-q')],
  ['report --days 30', usage('report', '--days', '30')],
  ['tools', usage('tools')],
  ['dead-weight', usage('dead-weight')],
  ['sessions', usage('sessions')],
  ['--help', usage('--help')],
]);
print('');
print(`Store: ${(statSync(kept).size / 1e6).toFixed(1)} MB, ${((100 * statSync(kept).size) / bytes).toFixed(1)} % of the logs.`);
