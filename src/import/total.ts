import type { BatchResult } from '../store/apply.ts';
import type { ReadSlice } from './read-log.ts';

export interface ImportResult {
  readonly filesRead: number;
  readonly filesOpened: number;
  readonly filesUnchanged: number;
  readonly filesGone: number;
  /** Not read, or not to their end, because the time was over. */
  readonly filesLeft: number;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly bytesRead: number;
  readonly linesRead: number;
  readonly linesParsed: number;
  readonly eventsNew: number;
  readonly eventsDuplicate: number;
  /** Lines that told only what was pruned or forgotten. */
  readonly eventsSkipped: number;
  readonly issueCount: number;
  /** The first of them. */
  readonly issues: readonly { readonly path: string; readonly line: number; readonly reason: string }[];
  readonly sessionsTouched: number;
  /** Lines of types that no rule claims, by `source/type`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
}

export type Total = ReturnType<typeof openTotal>;

/** Issues and types that are told by name: who made them may have made millions. */
const MOST_LISTED = 1000;

/** Adds up what a run did. */
export function openTotal(labelOf: (path: string) => string) {
  const unreadable = new Map<string, string>();
  const issues: { path: string; line: number; reason: string }[] = [];
  const sessions = new Set<number>();
  const unknownTypes = new Map<string, number>();
  let [filesRead, filesOpened, filesGone, filesLeft, bytesRead, linesRead, linesParsed] = [0, 0, 0, 0, 0, 0, 0];
  let [eventsNew, eventsDuplicate, eventsSkipped, issueCount] = [0, 0, 0, 0];

  const count = (batch: readonly ReadSlice[], result: BatchResult): void => {
    eventsNew += result.newLines;
    eventsDuplicate += result.duplicateLines;
    eventsSkipped += result.skippedLines;
    for (const id of result.sessionIds) sessions.add(id);
    for (const slice of batch) {
      linesRead += slice.lineCount;
      linesParsed += slice.parsedCount;
      for (const type of slice.unknownTypes) {
        const named = `${slice.source}/${type}`;
        const name = unknownTypes.size < MOST_LISTED || unknownTypes.has(named) ? named : `${slice.source}/(others)`;
        unknownTypes.set(name, (unknownTypes.get(name) ?? 0) + 1);
      }
    }
    issueCount += result.newIssues.length;
    for (const [index, { line, reason }] of result.newIssues.slice(0, MOST_LISTED - issues.length))
      issues.push({ path: labelOf(batch[index]?.path ?? ''), line, reason });
  };

  return {
    count,
    bytesRead: () => bytesRead,
    gone: () => void (filesGone += 1),
    left: (count: number) => void (filesLeft += count),
    filesLeft: () => filesLeft,
    unreadable: (path: string, reason: string) => void unreadable.set(path, reason),
    read: (bytes: number) => {
      filesOpened += 1;
      bytesRead += bytes;
      if (bytes > 0) filesRead += 1;
    },
    result: (filesUnchanged: number): ImportResult => ({
      filesRead,
      filesOpened,
      filesUnchanged,
      filesGone,
      filesLeft,
      unreadable: [...unreadable].map(([path, reason]) => ({ path, reason })),
      bytesRead,
      linesRead,
      linesParsed,
      eventsNew,
      eventsDuplicate,
      eventsSkipped,
      issueCount,
      issues,
      sessionsTouched: sessions.size,
      unknownTypes,
    }),
  };
}
