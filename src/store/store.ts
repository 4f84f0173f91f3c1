import type { Database } from 'better-sqlite3';
import { zone, type Zone } from '../model/time.ts';
import type { RequestFact } from '../model/facts/request.ts';
import { openApplier, type Applier } from './apply.ts';
import { openShares } from './cost.ts';
import type { SqlRow } from './db.ts';
import { openLogFiles, type LogFiles } from './files.ts';
import type { KeptPrices } from '../model/price.ts';
import type { LabelMode } from '../model/labels.ts';
import { labelsOf } from './labels.ts';
import { lockImports } from './lock.ts';
import { homeZone, machineId, readMeta, storeSecret, writeMeta } from './meta.ts';
import { openNames } from './names.ts';
import { explained, explaining, openForWriting } from './open.ts';
import { OVERRIDES_SQL, overrideOf, setPrice, unsetPrice, type PriceOverrideRow } from './overrides.ts';
import { forgetSessions } from './forget.ts';
import { forgetFiles } from './rebuild.ts';
import { refreshCarried } from './carried.ts';
import { forgetRates, openKeptPrices, saveRates, unratedModels, type Rates, type UnratedModel } from './rates.ts';
import { prune, stampUndated, type Removal } from './prune.ts';
import { errorWithoutPath, relabel } from './relabel.ts';
import { rezone } from './rezone.ts';
import { openRollupQueue, refreshRollups } from './rollups.ts';
import { refreshScores } from './scores.ts';
import { deferStatements } from './statements.ts';
import { bytesOnDisk, foldLog, giveBack, rewrite } from './space.ts';

/** Cost of a request in whole 10⁻⁹ USD; null: no price is known. */
export type CostOf = (request: RequestFact) => number | null;

/** An import that ended; `error` null: well. */
export interface ImportRun {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly filesRead: number;
  readonly bytesRead: number;
  readonly eventsNew: number;
  readonly issueCount: number;
  readonly error: string | null;
}

export interface Totals {
  readonly sessions: number;
  readonly turns: number;
  readonly requests: number;
  readonly tool_calls: number;
  readonly total_tokens: number;
}

/** A write transaction that has begun. */
export interface Stretch {
  commit(): void;
  rollback(): void;
}

/** The one writer of the store. */
export interface Store {
  readonly path: string;
  /** Days are cut here. */
  readonly homeZone: Zone;
  readonly files: LogFiles;
  readonly labels: LabelMode;
  /** Replaces every path by its label, or shows paths again where they are met. The store must be opened anew after it. False: a reader keeps old pages alive. */
  setLabels(mode: LabelMode): boolean;
  /** Cuts all days in another zone. The store must be opened anew after it. */
  setHomeZone(zone: Zone): void;
  /** Runs work in one write transaction; inside of another one it is a part of that. */
  transaction<T>(work: () => T): T;
  /** Begins a write transaction that goes on until its end; nothing else may be written meanwhile. Inside of another one it is a part of that. */
  begin(): Stretch;
  /** The same for work that waits. */
  longTransaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work and takes everything back that it wrote. */
  rehearse<T>(work: () => Promise<T>): Promise<T>;
  /** Holds the import lock until the returned function is called. */
  lock(now: number): () => void;
  applier(costOf: CostOf): Applier;
  forgetFiles(applier: Applier, fileIds: ReadonlySet<number>): { sweep: () => void };
  /** Makes rollups anew where facts changed. The caller holds the transaction. */
  refreshRollups(): void;
  /** Makes scores and all sums of days anew where facts changed. */
  refreshScores(): void;
  /** Notes when undated facts came in. */
  stampUndated(now: number): void;
  /** Removes the facts of days of the home zone before `day`; their sums stay. */
  prune(day: number, now: number): Removal;
  /** Erases sessions and all that only they told; they do not come in again. */
  forgetSessions(applier: Applier, sessionIds: readonly number[]): Removal;
  /** Writes the store's file anew without what was removed. False: a reader keeps the old pages in the write-ahead log. */
  rewrite(): boolean;
  /** Gives what is free in the file back to the file system. False: this store cannot. */
  giveBack(): boolean;
  bytesOnDisk(): number;
  /** The price table that the stored costs were computed with. */
  priceRevision(): string | undefined;
  /** What the table of `priceRevision` says. */
  readonly keptPrices: KeptPrices;
  priceOverrides(): readonly PriceOverrideRow[];
  setPrice(price: PriceOverrideRow): void;
  /** False: there was none. */
  unsetPrice(model: string, from: number | null): boolean;
  /** Models whose list prices are still to be told. */
  unratedModels(): readonly UnratedModel[];
  saveRates(modelId: number, rates: Rates | null): void;
  /** Computes all costs that no log states anew, and forgets list prices. */
  reprice(costOf: CostOf, revision: string): void;
  /** What `refreshScores` has added up. */
  totals(): Totals;
  /** Statements that were run so far. */
  statements(): number;
  recordRun(run: ImportRun): void;
  /** Ends the run: folds the write-ahead log into the store. */
  checkpoint(): void;
  close(): void;
}

