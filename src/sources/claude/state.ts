import type { LogEvent, Where } from '../../model/event.ts';
import { clean, name, type JsonObject } from '../../model/json.ts';
import type { Line } from '../../model/source.ts';

/** A line of a transcript that tells something. */
export interface Entry {
  readonly fields: JsonObject;
  readonly where: Where;
  readonly at: number | undefined;
  readonly line: Line;
}

/** Adds what a line means to its events. */
export type EntryReader = (state: State, entry: Entry, events: LogEvent[]) => void;

/** What the lines of a file say about later ones. */
interface Memory {
  /** Key of the turn that runs in the main thread. */
  turn?: string;
  /** Calls of the main thread without a result yet: an interrupt ends them. */
  open: string[];
  /** Directory that the session was started in, as far as the file has told. */
  project?: string;
  /** How often a line without any id was met, by hash. */
  readonly anonymous: Record<string, number>;
}

export interface State extends Memory {
  /** Name of the folder that a project's transcripts are in; undefined for a log that lies elsewhere. */
  readonly folder: string | undefined;
  /** Name of the file, which is that of its session. */
  readonly stem: string;
  /** A sub-agent's file has a name of its own. */
  readonly isNamedById: boolean;
  /** Of the line before. */
  place?: Where;
}

/** A folder is named after a directory: all but letters and digits turned to `-`, so `/` or `C:\` comes first. */
const FOLDER = /^(?:.*\/)?projects\/([A-Za-z]?-[A-Za-z0-9-]*)\//;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function openState(path: string, saved: string | null): State {
  const memory: Memory = saved === null ? { open: [], anonymous: {} } : JSON.parse(saved);
  const stem = clean(path.replace(/^.*\//, '').replace(/\.jsonl$/, ''));
  return { ...memory, folder: FOLDER.exec(path)?.[1], stem, isNamedById: UUID.test(stem) };
}

export const saveState = ({ turn, open, project, anonymous }: State): string => JSON.stringify({ turn, open, project, anonymous });

/** An id for a line that has none: the same bytes at the same place of a copy give the same one. */
export function lineKey(state: State, { fields, line }: Entry): string {
  const uuid = name(fields, 'uuid');
  if (uuid !== undefined) return uuid;
  const hash = line.hash();
  const nth = (state.anonymous[hash] ?? 0) + 1;
  state.anonymous[hash] = nth;
  return `claude:${hash}#${nth}`;
}

/** Only the main thread has turns: what a sub-agent does is told by the call that it belongs to. */
export const turnOf = (state: State, { sidechain }: Where): string | undefined => (sidechain ? undefined : state.turn);
