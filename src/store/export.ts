import type { FactType } from '../model/facts/fact.ts';
import type { Db, SqlRow, SqlValue } from './db.ts';
import { itemsOf } from './tables/listings.ts';

/** Raised when a reader of the old form would misread the new one. */
export const EXPORT_VERSION = 1;

/** Facts that are read at a time. */
const PAGE = 2000;

/**
 * All facts of the store, a line of JSON each, in the order of their keys. Nothing in it depends on when, in what order or on
 * which machine they were imported, so stores that hold the same facts export the same bytes. Costs are left out: they
 * follow from the tokens and the prices. A fact that several places told is a line for each of them.
 */
export async function* exportLines(db: Db): AsyncGenerator<string> {
  yield* sessionLines(db);
  for (const type of TYPES) {
    let after = '';
    for (;;) {
      const rows = await db.all(factsSql(type), { after, page: PAGE });
      const last = rows.at(-1);
      if (last === undefined) break;
      for (const row of rows) yield line(type, row);
      after = String(last['key']);
    }
  }
}

const TYPES: readonly FactType[] = ['turn', 'request', 'call', 'compaction', 'context', 'listing'];

/** Columns of a fact in the export, and what they are in its table. */
const FACTS: Readonly<Record<FactType, { from: string; fields: readonly (readonly [string, string])[] }>> = {
  turn: {
    from: 'turns f',
    fields: [
      ['startedAt', 'f.started_at'],
      ['endedAt', 'f.ended_at'],
      ['reportedMs', 'f.reported_ms'],
      ['trigger', 'f.trigger'],
      ['command', 'f.command'],
      ['outcome', 'f.outcome'],
    ],
  },
  request: {
    from: 'requests f left join models m on m.id = f.model_id left join turns u on u.id = f.turn_id',
    fields: [
      ['startedAt', 'f.started_at'],
      ['endedAt', 'f.ended_at'],
      ['provider', `nullif(m.provider, '')`],
      ['model', 'm.name'],
      ['inputTokens', 'f.input_tokens'],
      ['cacheReadTokens', 'f.cache_read_tokens'],
      ['cacheWrite5mTokens', 'f.cache_write_5m_tokens'],
      ['cacheWrite1hTokens', 'f.cache_write_1h_tokens'],
      ['outputTokens', 'f.output_tokens'],
      ['reasoningTokens', 'f.reasoning_tokens'],
      ['webSearches', 'f.web_searches'],
      ['reportedNanoUsd', 'f.reported_nano_usd'],
      ['status', 'f.status'],
      ['httpStatus', 'f.http_status'],
      ['turn', 'u.key'],
      ['skill', 'f.skill'],
      ['conflict', 'f.conflict'],
    ],
  },
  call: {
    from: `tool_calls f join tools t on t.id = f.tool_id left join requests r on r.id = f.request_id left join turns u on u.id = f.turn_id
      left join item_lists i on i.id = f.reads_id`,
    fields: [
      ['startedAt', 'f.started_at'],
      ['endedAt', 'f.ended_at'],
      ['reportedMs', 'f.reported_ms'],
      ['outcome', 'f.outcome'],
      ['errorClass', 'f.error_class'],
      ['tool', `nullif(t.name, '(unknown)')`],
      ['item', 'f.item'],
      ['request', 'r.key'],
      ['turn', 'u.key'],
      ['reads', `i.kind || ':' || ${itemsOf('f.reads_id')}`],
      ['conflict', 'f.conflict'],
    ],
  },
  compaction: {
    from: 'compactions f',
    fields: [
      ['at', 'f.at'],
      ['trigger', 'f.trigger'],
      ['preTokens', 'f.pre_tokens'],
    ],
  },
  context: {
    from: 'contexts f',
    fields: [
      ['at', 'f.at'],
      ['kind', 'f.kind'],
      ['slug', 'f.slug'],
      ['origin', 'f.origin'],
      ['role', 'f.role'],
      ['sizeBytes', 'f.size_bytes'],
      ['tokens', 'f.tokens'],
    ],
  },
  listing: {
    from: 'listings f join item_lists l on l.id = f.list_id',
    fields: [
      ['at', 'f.at'],
      ['kind', 'l.kind'],
      ['change', 'f.change'],
      ['deferred', 'f.deferred'],
      ['items', itemsOf('f.list_id')],
    ],
  },
};