/** Opens the store at a path for writing; `:memory:` is one that leaves nothing behind. */
export function openStore(path: string, system: { timeZone: string }): Store {
  const db = openForWriting(path);
  const statements = deferStatements(db);
  const [machine, home] = explaining(path, () => identity(db, system));
  const homeZone_ = zone(home);
  const labels = explaining(path, () => labelsOf(db));
  const names = explaining(path, () => openNames(db, machine, labels));
  const files = explaining(path, () => openLogFiles(db, machine, labels));

  /** Whichever call meets it, what is wrong with the file is told in one sentence. */
  const safely =
    <A extends readonly unknown[], T>(work: (...args: A) => T) =>
    (...args: A): T =>
      explaining(path, () => work(...args));

  const transaction = <T>(work: () => T): T => {
    if (db.inTransaction) return explaining(path, work);
    try {
      return explaining(path, () => db.transaction(work).immediate());
    } catch (error) {
      names.forget();
      throw error;
    }
  };

  const begin = (): Stretch => {
    if (db.inTransaction) return { commit: () => {}, rollback: () => {} };
    explaining(path, () => db.exec('begin immediate'));
    return {
      commit: safely(() => void db.exec('commit')),
      rollback: () => {
        if (db.inTransaction) db.exec('rollback');
        names.forget();
      },
    };
  };

  const inOne = async <T>(work: () => Promise<T>, isKept: boolean): Promise<T> => {
    const stretch = begin();
    try {
      const result = await work();
      if (isKept) stretch.commit();
      return result;
    } catch (error) {
      throw explained(path, error) ?? error;
    } finally {
      stretch.rollback();
    }
  };

  return {
    path,
    homeZone: homeZone_,
    files: {
      ...files,
      settled: safely(files.settled),
      present: safely(files.present),
      at: safely(files.at),
      get: safely(files.get),
      get isAnyForgotten() {
        return files.isAnyForgotten;
      },
      isForgotten: safely(files.isForgotten),
    },
    labels: labels.mode,
    setLabels: (mode) => {
      transaction(() => relabel(db, mode));
      if (mode === 'full_path') return true;
      // What was replaced is still in free pages and in the write-ahead log.
      return safely(() => rewrite(db))();
    },
    setHomeZone: (zone) => transaction(() => rezone(db, zone)),
    transaction,
    begin,
    longTransaction: (work) => inOne(work, true),
    rehearse: (work) => inOne(work, false),
    lock: (now) => lockImports(path, now),
    applier: safely((costOf) =>
      openApplier(db, machine, { names, dayOf: homeZone_.dayOf, costOf: (request) => request.reportedNanoUsd ?? costOf(request) }),
    ),
    forgetFiles: (applier, fileIds) => forgetFiles(db, applier, fileIds),
    refreshRollups: safely(() => void refreshRollups(db)),
    refreshScores: () =>
      transaction(() => {
        refreshRollups(db);
        refreshScores(db);
        refreshCarried(db);
      }),
    stampUndated: (now) => transaction(() => stampUndated(db, now)),
    prune: (day, now) => transaction(() => prune(db, { day, at: homeZone_.startOf(day) }, now)),
    forgetSessions: (applier, sessionIds) => {
      try {
        return transaction(() => forgetSessions(db, applier, sessionIds));
      } finally {
        names.forget();
      }
    },
    rewrite: safely(() => rewrite(db)),
    giveBack: safely(() => giveBack(db)),
    bytesOnDisk: () => bytesOnDisk(path),
    priceRevision: safely(() => readMeta(db, 'price_revision')),
    get keptPrices() {
      return openKeptPrices(db, names.model);
    },
    priceOverrides: safely(() => db.prepare<[], SqlRow>(OVERRIDES_SQL).all().map(overrideOf)),
    setPrice: safely((price) => setPrice(db, price)),
    unsetPrice: safely((model, from) => unsetPrice(db, model, from)),
    unratedModels: safely(() => unratedModels(db)),
    saveRates: safely((modelId, rates) => saveRates(db, modelId, rates)),
    reprice: (costOf, revision) => reprice(db, costOf, revision),
    totals: safely(() => totals(db)),
    statements,
    recordRun: safely((run) =>
      recordRun(db, labels.mode === 'full_path' || run.error === null ? run : { ...run, error: errorWithoutPath(run.error) }),
    ),
    checkpoint: safely(() => foldLog(db)),
    close: () => db.close(),
  };
}

