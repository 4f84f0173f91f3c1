import type { Database, Statement } from 'better-sqlite3';
import type { FactEvent, LogEvent, SessionEvent } from '../model/event.ts';
import type { FactType } from '../model/facts/fact.ts';
import type { FileBatch } from './apply.ts';
import { readFloor } from './floor.ts';
import { openTombstones } from './tombstones.ts';

/** Where the rows of each kind of fact are. */
export const TABLES: Readonly<Record<FactType, string>> = {
  turn: 'turns',
  request: 'requests',
  call: 'tool_calls',
  compaction: 'compactions',
  context: 'contexts',
  listing: 'listings',
};
export const FACT_TYPES = ['turn', 'request', 'call', 'compaction', 'context', 'listing'] as const;

/** What of a batch may come in. */
export interface Admitted {
  /** As many as were given, in their order. */
  readonly files: readonly FileBatch[];
  /** Those of them that are not known yet and tell of forgotten sessions only, by index: not even their names are kept. */
  readonly forgotten: ReadonlySet<number>;
  /** Lines that told only what was pruned or forgotten. */
  readonly skippedLines: number;
}

export interface Gate {
  admit(batch: readonly FileBatch[]): Admitted;
}

/**
 * Keeps out what was taken out: facts older than the floor, facts that were pruned (also when a copy or a late half of one
 * has a later time), and sessions that were forgotten.
 */
export function openGate(db: Database, machineId: number): Gate {
  const floor = readFloor(db);
  const tombstones = openTombstones(db);
  if (floor === null && tombstones.isEmpty) return { admit: (files) => ({ files, forgotten: new Set(), skippedLines: 0 }) };

  const dayOf = new Map<FactType, Statement<[string], { day: number | null }>>(
    FACT_TYPES.map((type) => [type, db.prepare(`select day from ${TABLES[type]} where key = ?`)]),
  );
  const sessionOf = db.prepare(`select 1 from sessions where machine_id = ${machineId} and source = ? and key = ?`);
  const known = new Set<string>();
  const isKnown = (source: string, session: string): boolean => {
    const name = `${source}\0${session}`;
    if (!known.has(name) && sessionOf.get(source, session) !== undefined) known.add(name);
    return known.has(name);
  };
  const forgottenSessions = new Map<string, boolean>();
  const isForgotten = (source: string, session: string): boolean => {
    const name = `${source}\0${session}`;
    let answer = forgottenSessions.get(name);
    if (answer === undefined) forgottenSessions.set(name, (answer = tombstones.has('session', source, session)));
    return answer;
  };
  /** New logs of forgotten sessions alone that are handed on in several pieces. */
  const forgottenPaths = new Set<string>();

  const isOld = (at: number | undefined): boolean => floor !== null && at !== undefined && at < floor.at;

  /** Labels of old lines are as good as any; their times are not seen, or a session would begin where a log is read again. */
  const admitSession = (source: string, event: SessionEvent): SessionEvent | undefined => {
    const { at, parent, ...rest } = event;
    const kept = parent === undefined || isForgotten(source, parent) ? rest : { ...rest, parent };
    if (!isOld(at)) return at === undefined ? kept : { ...kept, at };
    return isKnown(source, event.where.session) ? kept : undefined;
  };

  /**
   * Facts of old lines. One that the store never had may have a late half above the floor, from the same thread of the same
   * session: that is no fact of its own. What another session says of it is.
   */
  const bury = (event: FactEvent): void => {
    if (dayOf.get(event.type)?.get(event.key) !== undefined || tombstones.has(event.type, event.key)) return;
    tombstones.add(event.type, event.key, event.where.session, event.where.agent);
  };

  const isBuried = ({ type, key, where }: FactEvent): boolean => {
    if (floor === null) return false;
    const stored = dayOf.get(type)?.get(key);
    // A row of a sealed day that is still there stays as it was when the day was sealed.
    if (stored !== undefined) return stored.day !== null && stored.day < floor.day;
    return tombstones.has(type, key) || tombstones.has(type, key, where.session, where.agent);
  };

  const admit: Gate['admit'] = (batch) => {
    const forgotten = new Set<number>();
    const old: FactEvent[] = [];
    /** First only what a line itself shows. */
    const seen = batch.map((file, index) => {
      let hasForgotten =
        forgottenPaths.has(file.path) || (file.fileId === null && file.path.match(ID)?.some((id) => isForgotten(file.source, id)) === true);
      const lines = file.lines.map((events) =>
        events.flatMap((event): readonly LogEvent[] => {
          const source = event.where.source ?? file.source;
          if (isForgotten(source, event.where.session)) {
            hasForgotten = true;
            return [];
          }
          if (event.type === 'session') {
            const admitted = admitSession(source, event);
            return admitted === undefined ? [] : [admitted];
          }
          if (!isOld(timeOf(event))) return [event];
          old.push(event);
          return [];
        }),
      );
      if (file.fileId === null && hasForgotten && lines.every((events) => events.length === 0)) {
        forgotten.add(index);
        forgottenPaths.add(file.path);
      }
      return { ...file, lines };
    });
    for (const event of old) bury(event);
    const files = seen.map((file) => ({
      ...file,
      lines: file.lines.map((events) => events.filter((event) => event.type === 'session' || !isBuried(event))),
    }));
    let skippedLines = 0;
    for (const [index, file] of batch.entries())
      for (const [line, events] of file.lines.entries())
        if (events.some(isFact) && files[index]?.lines[line]?.some(isFact) !== true) skippedLines += 1;
    return { files, forgotten, skippedLines };
  };

  return { admit };
}

/** An id as most agents give one; a log is often named by its session. */
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const isFact = (event: LogEvent): boolean => event.type !== 'session';

/** The time that an event is as old as; a late half has its own. */
function timeOf(event: FactEvent): number | undefined {
  if (event.type === 'turn' || event.type === 'call') return event.startedAt ?? event.endedAt;
  return event.at;
}