/** One page of facts, a row for each place that told one. Whole facts only: the page is cut by key. */
function factsSql(type: FactType): string {
  const { from, fields } = FACTS[type];
  const table = from.split(' ', 1)[0];
  return `
    select f.key, s.source, s.key as session, coalesce(g.agent, f.agent) as agent, coalesce(g.sidechain, f.sidechain) as sidechain,
      coalesce(g.copied, f.copied) as copied, g.said, ${fields.map(([name, column]) => `${column} as "${name}"`).join(', ')}
    from ${from} left join sightings g on g.fact = '${type}' and g.fact_id = f.id
    join sessions s on s.id = coalesce(g.session_id, f.session_id)
    where f.key > :after and f.key <= (
      select max(key) from (select key from ${table} where key > :after order by key limit :page) as page)
    order by f.key, s.source, s.key, g.agent`;
}

function line(type: FactType, row: SqlRow): string {
  const { said, key, source, session, agent, sidechain, copied } = row;
  const fact: Readonly<Record<string, SqlValue>> =
    typeof said === 'string' ? JSON.parse(said) : Object.fromEntries(FACTS[type].fields.map(([name]) => [name, row[name] ?? null]));
  const place = { source, session, agent, sidechain: sidechain === 1, copied: copied === 1 };
  return ascii({
    schema_version: EXPORT_VERSION,
    type,
    key,
    ...place,
    ...known(FACTS[type].fields.map(([name]) => [name, valueOf(name, fact[name] ?? null)])),
  });
}

const FLAGS: ReadonlySet<string> = new Set(['conflict', 'deferred', 'misfiled']);

/** A flag is there or not; a list is one. */
function valueOf(name: string, value: SqlValue): unknown {
  if (FLAGS.has(name)) return value === 1 ? true : null;
  if (typeof value !== 'string') return value;
  if (name === 'items') return JSON.parse(value);
  return name === 'reads' ? readsOf(value) : value;
}

function readsOf(reads: string): unknown {
  const colon = reads.indexOf(':');
  return { kind: reads.slice(0, colon), items: JSON.parse(reads.slice(colon + 1)) };
}

/** Times of a session's first and last event, and its labels with the time that made each the newest. */
async function* sessionLines(db: Db): AsyncGenerator<string> {
  const newest = (column: string, time: string): string =>
    `first_value(${column}) over (partition by f.session_id order by ${time} is null, ${time} desc, ${column} desc)`;
  const rows = await db.all(`
    select distinct s.source, s.key as session,
      s.first_at as "firstAt", s.last_at as "lastAt", s.entrypoint, s.parent,
      ${newest('p.path', 'f.project_at')} as project, ${newest('f.project_at', 'f.project_at')} as "projectAt",
      ${newest('f.branch', 'f.branch_at')} as branch, ${newest('f.branch_at', 'f.branch_at')} as "branchAt",
      ${newest('f.client_version', 'f.client_version_at')} as "clientVersion",
      ${newest('f.client_version_at', 'f.client_version_at')} as "clientVersionAt",
      max(f.misfiled) over (partition by f.session_id) as misfiled
    from sessions s join session_files f on f.session_id = s.id left join projects p on p.id = f.project_id
    order by s.source, s.key`);
  for (const row of rows)
    yield ascii({
      schema_version: EXPORT_VERSION,
      type: 'session',
      ...known(Object.entries(row).map(([name, value]) => [name, valueOf(name, value)])),
    });
}

const known = (fields: readonly (readonly [string, unknown])[]) => Object.fromEntries(fields.filter(([, value]) => value !== null));

/** Every character in ASCII, so that the bytes mean the same to every reader. */
const ascii = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
