import type { Database, Statement } from 'better-sqlite3';
import type { FactEvent } from '../../model/event.ts';
import type { AnyFact, FactRule } from '../../model/facts/fact.ts';
import type { RequestFact } from '../../model/facts/request.ts';
import type { Names } from '../names.ts';

/** Which thread of which session says something. */
export interface Place {
  readonly sessionId: number;
  readonly agent: string;
  readonly sidechain: number;
  readonly copied: number;
}

/** A fact as one place says it; `fileId` null: several files of that place. */
export interface Sighting<F> extends Place {
  readonly fileId: number | null;
  readonly fact: F;
}

export interface Stored<F> extends Sighting<F> {
  readonly id: number;
}

/** The rules of one kind of fact, and its table. */
export interface FactTable<E extends FactEvent, F extends AnyFact> extends FactRule<E, F> {
  /** The id of the new row; 0 when the key is there already. */
  insert(key: string, row: Sighting<F>): number;
  /** The id of a row; null for a key that is null or not there. */
  idOf(key: string | null): number | null;
  /** Is there no such key, or a row that has it? */
  has(key: string | null): boolean;
  /** What a batch says, by key: of what is merged `id` is the row's, else 0. Undefined: the batch is done. */
  expect(batch: ReadonlyMap<string, { readonly id: number }> | undefined): void;
  load(key: string): Stored<F> | undefined;
  loadById(id: number): Stored<F> | undefined;
  /** Does the row of such a fact tell all of it? Not while it refers to a fact that is not there. */
  isWhole(fact: F): boolean;
  update(before: Stored<F>, row: Sighting<F>): void;
}

export interface FactContext {
  readonly names: Names;
  /** Cost in whole 10⁻⁹ USD; null: not known. */
  costOf(request: RequestFact): number | null;
  /** Day of an instant in the home zone. */
  dayOf(ms: number): number;
  /** The facts of a session on a day are changing. */
  touch(day: number | null, sessionId: number): void;
}

type Value = string | number | null;

interface TableShape<F, R> {
  readonly table: string;
  /** Of a fact's row, beside those of its place: always the same, in one order. */
  columns(fact: F): Readonly<Record<string, Value>>;
  /** What `restore` needs, of the row as `f` and what is joined to it: the columns of a select, and its tables. */
  readonly select: string;
  restore(row: R): F;
  isWhole?(fact: F): boolean;
  /** The sums of days are made of these facts. */
  readonly inRollups: boolean;
}

interface PlaceRow {
  id: number;
  session_id: number;
  file_id: number | null;
  agent: string;
  sidechain: number;
  copied: number;
}

/** Opens the table of one kind of fact. */
export function openTable<E extends FactEvent, F extends AnyFact, R>(
  db: Database,
  context: FactContext,
  rule: FactRule<E, F>,
  shape: TableShape<F, R>,
): FactTable<E, F> {
  const { table } = shape;
  const select = `select f.id, f.session_id, f.file_id, f.agent, f.sidechain, f.copied, ${shape.select}`;
  const byKey: Statement<[string], PlaceRow & R> = db.prepare(`${select} where f.key = ?`);
  const byId: Statement<[number], PlaceRow & R> = db.prepare(`${select} where f.id = ?`);

  const ids = openIds(db, table);

  const touch = ({ sessionId, fact }: Sighting<F>): void => {
    if (!shape.inRollups) return;
    const at = rule.startOf(fact);
    context.touch(at === null ? null : context.dayOf(at), sessionId);
  };
  const values = ({ sessionId, fileId, agent, sidechain, copied, fact }: Sighting<F>): readonly Value[] => [
    sessionId,
    fileId,
    agent,
    sidechain,
    copied,
    ...Object.values(shape.columns(fact)),
  ];
  let statements: { readonly insert: Statement; readonly update: Statement } | undefined;
  /** The first fact that is written tells the names of its columns. */
  const writing = ({ fact }: Sighting<F>) => {
    if (statements !== undefined) return statements;
    const names = ['session_id', 'file_id', 'agent', 'sidechain', 'copied', ...Object.keys(shape.columns(fact))];
    const insert = `insert into ${table} (key, ${names.join(', ')}) values (?${', ?'.repeat(names.length)}) on conflict (key) do nothing`;
    const update = `update ${table} set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`;
    return (statements = { insert: db.prepare(insert), update: db.prepare(update) });
  };
  const stored = (row: (PlaceRow & R) | undefined): Stored<F> | undefined =>
    row && {
      id: row.id,
      sessionId: row.session_id,
      fileId: row.file_id,
      agent: row.agent,
      sidechain: row.sidechain,
      copied: row.copied,
      fact: shape.restore(row),
    };
  return {
    ...rule,
    insert: (key, row) => {
      const result = writing(row).insert.run(key, ...values(row));
      if (result.changes === 0) return 0;
      touch(row);
      return Number(result.lastInsertRowid);
    },
    ...ids,
    load: (key) => stored(byKey.get(key)),
    loadById: (id) => stored(byId.get(id)),
    isWhole: (fact) => shape.isWhole?.(fact) ?? true,
    update: (before, row) => {
      touch(before);
      touch(row);
      writing(row).update.run(...values(row), before.id);
    },
  };
}

const KEPT_IDS = 20_000;

/** Ids by key: a fact refers to others of its own batch, and to some of batches before. */
function openIds(db: Database, table: string) {
  const select: Statement<[string], { id: number }> = db.prepare(`select id from ${table} where key = ?`);
  let batch: ReadonlyMap<string, { readonly id: number }> | undefined;
  const met = new Map<string, number>();
  const idOf = (key: string | null): number | null => {
    if (key === null) return null;
    const known = batch?.get(key)?.id || met.get(key);
    if (known !== undefined) return known;
    const id = select.get(key)?.id;
    if (id === undefined) return null;
    if (met.size >= KEPT_IDS) met.clear();
    met.set(key, id);
    return id;
  };
  const has = (key: string | null): boolean => key === null || idOf(key) !== null;
  return { idOf, has, expect: (expected: typeof batch) => void (batch = expected) };
}
