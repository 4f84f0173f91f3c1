import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadSources } from '../../src/cli/load.ts';
import { openLog } from '../../src/import/bytes.ts';
import { findLogs } from '../../src/import/find-logs.ts';
import type { Log } from '../../src/import/plan.ts';
import { readLog } from '../../src/import/read-log.ts';
import type { LogEvent } from '../../src/model/event.ts';
import type { Source } from '../../src/model/source.ts';

/*
 * fixtures/<source>/<case>/home is a home directory with the logs of one situation; expected.json beside it is what they
 * mean. A case is added by adding its home: the first run writes expected.json, which is then to be reviewed as what it
 * is, the specification. `npm test -- -u` writes all of them anew.
 */

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
/** Homes of another kind: a whole one for people, and one with configuration. */
const NO_LOGS: ReadonlySet<string> = new Set(['sample', 'catalog']);
const sources = await loadSources();
const foldersIn = (folder: string): readonly string[] => readdirSync(FIXTURES + folder).sort();
const cases = foldersIn('')
  .filter((id) => !NO_LOGS.has(id))
  .flatMap((id) => foldersIn(id).map((name) => ({ id, name, home: join(FIXTURES, id, name, 'home') })));

test('every source has fixtures, and all fixtures are of a source', () => {
  expect([...new Set(cases.map(({ id }) => id))]).toEqual(sources.map(({ id }) => id).sort());
});

/** An export lies nowhere in particular: it is named. */
const hasPlace = (source: Source): boolean => source.roots(context('/home/any')).length > 0;

const context = (home: string) => ({ env: {}, home });
const found = async (query: Partial<Parameters<typeof findLogs>[0]>, home: string): Promise<readonly Log[]> =>
  (await findLogs({ sources, paths: [], roots: [], context: context(home), cwd: home, ...query })).logs;

describe.each(cases)('$id/$name', ({ id, name, home }) => {
  test('is claimed by its own source alone, by place and by content', async () => {
    const all = logsIn(home);
    expect(all).not.toEqual([]);
    for (const source of sources) {
      const claimed = source.id === id ? all : [];
      const byPlace = await found({ sources: [source] }, home);
      const byContent = await found({ sources: [source], paths: [home] }, home);
      expect(pathsOf(byPlace, home)).toEqual(hasPlace(source) ? claimed : []);
      expect(pathsOf(byContent, home)).toEqual(claimed);
    }
  });

  test('means what expected.json says', async () => {
    const own = sources.find((source) => source.id === id);
    const logs = await found(own !== undefined && hasPlace(own) ? {} : { paths: [home] }, home);
    const read = await Promise.all(logs.map(async (log) => [relative(home, log.path), await readWhole(log)] as const));
    const printed = print(read.toSorted(([a], [b]) => (a < b ? -1 : 1))).replaceAll(home, '~');
    await expect(printed).toMatchFileSnapshot(join(FIXTURES, id, name, 'expected.json'));
  });
});

test('the sample logs are all read, and without a problem', async () => {
  const home = join(FIXTURES, 'sample/home');
  const logs = await found({}, home);
  expect(pathsOf(logs, home)).toEqual(logsIn(home));
  for (const log of logs) expect(await readWhole(log)).toMatchObject({ unknownTypes: [], problems: [] });
});

const logsIn = (home: string): readonly string[] =>
  readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.jsonl(\.zst)?$/.test(path))
    .sort();

const pathsOf = (logs: readonly Log[], home: string): readonly string[] => logs.map(({ path }) => relative(home, path)).sort();

interface Meaning {
  readonly events: LogEvent[];
  readonly unknownTypes: string[];
  /** Number of the line, and what is wrong with it. */
  readonly problems: (readonly [number, string])[];
}

async function readWhole(log: Log): Promise<Meaning> {
  const meaning: Meaning = { events: [], unknownTypes: [], problems: [] };
  const opened = openLog(log.path, log.path.endsWith('.zst') ? (await import('fzstd')).Decompress : undefined);
  readLog(
    { ...log, source: overheard(log.source, meaning.events) },
    opened,
    { fileId: null, offset: 0, line: 0, readerState: null },
    1e9,
    (slice) => {
      meaning.unknownTypes.push(...slice.unknownTypes);
      meaning.problems.push(...slice.problems.map(({ line, reason }) => [line, reason] as const));
    },
  );
  opened.close();
  return meaning;
}

/** A source whose readers also write down what they say. */
const overheard = (source: Source, events: LogEvent[]): Source => ({
  ...source,
  open: (...how) => {
    const reader = source.open(...how);
    const read: typeof reader.read = (line) => {
      const reading = reader.read(line);
      if (!('unknownType' in reading)) events.push(...reading);
      return reading;
    };
    return { ...reader, read };
  },
});

/** One event a line, and times as people read them. */
function print(logs: readonly (readonly [string, Meaning])[]): string {
  const list = (items: readonly unknown[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `      ${JSON.stringify(item, readable)}`).join(',\n')}\n    ]`;
  const files = logs.map(([path, { events, unknownTypes, problems }]) =>
    [
      `  ${JSON.stringify(path)}: {`,
      `    "events": ${list(events)},`,
      `    "unknownTypes": ${JSON.stringify(unknownTypes)},`,
      `    "problems": ${JSON.stringify(problems)}`,
      '  }',
    ].join('\n'),
  );
  return `{\n${files.join(',\n')}\n}\n`;
}

const TIMES: ReadonlySet<string> = new Set(['at', 'startedAt', 'endedAt']);

/** `where` becomes one string: the session, and what is out of the ordinary. */
function readable(key: string, value: unknown): unknown {
  if (TIMES.has(key) && typeof value === 'number') return new Date(value).toISOString();
  if (key !== 'where' || typeof value !== 'object' || value === null) return value;
  const { session, agent, sidechain, copied } = { session: '', agent: '', sidechain: false, copied: false, ...value };
  return [session, agent, sidechain && 'sidechain', copied && 'copied'].filter(Boolean).join(' ');
}