/** This machine's row and the home zone. A store that has both is not written to: an import may hold it for long. */
function identity(db: Database, system: { timeZone: string }): readonly [machine: number, homeZone: string] {
  const read = () => {
    storeSecret(db);
    return [machineId(db), homeZone(db, system)] as const;
  };
  const isKnown = (['machine', 'home_zone', 'secret'] as const).every((key) => readMeta(db, key) !== undefined);
  return isKnown ? read() : db.transaction(read).immediate();
}

function reprice(db: Database, costOf: CostOf, revision: string): void {
  const rows = db
    .prepare<[], RequestFact & { id: number; sessionId: number; day: number | null; cost: number | null }>(
      `select r.id, r.session_id as sessionId, r.day, r.cost_nano_usd as cost, started_at as startedAt, nullif(m.provider, '') as provider, m.name as model,
         input_tokens as inputTokens, cache_read_tokens as cacheReadTokens, cache_write_5m_tokens as cacheWrite5mTokens,
         cache_write_1h_tokens as cacheWrite1hTokens, output_tokens as outputTokens, web_searches as webSearches
       from requests r join models m on m.id = r.model_id where reported_nano_usd is null`,
    )
    .all();
  const update = db.prepare('update requests set cost_nano_usd = ? where id = ?');
  const changed = new Set<number>();
  const rollups = openRollupQueue(db);
  for (const row of rows) {
    const cost = costOf(row);
    if (cost === row.cost) continue;
    update.run(cost, row.id);
    changed.add(row.id);
    rollups.touch(row.day, row.sessionId);
  }
  openShares(db).divide(changed);
  rollups.flush();
  forgetRates(db);
  writeMeta(db, 'price_revision', revision);
}

function recordRun(db: Database, run: ImportRun): void {
  // It may have failed because another program writes the store: that was waited for already.
  if (run.error !== null) db.pragma('busy_timeout = 0');
  db.prepare(
    `insert into import_runs (started_at, finished_at, state, files_read, bytes_read, events_new, issue_count, error)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    run.startedAt,
    run.finishedAt,
    run.error === null ? 'ok' : 'failed',
    run.filesRead,
    run.bytesRead,
    run.eventsNew,
    run.issueCount,
    run.error,
  );
}

/** Of everything that is counted, as it was last added up. */
function totals(db: Database): Totals {
  const sums = (columns: Readonly<Record<string, string>>, rollup: string): string =>
    Object.entries(columns)
      .map(([name, sum]) => `(select coalesce(sum(${sum}), 0) from ${rollup}) as ${name}`)
      .join(', ');
  const tokens = 'input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens';
  const row = db
    .prepare<[], Totals>(
      `select (select count(*) from sessions) as sessions, ${sums({ turns: 'turns + commands' }, 'rollup_turns')},
         ${sums({ requests: 'requests + retries', total_tokens: tokens }, 'rollup_requests')}, ${sums({ tool_calls: 'calls' }, 'rollup_calls')}`,
    )
    .get();
  return row ?? { sessions: 0, turns: 0, requests: 0, tool_calls: 0, total_tokens: 0 };
}
