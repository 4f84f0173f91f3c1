import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { source } from '../../src/sources/yoi.ts';
import { machine, type Machine } from '../world.ts';
import { readLog } from './read.ts';

const LOG = '.yoi/memory/_usage/events.jsonl';

let next = 0;
const line = (fields: object): string =>
  JSON.stringify({
    id: `019f0000-0000-7000-8000-${String((next += 1)).padStart(12, '0')}`,
    occurred_at: '2026-06-01T08:00:00.5Z',
    segment_id: 'wheel-a',
    ...fields,
  });
const record = (kind: string, slug: string, bytes: number) => ({
  kind,
  slug,
  file_bytes: bytes,
  file_tokens_estimate: Math.ceil(bytes / 4),
});
const use = (from: string, ...records: object[]) => line({ event: 'use', source: from, records });
const exposure = (...records: object[]) => line({ event: 'resident_exposure', source: 'ResidentInjection', records });

const read = (...lines: string[]) => readLog(source, `/srv/pottery/${LOG}`, `${lines.join('\n')}\n`);

/** Lines that are added to the log of a workspace, and imported. */
async function log(mac: Machine, lines: readonly string[], workspace = '.'): Promise<void> {
  const path = join(mac.home, workspace, LOG);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, lines.map((each) => `${each}\n`).join(''));
  await mac.json('import');
}

/** What the log's own report tells of each record. */
const recordsOf = ({ sql }: Machine) =>
  sql(`select kind, slug, count(*) filter (where role = 'use') as uses, max(at) filter (where role = 'use') as last_used,
         count(*) filter (where role = 'exposure') as exposures, sum(tokens) filter (where role = 'exposure') as exposed,
         max(tokens) filter (where role = 'exposure' and at = (select max(at) from contexts l where (l.kind, l.slug, l.role) = (c.kind, c.slug, 'exposure')))
           as per_injection
       from contexts c group by 1, 2 order by 1, 2`);
const originsOf = ({ sql }: Machine) =>
  sql(`select slug, origin, count(*) as n from contexts where role = 'use' group by 1, 2 order by 1, 2`);

