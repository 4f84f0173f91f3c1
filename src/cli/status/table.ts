import type { Row, Table } from '../../model/table.ts';
import { grouped as n } from '../../model/number.ts';
import { formatDay, rfc3339 } from '../../model/time.ts';
import { lagSeconds, type Check } from './checks.ts';
import type { State } from './state.ts';

export function statusTable(state: State, checks: readonly Check[]): Table {
  const { firstDay, lastDay, runs, homeZone, lockedBy } = state;
  const days = firstDay === null || lastDay === null ? 0 : lastDay - firstDay + 1;
  const line = (what: string, is: string): Row => ({ what, is });
  return {
    columns: [
      { name: 'what', title: 'what', kind: 'text' },
      { name: 'is', title: 'is', kind: 'text', wrap: true },
    ],
    rows: [
      line('store', state.path),
      line('', `${(state.bytes / 1e6).toFixed(1)} MB, schema ${state.schema}, labels ${state.labels}`),
      line(
        'covers',
        firstDay === null || lastDay === null
          ? 'nothing yet'
          : `${formatDay(firstDay)} to ${formatDay(lastDay)} (${n(days)} days, ${homeZone.name})`,
      ),
      ...(days === 0 ? [] : [line('gaps', state.gapDays === 0 ? 'none' : `${n(state.gapDays)} of these days without any event`)]),
      ...state.sources.flatMap(({ source, files, filesGone, sessions, lastAt }) => [
        line(source, `${n(files)} files, ${n(filesGone)} gone, ${n(sessions)} sessions`),
        ...(lastAt === null ? [] : [line('', `last event ${moment(lastAt)}`)]),
      ]),
      line('last import', lastImport(state)),
      ...(runs.error !== null && runs.lastOkAt !== null
        ? [line('last good', `${moment(runs.lastOkAt)}, ${ago(state.now - runs.lastOkAt)}`)]
        : []),
      line('importer', lockedBy === null ? 'idle' : `locked by ${lockedBy}`),
      line('issues', state.issues === 0 ? 'no lines' : `${n(state.issues)} lines; usage status --issues lists them`),
      // What to do has a line of its own: no terminal is too narrow for it.
      ...checks.flatMap(({ name, ok, detail, fix }) => [
        line(name, ok ? `ok, ${detail}` : detail),
        ...(ok || fix === null ? [] : [line('', fix)]),
      ]),
    ],
    fields: {
      schema_version_store: state.schema,
      store_path: state.path,
      store_bytes: state.bytes,
      labels: state.labels,
      last_import_at: timeOf(runs.lastAt),
      last_ok_at: timeOf(runs.lastOkAt),
      last_error: runs.error,
      last_error_at: runs.error === null ? null : timeOf(runs.lastAt),
      lag_seconds: lagSeconds(runs.lastOkAt, state.now),
      files: state.files,
      issues_open: state.issues,
      dirty_days: state.dirtyDays,
      locked_by: lockedBy,
      first_day: firstDay === null ? null : formatDay(firstDay),
      last_day: lastDay === null ? null : formatDay(lastDay),
      coverage_days: days,
      gap_days: state.gapDays,
      priced_share: state.tokens === 0 ? null : 1 - state.unpricedTokens / state.tokens,
      sources: state.sources.map(({ source, files, filesGone, sessions, lastAt }) => ({
        source,
        files,
        files_gone: filesGone,
        sessions,
        last_at: timeOf(lastAt),
      })),
      checks: checks.map(({ name, ok, detail, fix }) => ({ name, ok, detail, fix })),
    },
    query: { timezone: homeZone.name },
  };
}

function lastImport({ runs: { lastAt, error }, now }: State): string {
  if (lastAt === null) return 'never ran';
  return error === null ? `${moment(lastAt)}, ${ago(now - lastAt)}` : `${rfc3339(lastAt)} failed: ${error}`;
}

const timeOf = (at: number | null): string | null => (at === null ? null : rfc3339(at));
const moment = (at: number): string => `${rfc3339(at).slice(0, 16).replace('T', ' ')} UTC`;

function ago(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 120) return `${minutes} minutes ago`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} hours ago` : `${Math.floor(minutes / 1440)} days ago`;
}
