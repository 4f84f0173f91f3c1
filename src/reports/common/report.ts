import type { Catalog } from '../../model/catalog.ts';
import type { Table } from '../../model/table.ts';
import type { Db } from '../../store/db.ts';
import type { Query } from './query.ts';

/** One question: a file of this folder exports one as `report`. */
export interface Report {
  readonly name: string;
  /** In the list of commands: fits a line. */
  readonly summary: string;
  /** The question it answers, as a sentence. */
  readonly question: string;
  /** Command lines that can be run as they stand, and what they tell. */
  readonly examples: readonly (readonly [line: string, tells: string])[];
  /** Among the reports: the smaller, the earlier. */
  readonly order: number;
  /** Exit codes that not every report has. */
  readonly exits?: readonly (readonly [code: number, meaning: string])[];
  /** An argument, e.g. the name of a tool. */
  readonly argument?: { readonly name: string; readonly summary: string; readonly required?: boolean };
  /** Values of --by; the first is the default. */
  readonly groups: readonly string[];
  /** Values of --sort; the first is the default. */
  readonly sorts: readonly string[];
  /** Days of the window when none is asked for; null: all time. */
  readonly days: number | null;
  /** Rows shown when no limit is asked for, in formats for people. */
  readonly limit: number;
  /** Has --kind and --server. */
  readonly filtersTools?: boolean;
  /** Has --compare. */
  readonly compares?: boolean;
  /** Has --fill. */
  readonly fills?: boolean;
  /** Options of its own; what was said of them is in `query.own`, by their long names. */
  readonly options?: readonly ReportOption[];
  run(db: Db, query: Query, outside: Outside): Promise<Table>;
  /** The answer as a document of sections, for the formats that can hold one. */
  document?(db: Db, query: Query, outside: Outside, wanted: Wanted): Promise<Table>;
}

export interface ReportOption {
  readonly flags: string;
  readonly summary: string;
  /** All that can be said. */
  readonly choices?: readonly string[];
  /** What holds where nothing is said, in words. */
  readonly preset?: string;
}

/** A document to make: a page with charts, or a digest in words. */
export interface Wanted {
  readonly document: 'page' | 'digest';
  /** Another report by its name; undefined where there is none. */
  named(name: string): Promise<Report | undefined>;
}

/** A thing that is kept on purpose, though it is not used. */
export interface Ignored {
  readonly name: string;
  /** Null: of any kind. */
  readonly kind: string | null;
  readonly reason: string;
  /** The last day that it holds; null: always. */
  readonly until: number | null;
}

/** What a report may ask of the machine beside the store. */
export interface Outside {
  /** What is installed for the agents, for the user and in these folders; `alsoHere`: and in the current one. */
  catalog(projects: readonly string[], alsoHere: boolean): Promise<Catalog>;
  /** What the configuration says not to tell as dead weight. */
  ignored(): readonly Ignored[];
  /** Days after which Claude Code deletes logs. */
  cleanupDays(): Promise<number>;
}