describe('records', () => {
  test('one decision read, one knowledge referenced twice, and put there once with 8 bytes', async () => {
    const mac = machine();
    const policy = record('knowledge', 'policy', 8);
    await log(mac, [
      use('MemoryRead', record('decision', 'alpha', 4)),
      use('KnowledgeRef', policy),
      use('KnowledgeRef', policy),
      exposure(policy),
    ]);
    expect(recordsOf(mac)).toMatchObject([
      { kind: 'decision', slug: 'alpha', uses: 1, exposures: 0, exposed: null },
      { kind: 'knowledge', slug: 'policy', uses: 2, exposures: 1, per_injection: 2, exposed: 2 },
    ]);
    expect(originsOf(mac)).toEqual([
      { slug: 'alpha', origin: 'MemoryRead', n: 1 },
      { slug: 'policy', origin: 'KnowledgeRef', n: 2 },
    ]);
  });

  test('that are only resident are not used', async () => {
    const mac = machine();
    await log(mac, [exposure(record('knowledge', 'policy', 8))]);
    expect(recordsOf(mac)).toMatchObject([{ uses: 0, last_used: null, exposures: 1 }]);
    expect(originsOf(mac)).toEqual([]);
  });

  test('that grow cost at each time what they were then', async () => {
    const mac = machine();
    const grown = line({
      event: 'resident_exposure',
      source: 'ResidentInjection',
      records: [record('summary', 'summary', 4000)],
      occurred_at: '2026-06-02T08:00:00Z',
    });
    await log(mac, [exposure(record('summary', 'summary', 400)), grown]);
    expect(recordsOf(mac)).toMatchObject([{ exposures: 2, per_injection: 1000, exposed: 1100 }]);
  });

  test('count one by one; an event without any is nothing', async () => {
    const mac = machine();
    const [a, b, c] = ['a', 'b', 'c'].map((slug) => record('decision', slug, 40));
    await log(mac, [use('MemoryRead', a ?? {}, b ?? {}, c ?? {}), use('MemoryRead'), line({ event: 'use', source: 'MemoryRead' })]);
    expect(recordsOf(mac).map(({ slug, uses }) => [slug, uses])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });

  test('of an event that is written twice count once, in whichever run', async () => {
    const mac = machine();
    const event = use('MemoryRead', record('decision', 'alpha', 4));
    await log(mac, [event, use('MemoryRead', record('decision', 'alpha', 4)), event]);
    await log(mac, [event]);
    expect(recordsOf(mac)).toMatchObject([{ uses: 2 }]);
  });

  test('without an estimate have one of a quarter of their bytes, rounded up; without bytes they have none', () => {
    const sized = (bytes: unknown) => ({ kind: 'k', slug: `s${String(bytes)}`, file_bytes: bytes });
    const { events } = read(use('MemoryRead', sized(0), sized(8), sized(9), sized(-1), { kind: 'k', slug: 'none' }));
    expect(events.flatMap((event) => (event.type === 'context' ? [event.tokens] : []))).toEqual([0, 2, 3, undefined, undefined]);
  });

  test('need a kind and a slug', () => {
    expect(read(use('MemoryRead', { kind: 'k' }, { slug: 's' }, { kind: '', slug: 's' })).events).toEqual([]);
    expect(read(line({ event: 'use', source: 'MemoryRead', records: [null, 's', ['k', 's']] })).events).toEqual([]);
  });
});

describe('lines', () => {
  test('have the session and the time of their segment, also under its older name', () => {
    const records = [record('workflow', 'w', 8)];
    const older = JSON.stringify({
      occurred_at: '2026-06-01T10:00:00+02:00',
      session_id: 'old',
      event: 'use',
      source: 'WorkflowInvoke',
      records,
    });
    const nameless = line({ event: 'use', source: 'WorkflowInvoke', records, segment_id: '', occurred_at: 'today' });
    const [session, context, unknown] = read(older, nameless).events;
    expect(session).toEqual({
      type: 'session',
      where: expect.objectContaining({ session: 'old' }),
      at: Date.parse('2026-06-01T08:00:00Z'),
      project: '/srv/pottery',
    });
    expect(context).toMatchObject({ type: 'context', at: Date.parse('2026-06-01T08:00:00Z'), where: { session: 'old' } });
    expect(unknown).toEqual({ type: 'session', where: expect.objectContaining({ session: 'unknown' }), project: '/srv/pottery' });
  });

  test('without an id are told apart, and found again in a copy', async () => {
    const twin = JSON.stringify({ segment_id: 's', event: 'use', source: 'MemoryRead', records: [record('decision', 'alpha', 4)] });
    const mac = machine();
    await log(mac, [twin]);
    await log(mac, [twin]);
    expect(recordsOf(mac)).toMatchObject([{ uses: 2 }]);
    expect(read(twin, twin).events).toEqual(read(twin, twin).events);
  });

  test('with new words keep them, but an event of a new kind is not counted', () => {
    const { events, unknownTypes } = read(
      use('TeaLeaves', record('sketch', 'vase', 8)),
      line({ event: 'search_hit', records: [record('k', 's', 8)] }),
      '{}',
    );
    expect(events.filter(({ type }) => type === 'context')).toMatchObject([{ kind: 'sketch', origin: 'TeaLeaves', role: 'use' }]);
    expect(unknownTypes).toEqual(['search_hit', '(none)']);
  });

  test('that are damaged are refused, and the rest is read', async () => {
    const mac = machine();
    await log(mac, [use('MemoryRead', record('decision', 'alpha', 4)).slice(0, -9), '', use('MemoryRead', record('decision', 'alpha', 4))]);
    expect(recordsOf(mac)).toMatchObject([{ uses: 1 }]);
    expect(mac.sql('select line, reason from issues')).toEqual([{ line: 1, reason: 'parse' }]);
  });
});

describe('workspaces', () => {
  test('are those that YOI_WORKSPACES names, and the home', () => {
    const roots = (list?: string) => source.roots({ env: { ...(list !== undefined && { YOI_WORKSPACES: list }) }, home: '/home/ada' });
    const usage = '.yoi/memory/_usage';
    expect(roots()).toEqual([`/home/ada/${usage}`]);
    expect(roots(' /srv/kiln/ ,, ~/garden')).toEqual([`/srv/kiln/${usage}`, `/home/ada/garden/${usage}`, `/home/ada/${usage}`]);
  });

  test('are the projects of their logs', async () => {
    const mac = machine({ env: { YOI_WORKSPACES: '~/pottery,~/Gärten' } });
    await log(mac, [use('MemoryRead', record('decision', 'alpha', 4))], 'pottery');
    await log(
      mac,
      [line({ event: 'use', source: 'MemoryRead', segment_id: 'spade', records: [record('decision', 'alpha', 4)] })],
      'Gärten',
    );
    expect(mac.sql('select s.key, path from sessions s join projects p on p.id = s.project_id order by s.key')).toEqual([
      { key: 'spade', path: join(mac.home, 'Gärten') },
      { key: 'wheel-a', path: join(mac.home, 'pottery') },
    ]);
  });

  test.each([
    ['/a/.yoi/b/.yoi/memory/_usage/events.jsonl', '/a/.yoi/b'],
    ['/a/.insomnia/memory/_usage/events.jsonl', '/a'],
    ['C:\\a\\.yoi\\memory\\_usage\\events.jsonl', 'C:\\a'],
    ['/a/copies/events.jsonl', undefined],
  ])('%s lies in %s', (path, project) => {
    const [session] = readLog(source, path, `${use('MemoryRead', record('decision', 'alpha', 4))}\n`).events;
    expect(session).toMatchObject({ type: 'session' });
    expect(session?.type === 'session' ? session.project : 'no session').toBe(project);
  });
});
