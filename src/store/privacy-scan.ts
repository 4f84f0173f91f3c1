import type { Database } from 'better-sqlite3';
import type { Holding } from './holding.ts';
import { HOLDINGS } from './privacy.ts';

/** What the columns of one meaning hold in a store; none of its values is told. */
export interface Held extends Pick<Holding, 'holds' | 'writer' | 'rule'> {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of the table. */
  readonly rows: number;
  /** Null: this is not counted of numbers. */
  readonly distinct: number | null;
  /** In characters, or bytes where it is no text. */
  readonly longest: number | null;
  /** Values that the description does not allow. */
  readonly alien: number;
}

/** Compares every value of a store with what is said of its column. Where nothing is said, nothing is allowed. */
export function scanPrivacy(db: Database): readonly Held[] {
  return tablesOf(db).flatMap((table) => {
    const rows =
      db
        .prepare<[], number>(`select count(*) from ${quoted(table)}`)
        .pluck()
        .get() ?? 0;
    return groupsOf(db, table).map(({ columns, holding }): Held => {
      const { holds, writer, rule, isNumber } = holding;
      const found = isNumber === true ? numbersIn(db, table, columns) : valuesIn(db, table, columns, holding);
      return { table, columns, holds, writer, rule, rows, ...found };
    });
  });
}

/** Tables but those of SQLite itself. */
export const tablesOf = (db: Database): readonly string[] =>
  db.prepare<[], string>(`select name from sqlite_schema where type = 'table' and name not glob 'sqlite_*' order by name`).pluck().all();

export const columnsOf = (db: Database, table: string): readonly string[] =>
  db.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table);

const UNDESCRIBED: Holding = { holds: 'nothing that is known', writer: 'person', rule: 'nothing', allows: () => false };

function groupsOf(db: Database, table: string): readonly { columns: readonly string[]; holding: Holding }[] {
  const described = Object.entries(HOLDINGS[table] ?? {}).flatMap(([names, holding]) =>
    names.split(' ').map((name) => ({ name, holding })),
  );
  const groups = new Map<Holding, string[]>();
  for (const column of columnsOf(db, table)) {
    const holding = described.find(({ name }) => name === column)?.holding ?? UNDESCRIBED;
    groups.set(holding, [...(groups.get(holding) ?? []), column]);
  }
  return [...groups].map(([holding, columns]) => ({ columns, holding }));
}

type Found = Pick<Held, 'distinct' | 'longest' | 'alien'>;

/** One pass over the table: SQLite tells what is no number. */
function numbersIn(db: Database, table: string, columns: readonly string[]): Found {
  const isAlien = columns.map((column) => `(typeof(${quoted(column)}) in ('text', 'blob'))`).join(' + ');
  const alien =
    db
      .prepare<[], number | null>(`select sum(${isAlien}) from ${quoted(table)}`)
      .pluck()
      .get() ?? 0;
  return { distinct: null, longest: null, alien };
}

function valuesIn(db: Database, table: string, columns: readonly string[], { allows }: Holding): Found {
  let [distinct, longest, alien] = [0, 0, 0];
  for (const column of columns) {
    const values = db.prepare<[], [unknown, number]>(
      `select ${quoted(column)}, count(*) from ${quoted(table)} where ${quoted(column)} is not null group by 1`,
    );
    for (const [value, count] of values.raw().iterate()) {
      distinct += 1;
      longest = Math.max(longest, lengthOf(value));
      if (!allows(value)) alien += count;
    }
  }
  return { distinct, longest, alien };
}

const lengthOf = (value: unknown): number => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 0);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
