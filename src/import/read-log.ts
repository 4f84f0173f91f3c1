import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Told } from '../model/facts/saying.ts';
import type { Line, Reading } from '../model/source.ts';
import type { Cursor, FileStat } from '../store/files.ts';
import { MOST_ISSUES, type LineIssue } from '../store/issues.ts';
import { fingerprint, type OpenLog } from './bytes.ts';
import { openGathering } from './gather.ts';
import { openLines } from './lines.ts';
import { isCompressed, type Log, type Start } from './plan.ts';
import { wholeRecords } from './splice.ts';

/** A stretch of whole lines of one log, and how far it goes. */
export interface ReadSlice extends Told {
  readonly fileId: number | null;
  readonly source: string;
  readonly path: string;
  readonly stat: FileStat;
  readonly cursor: Cursor;
  readonly problems: readonly LineIssue[];
  readonly unknownTypes: readonly string[];
  readonly bytes: number;
  readonly lineCount: number;
  /** Those of them that were parsed; of the others their first bytes told that they carry nothing. */
  readonly parsedCount: number;
}

/**
 * Reads a log from `start` to its end and hands it on in slices that can be committed one by one. Returns the number of
 * bytes of whole lines, and whether it came to the end; `isOver` is asked between slices. Until the end is reached the stat on record is one that no file has, so that a run which is cut
 * short goes on where it stopped.
 */
export function readLog(
  log: Log,
  opened: OpenLog,
  start: Start,
  maxLineBytes: number,
  emit: (slice: ReadSlice) => void,
  isOver: () => boolean = () => false,
): { bytes: number; isWhole: boolean } {
  const reader = log.source.open(log.path, start.readerState, readBeside(log));
  let gathering = openGathering();
  let problems: LineIssue[] = [];
  let unknownTypes: string[] = [];
  let position = { offset: start.offset, line: start.line };
  let parsed = 0;

  const lines = openLines(
    opened.read,
    position,
    maxLineBytes,
    {
      line: (line) => visit(line),
      problem: (reason, number, offset) => complain({ line: number, offset, reason }),
    },
    isCompressed(log.path),
  );

  const complain = (problem: LineIssue): void => {
    if (problems.length < MOST_ISSUES) problems.push(problem);
  };

  const visit = (line: Line): void => {
    try {
      take(reader.read(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const known = problems.at(-1);
      if (known?.line !== line.number) complain({ line: line.number, offset: line.offset, reason: 'parse' });
      for (const record of wholeRecords(line)) {
        const reading = reader.read(record);
        // What is of no type may be a piece of the record that was cut.
        if (!('unknownType' in reading)) take(reading);
      }
    }
  };

  const take = (reading: Reading): void => {
    if ('unknownType' in reading) unknownTypes.push(reading.unknownType);
    else gathering.add(reading);
  };

  const hand = (stat: FileStat): void => {
    const reached = lines.position();
    emit({
      ...gathering.all(),
      fileId: start.fileId,
      source: log.source.id,
      path: log.path,
      stat,
      cursor: {
        ...reached,
        ...(isCompressed(log.path) ? NO_FINGERPRINT : fingerprint(opened.read, reached.offset)),
        readerState: reader.save(),
        parserVersion: log.source.parserVersion,
      },
      problems,
      unknownTypes,
      bytes: reached.offset - position.offset,
      lineCount: reached.line - position.line,
      parsedCount: lines.parsed() - parsed,
    });
    position = reached;
    parsed = lines.parsed();
    gathering = openGathering();
    problems = [];
    unknownTypes = [];
  };

  while (lines.next()) {
    if (lines.position().offset - position.offset < SLICE_BYTES) continue;
    hand({ ...opened.stat, sizeBytes: -1 });
    if (!isCompressed(log.path) && isOver()) return { bytes: position.offset - start.offset, isWhole: false };
  }
  hand(isCompressed(log.path) ? opened.stat : statWhenRead(opened, start.offset + lines.bytesSeen()));
  return { bytes: position.offset - start.offset, isWhole: true };
}

/** More than any such file holds. */
const MAX_BESIDE = 1 << 20;

/** It only adds labels: one that is not there or cannot be read is passed over. */
function readBeside({ path, source: { beside } }: Log): unknown {
  if (beside === undefined) return undefined;
  const file = join(dirname(path), beside);
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= MAX_BESIDE ? JSON.parse(readFileSync(file, 'latin1')) : undefined;
  } catch {
    return undefined;
  }
}

/** A log that grew while it was read has a later time than when it was opened. */
const statWhenRead = (opened: OpenLog, sizeBytes: number): FileStat =>
  sizeBytes === opened.stat.sizeBytes ? opened.stat : { ...opened.statNow(), sizeBytes };

/** Much shorter logs are the rule: they are handed on whole. */
const SLICE_BYTES = 8 << 20;
/** A compressed log is read from its beginning whenever it changed. */
const NO_FINGERPRINT = { headHash: '', tailHash: '' };
