import { grouped as n } from '../model/number.ts';
import { rfc3339 } from '../model/time.ts';
import type { FoundLogs } from '../import/find-logs.ts';
import { jsonText } from '../render/json.ts';
import type { ImportReport } from './run-import.ts';

const LISTED = 100;
const SHOWN = 10;
const TOTALS = [
  ['sessions', 'sessions'],
  ['turns', 'turns'],
  ['requests', 'requests'],
  ['tool_calls', 'tool calls'],
  ['total_tokens', 'tokens'],
] as const;

/** The JSON contract of an import. */
export function importJson(report: ImportReport, how: { rebuild: boolean; now: number }): string {
  const { found, result, totals } = report;
  const unreadable = unreadableOf(report);
  return `${jsonText(
    {
      schema_version: 1,
      command: 'import',
      generated_at: rfc3339(how.now),
      query: { folders: found.looked.map(({ folder }) => report.labelOf(folder)) },
      files_found: found.logs.length,
      files_read: result.filesRead,
      files_opened: result.filesOpened,
      files_unchanged: result.filesUnchanged,
      files_gone: result.filesGone,
      files_left: result.filesLeft,
      files_unreadable: unreadable.length,
      bytes_read: result.bytesRead,
      lines_read: result.linesRead,
      lines_parsed: result.linesParsed,
      events_new: result.eventsNew,
      events_duplicate: result.eventsDuplicate,
      events_skipped: result.eventsSkipped,
      issue_count: result.issueCount,
      issues: result.issues.slice(0, LISTED),
      unknown_types: Object.fromEntries(result.unknownTypes),
      sessions_touched: result.sessionsTouched,
      ...(how.rebuild && { totals_before: report.before, totals }),
      calls_total: totals.tool_calls,
      requests_total: totals.requests,
      rows_pruned: report.rowsPruned,
      statements: report.statements,
      duration_ms: report.durationMs,
    },
    2,
  )}\n`;
}

/** What a person is told: what was done, and what went wrong. */
export function importLines(report: ImportReport, how: { dryRun: boolean; rebuild: boolean; home: string }) {
  const { found, result, totals, before } = report;
  const troubles = [
    ...result.issues.slice(0, SHOWN).map(({ path, line, reason }) => `${short(path, how.home)}:${line} ${reason}`),
    ...(result.issueCount > SHOWN ? [`and ${n(result.issueCount - SHOWN)} more; --json lists the first ${LISTED}`] : []),
    ...unreadableOf(report).map(({ path, reason }) => `${short(path, how.home)} could not be read (${reason})`),
    ...found.unrecognised.slice(0, SHOWN).map((path) => `${short(report.labelOf(path), how.home)} is no log of a known format`),
    ...(found.unrecognised.length > SHOWN ? [`and ${n(found.unrecognised.length - SHOWN)} more files of other formats`] : []),
  ];
  const unknown = [...result.unknownTypes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const seconds = (report.durationMs / 1000).toFixed(report.durationMs < 10_000 ? 1 : 0);
  const lines = [
    `${how.dryRun ? 'Would import' : 'Imported'} ${n(result.eventsNew)} new events from ${n(result.filesRead)} of ${n(found.logs.length)} files (${(result.bytesRead / 1e6).toFixed(1)} MB in ${seconds} s)`,
    `  files   ${n(result.filesUnchanged)} unchanged, ${n(result.filesGone)} gone, ${n(unreadableOf(report).length)} unreadable`,
    `  lines   ${n(result.linesRead)} read, ${n(result.eventsDuplicate)} with events known before, ${n(result.issueCount)} with issues`,
    ...(result.filesLeft > 0 ? [`  left    ${n(result.filesLeft)} files: the time was over; the next import goes on there`] : []),
    ...(how.rebuild
      ? []
      : [`  store   ${n(totals.sessions)} sessions, ${n(totals.requests)} requests, ${n(totals.tool_calls)} tool calls`]),
    ...(how.rebuild
      ? [
          `  before  ${n(before.sessions)} sessions, ${n(before.requests)} requests, ${n(before.tool_calls)} tool calls, ${n(before.total_tokens)} tokens`,
          `  now     ${n(totals.sessions)} sessions, ${n(totals.requests)} requests, ${n(totals.tool_calls)} tool calls, ${n(totals.total_tokens)} tokens`,
        ]
      : []),
    ...(result.eventsSkipped > 0 ? [`  skipped ${n(result.eventsSkipped)} lines of pruned days or forgotten sessions`] : []),
    ...(report.rowsPruned > 0 ? [`  pruned  ${n(report.rowsPruned)} rows of days that are no longer kept; their sums stay`] : []),
    ...(unknown.length > 0
      ? [
          `  types   not known: ${unknown
            .slice(0, 8)
            .map(([type, count]) => `${type} (${n(count)})`)
            .join(', ')}`,
        ]
      : []),
  ];
  if (how.rebuild) {
    const fallen = TOTALS.flatMap(([name, words]) =>
      totals[name] < before[name] ? [`${words} ${n(before[name])} → ${n(totals[name])}`] : [],
    );
    if (fallen.length > 0)
      troubles.push(
        `LOWER than before the rebuild: ${fallen.join(', ')}. The same logs now say less: lines were changed where they stood, or are read in another way than before.`,
      );
  }
  return { lines, troubles };
}

/** Where was looked, for a machine on which nothing was found. */
export function lookedFor(looked: FoundLogs['looked'], home: string): readonly string[] {
  return [
    'No logs were found. Looked for:',
    ...looked.map(
      ({ source, folder, exists }) => `  ${source?.title ?? 'logs'} in ${short(folder, home)}${exists ? ' (empty)' : ' (not there)'}`,
    ),
  ];
}

function unreadableOf({ found, result, labelOf }: ImportReport) {
  const reasons = new Map(found.unreadable.map((path) => [labelOf(path), 'no access']));
  for (const { path, reason } of result.unreadable) reasons.set(path, reason);
  return [...reasons].map(([path, reason]) => ({ path, reason }));
}

const short = (path: string, home: string): string => (home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path);
