import { Option } from 'commander';
import { UsageError } from '../model/errors.ts';
import { TOOL_KINDS } from '../model/event.ts';
import { lastDays, parseMoment, zone, type Window, type Zone } from '../model/time.ts';
import type { Filters, Query } from '../reports/common/query.ts';
import type { Report } from '../reports/common/report.ts';
import { choice, rendererOf, type QueryOptions } from './options.ts';

/** Understands the options of a report. Throws UsageError, naming what would be right. */
export function queryOf(
  options: QueryOptions,
  report: Report,
  place: { now: number; homeZone: Zone; cwd: string; sources: readonly string[] },
): Query {
  const zone_ = zoneOf(options.timezone, place.homeZone);
  const filters = filtersOf(options, report, place);
  return {
    window: windowOf(options, report.days, place.now, zone_),
    zone: zone_,
    homeZone: place.homeZone,
    now: place.now,
    filters,
    by: choice('--by', options.by, report.groups),
    sort: choice('--sort', options.sort, report.sorts),
    limit: limitOf(options, report.limit),
    subject: null,
    raw: options.raw === true,
    compare: options.compare === true,
    fill: options.fill === true,
    own: ownOf(options, report),
  };
}

/** A report's own options, as they were said. */
function ownOf(options: QueryOptions, report: Report): Query['own'] {
  const said = new Map<string, unknown>(Object.entries(options));
  return Object.fromEntries(
    (report.options ?? []).map(({ flags }) => {
      const option = new Option(flags);
      const value = said.get(option.attributeName());
      return [option.name(), typeof value === 'string' || typeof value === 'boolean' ? value : undefined];
    }),
  );
}

function zoneOf(name: string | undefined, home: Zone): Zone {
  if (name === undefined || name === '') return home;
  try {
    const named = zone(name);
    named.dayOf(0);
    return named;
  } catch {
    throw new UsageError(`--timezone ${name} is no time zone.`, 'Use a name such as UTC, Europe/Berlin or Asia/Kolkata.');
  }
}

const MAX_LIMIT = 1000;

const MOMENTS = 'Use 7d, 24h, 90m, today, monday, 2026-06-01 or an RFC 3339 time.';

function windowOf(options: QueryOptions, defaultDays: number | null, now: number, in_: Zone): Window {
  const { days, since, until } = options;
  if (days !== undefined && (since !== undefined || until !== undefined)) {
    throw new UsageError('--days and --since or --until are two ways to say the window.', 'Use one of them.');
  }
  if (days === 'all') return { from: null, until: null };
  if (days !== undefined) {
    if (!/^[1-9]\d{0,4}$/.test(days))
      throw new UsageError(`--days ${days} is not a whole number of days from 1 on.`, 'Use for example --days 30, or --days all.');
    return lastDays(Number(days), now, in_);
  }
  if (since === undefined && until === undefined)
    return defaultDays === null ? { from: null, until: null } : lastDays(defaultDays, now, in_);
  const from = since === undefined ? null : momentOf('--since', since, 'start', now, in_);
  const end = until === undefined ? null : momentOf('--until', until, 'end', now, in_);
  if (from !== null && end !== null && end <= from) throw new UsageError(`--until ${until} is not after --since ${since}.`, 'Swap them.');
  return { from, until: end };
}

function momentOf(option: string, word: string, edge: 'start' | 'end', now: number, in_: Zone): number {
  const ms = parseMoment(word, edge, now, in_);
  if (ms === undefined) throw new UsageError(`${option} ${word} is not a time.`, MOMENTS);
  return ms;
}

function filtersOf(options: QueryOptions, report: Report, { cwd, sources }: { cwd: string; sources: readonly string[] }): Filters {
  const source = given(options.source);
  const kind = report.filtersTools === true ? given(options.kind) : null;
  return {
    project: projectOf(options.project, cwd),
    model: given(options.model),
    source: source === null ? null : choice('--source', source, sources),
    tool: given(options.tool),
    session: given(options.session),
    kind: kind === null ? null : choice('--kind', kind, TOOL_KINDS),
    server: given(options.server),
  };
}

const given = (value: string | undefined): string | null => (value === undefined || value.trim() === '' ? null : value.trim());

/** A folder as --project says it; null: none. */
export function projectOf(value: string | undefined, cwd: string): string | null {
  const project = given(value);
  return project === '.' ? cwd : (project?.replace(/(?<=.)\/+$/, '') ?? null);
}

function limitOf(options: QueryOptions, people: number): number {
  if (options.limit === undefined) return rendererOf(options).isForPeople ? people : 0;
  const limit = /^\d{1,4}$/.test(options.limit) ? Number(options.limit) : NaN;
  if (!(limit <= MAX_LIMIT))
    throw new UsageError(`--limit ${options.limit} is not a number from 0 to ${MAX_LIMIT}.`, 'Use --limit 0 for all rows.');
  return limit;
}
