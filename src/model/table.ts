/** A report's answer: typed columns and rows. Only renderers know how a kind looks. */

export type CellKind =
  | 'text'
  | 'count'
  | 'tokens'
  | 'usd'
  | 'ms'
  | 'bytes'
  | 'percent'
  | 'day'
  | 'time'
  | 'id'
  | 'counts'
  | 'change'
  | 'spark';
export type Cell = string | number | boolean | null | readonly string[] | readonly (number | null)[] | Readonly<Record<string, number>>;

export interface Column {
  /** Field name of the JSON contract, snake_case. */
  readonly name: string;
  /** Heading in a table for people. */
  readonly title: string;
  readonly kind: CellKind;
  /** Dropped from a narrow terminal, highest first; absent: always shown. */
  readonly drop?: number;
  /** Only in machine formats. */
  readonly hidden?: boolean;
  /** What people read where there is no value; absent: `-`. */
  readonly none?: string;
  /** A row field; when it is true the cell gets a trailing `*`. */
  readonly mark?: string;
  /** A row field; when it is false the cell gets a leading `≈`. */
  readonly exact?: string;
  /** A row field; when it is true the cell is a bad sign, and coloured where there is colour. */
  readonly bad?: string;
  /** Sentences and lists: broken into lines where a name would be shortened. */
  readonly wrap?: boolean;
}

/** What a kind holds: `usd` is a number of dollars, `ms` whole milliseconds, `percent` a share from 0 to 1, `time` epoch ms, `id` a long id that people know by its beginning, `counts` numbers by name, `change` a share that was gained or lost, `spark` a series of numbers, oldest first; null: unknown. */
export type Row = Readonly<Record<string, Cell>>;

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Heading, in documents. */
  readonly title?: string;
  /** The rows as a picture, where a format can draw. */
  readonly chart?: Chart;
  /** One line above the table: the window, the zone, the coverage. */
  readonly header?: readonly string[];
  /** Figures of the whole, above the rows: `[label, kind, value]`. */
  readonly headline?: readonly Figure[];
  /** Notes below: what was left out, what a mark means. */
  readonly footer?: readonly string[];
  /** Further tables below, in formats for people; machines find the same in `fields`. */
  readonly sections?: readonly Table[];
  /** Said where there are no rows. */
  readonly empty?: string;
  /** Fields beside `rows` in JSON, already in the contract's names. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What could not be taken into account, each with where it is: on stderr, whatever the format. */
  readonly warnings?: readonly string[];
  /** The answer is that a limit was exceeded: exit 1, for scripts that asked. */
  readonly failed?: boolean;
  /** How the question was understood: window, zone, filters. */
  readonly query?: Readonly<Record<string, unknown>>;
}

/** `stacked`: bars over days. `lines`: over days, null is a gap. `heat`: a row for each series, a column for each x. */
export interface Chart {
  readonly shape: 'stacked' | 'lines' | 'heat';
  /** Of the values. */
  readonly kind: CellKind;
  /** Days since 1970-01-01; hours of a day for `heat`. */
  readonly x: readonly number[];
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

export interface Figure {
  readonly label: string;
  readonly kind: CellKind;
  readonly value: Cell;
}

/** A cell of words: lists are joined, counts follow their names. */
export function wordsOf(cell: Exclude<Cell, number | boolean | null>): string {
  if (typeof cell === 'string') return cell;
  const words =
    Symbol.iterator in cell ? [...cell].map((word) => word ?? '-') : Object.entries(cell).map(([name, count]) => `${name} ${count}`);
  return words.join(', ');
}
