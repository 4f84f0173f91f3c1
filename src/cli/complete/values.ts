import { existsSync } from 'node:fs';
import { formatDay } from '../../model/time.ts';
import type { SqlRow } from '../../store/db.ts';
import type { Context } from '../context.ts';
import { loadSources } from '../load.ts';
import { SETTINGS } from '../settings.ts';
import { starting, type Candidate, type Candidates, type Said } from './candidates.ts';

/** More are not looked through. */
const MOST = 200;

/** What is known of values, by the name that options and arguments give them. The store is only read. */
export async function valuesOf(name: string, typed: string, said: Said, context: Context): Promise<Candidates> {
  if (name === 'file' || name === 'paths') return 'files';
  if (name === 'folder') return 'folders';
  const sql = STORED[name];
  if (sql !== undefined) return starting(await stored(name, sql, typed, said, context), typed);
  return starting(await known(name, said, context), typed);
}

/** `note` is shown beside a value; `:part` is what its beginning must be. */
const STORED: Readonly<Record<string, string>> = {
  tool: `select tool as value, calls || iif(calls = 1, ' call', ' calls') as note from tool_scores order by calls desc`,
  server: `select server as value, sum(calls) || iif(sum(calls) = 1, ' call', ' calls') as note from tool_scores where server is not null group by 1 order by sum(calls) desc`,
  model: `select name as value, provider as note from models order by name`,
  project: `select p.path as value, count(*) || iif(count(*) = 1, ' session', ' sessions') as note from projects p join sessions s on s.project_id = p.id
    group by 1 order by max(s.last_at) desc`,
  session: `select s.key as value, coalesce(p.path, s.source) as note, s.day from sessions s left join projects p on p.id = s.project_id
    where s.key like :part escape '\\' order by s.last_at desc limit ${MOST}`,
};

async function stored(name: string, sql: string, typed: string, { options }: Said, context: Context): Promise<readonly Candidate[]> {
  const db = options.get('--db');
  const path = context.storePath(db === undefined ? {} : { db });
  if (!existsSync(path)) return [];
  const part = `${typed.replace(/[\\%_]/g, '\\$&')}%`;
  const rows = await context.reading(path, (reader) => reader.all(sql, sql.includes(':part') ? { part } : {}));
  const found = rows.flatMap(candidates);
  return name === 'project' && !typed.startsWith('/') ? found.map(byLastPart) : found;
}

/** A folder is understood by the end of its path, too. */
const byLastPart = ({ value, note }: Candidate): Candidate => ({ value: value.replace(/.*\/(?=.)/s, ''), note: `${value}, ${note}` });

function candidates({ value, note, day }: SqlRow): readonly Candidate[] {
  if (typeof value !== 'string' || value === '') return [];
  const when = typeof day === 'number' ? `${formatDay(day)} ` : '';
  return [{ value, note: when + (typeof note === 'string' ? note : '') }];
}

async function known(name: string, { positionals }: Said, { world }: Context): Promise<readonly Candidate[]> {
  const plain = (values: readonly string[]): readonly Candidate[] => values.map((value) => ({ value, note: '' }));
  switch (name) {
    case 'agent': {
      const sources = await loadSources();
      return plain(sources.filter((source) => source.roots(world).length > 0).map(({ id }) => id));
    }
    case 'zone':
      return plain(['UTC', ...Intl.supportedValuesOf('timeZone')]);
    case 'days':
      return plain(['7', '30', '90', 'all']);
    case 'time':
      return plain(['24h', '7d', 'today', 'monday']);
    case 'value': {
      const setting = SETTINGS.find(({ key }) => key === positionals[0]);
      return plain(setting === undefined || !('words' in setting) ? [] : setting.words);
    }
    default:
      return [];
  }
}
