import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { run } from '../src/cli/main.ts';
import type { Output, World } from '../src/model/world.ts';

/** A machine of its own for one test: an empty home, a store in it, a frozen clock in UTC. */
export interface Machine {
  readonly home: string;
  readonly db: string;
  /** Runs one command line in this process. */
  usage(...argv: readonly string[]): Promise<Result>;
  /** Runs it with --json and returns the parsed answer; anything but exit 0 is an error. */
  json(...argv: readonly string[]): Promise<Record<string, unknown>>;
  /** Reads the store with plain SQL. */
  sql(query: string, ...params: readonly (string | number)[]): readonly Record<string, unknown>[];
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MachineOptions {
  readonly now?: string;
  readonly timeZone?: string;
  /** A clock that goes; absent: it stands at `now`. */
  readonly clock?: () => number;
  /** Characters of the home's path, for figures that depend on it; absent: as it comes. */
  readonly homeLength?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Width of the terminal; absent: output goes to a pipe. */
  readonly columns?: number;
  /** A person at the terminal; absent: there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Characters that `mkdtemp` appends. */
const RANDOM = 6;

export function machine(options: MachineOptions = {}): Machine {
  const home = mkdtempSync(join(tmpdir(), 'usage-test-').padEnd((options.homeLength ?? 0) - RANDOM, '-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const db = join(home, '.local/share/usage/usage.sqlite3');
  const usage = async (...argv: readonly string[]): Promise<Result> => {
    const [stdout, stderr] = [collect(options.columns), collect(options.columns)];
    const world: World = {
      env: options.env ?? {},
      home,
      cwd: home,
      platform: 'linux',
      now: options.clock ?? (() => Date.parse(options.now ?? '2026-06-10T18:00:00Z')),
      timeZone: options.timeZone ?? 'UTC',
      stdout: stdout.output,
      stderr: stderr.output,
      ...(options.ask && { ask: options.ask }),
    };
    const code = await run(argv, world);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };
  return {
    home,
    db,
    usage,
    json: async (...argv) => {
      const { code, stdout, stderr } = await usage(...argv, '--json');
      if (code !== 0) throw new Error(`usage ${argv.join(' ')}: exit ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    sql: (query, ...params) => {
      const store = new Sqlite(db, { readonly: true });
      try {
        return store.prepare<unknown[], Record<string, unknown>>(query).all(...params);
      } finally {
        store.close();
      }
    },
  };
}

function collect(columns: number | undefined): { output: Output; text(): string } {
  const written: string[] = [];
  return {
    output: { write: (text) => void written.push(text), isTty: columns !== undefined, columns },
    text: () => written.join(''),
  };
}

/** Everything the store knows of facts, without local ids: two stores that hold the same facts give the same text. */
export function factsOf({ sql }: Pick<Machine, 'sql'>): string {
  const rows = [
    sql(`select s.source, s.key, p.path as project, branch, client_version, entrypoint, parent, first_at, last_at, day
         from sessions s left join projects p on p.id = s.project_id order by s.source, s.key`),
    sql(`select t.key, s.key as session, agent, sidechain, copied, started_at, ended_at, reported_ms, t.day, trigger, command, outcome
         from turns t join sessions s on s.id = t.session_id order by t.key`),
    sql(`select r.key, s.key as session, r.agent, r.sidechain, r.copied, u.key as turn, m.provider, m.name as model, r.started_at, r.ended_at, r.day,
           input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, web_searches,
           reported_nano_usd, cost_nano_usd, status, http_status, skill, r.conflict
         from requests r join sessions s on s.id = r.session_id left join models m on m.id = r.model_id
         left join turns u on u.id = r.turn_id order by r.key`),
    sql(`select c.key, s.key as session, c.agent, c.sidechain, c.copied, u.key as turn, r.key as request, t.name as tool, c.item, c.started_at,
           c.ended_at, c.reported_ms, c.duration_ms, c.day, c.outcome, c.error_class, c.cost_nano_usd, c.conflict, c.reads_id is not null as reads
         from tool_calls c join sessions s on s.id = c.session_id join tools t on t.id = c.tool_id
         left join requests r on r.id = c.request_id left join turns u on u.id = c.turn_id order by c.key`),
    sql(`select g.fact, coalesce(c.key, r.key, t.key, l.key) as key, s.key as session, g.agent, g.sidechain, g.copied, g.said
         from sightings g join sessions s on s.id = g.session_id
         left join tool_calls c on g.fact = 'call' and c.id = g.fact_id left join requests r on g.fact = 'request' and r.id = g.fact_id
         left join turns t on g.fact = 'turn' and t.id = g.fact_id left join listings l on g.fact = 'listing' and l.id = g.fact_id order by 1, 2, 3, 4`),
    sql(`select l.key, s.key as session, l.agent, l.at, l.change, l.deferred, x.digest
         from listings l join sessions s on s.id = l.session_id join item_lists x on x.id = l.list_id order by l.key`),
    sql('select * from tool_scores order by tool'),
  ];
  return rows.map((table) => table.map((row) => JSON.stringify(row)).join('\n')).join('\n\n');
}
