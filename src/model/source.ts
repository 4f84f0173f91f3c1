import type { LogEvent } from './event.ts';

/** One whole line of a log, decoded only as far as it is asked for. */
export interface Line {
  /** 1-based, and the byte offset of its first byte in the file. */
  readonly number: number;
  readonly offset: number;
  /** Length in bytes, without its line end. */
  readonly size: number;
  /** The first bytes (at most 512), one character a byte, for telling a line's type. */
  head(): string;
  /**
   * The texts of the first field `type` in these bytes, if no object but the line itself opens before it, and of the first one
   * behind that, if at most one more object opens before it. Of whatever stands there, JSON or not: for passing over the many
   * lines whose head is not worth a look.
   */
  headTypes(): readonly [own?: string | undefined, inner?: string | undefined];
  /** Ends it like an object, and is there no such beginning of another record inside? Without decoding it. */
  isOneRecord(beginning: string): boolean;
  /**
   * The parsed line. Its strings hold one character per *byte* (latin-1): decoding a whole line as UTF-8 costs more
   * than parsing it, and nearly all of its text is dropped. `text()` of `json.ts` decodes the few that are kept.
   * Throws SyntaxError when the line is no JSON.
   */
  json(): unknown;
  /**
   * As `json()`, but its objects are of use until the next line is read, and their fields are made when they are asked for: it
   * takes a fraction of the time. `kept`: of each string only so many of its first characters, for lines whose texts tell
   * what they are in their first words.
   */
  view(kept?: number): unknown;
  /** The whole line, one character a byte, for lines that are more than one JSON value. */
  text(): string;
  /** Hash of the line's bytes, for lines without an id of their own. */
  hash(): string;
}

/** What a line means: its events (none: a line that is known to carry nothing), or the name of a type that no rule claims. */
export type Reading = readonly LogEvent[] | { readonly unknownType: string };

/** Reads the lines of one file in order. */
export interface LogReader {
  read(line: Line): Reading;
  /** What the next run needs to go on at the following line; JSON text, kept with the file's offset. Null: nothing. */
  save(): string | null;
}

/** The environment that roots depend on: variables and the home directory. */
export interface RootContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * One log format. Pure: it never touches a disk or a database, so the same bytes always give the same events.
 * Event keys are unique over the whole store: an adapter prefixes ids that are unique only inside its own logs.
 */
export interface Source {
  /** Short and stable, e.g. `claude`. */
  readonly id: string;
  readonly title: string;
  /** Raised whenever the same bytes would give other events. */
  readonly parserVersion: number;
  /** Directories that may hold logs. The first group of `roots` that is set wins; they need not exist. */
  roots(context: RootContext): readonly string[];
  /** Is this file below a root a log? `path` is relative to the root, with `/`. */
  isLog(path: string): boolean;
  /** Does this line come from this format? Asked for files that a person names. */
  recognises(line: Line): boolean;
  /** Name of a small JSON file in the folder of a log that says more of it; it is read whenever the log is. */
  readonly beside?: string;
  /**
   * A reader for a file, from its first line (`saved` null) or from where `save()` was taken. `beside`: the parsed file beside
   * it, its strings as those of `Line.json`; undefined where there is none.
   */
  open(path: string, saved: string | null, beside?: unknown): LogReader;
}
