import type { Database } from 'better-sqlite3';
import type { FactEvent } from '../model/event.ts';
import type { CallFact } from '../model/facts/call.ts';
import type { AnyFact, FactType } from '../model/facts/fact.ts';
import type { RequestFact } from '../model/facts/request.ts';
import type { Told } from '../model/facts/saying.ts';
import { divided, openShares, type KeyedCall } from './cost.ts';
import { openCalls } from './tables/calls.ts';
import { openCompactions } from './tables/compactions.ts';
import { openContexts } from './tables/contexts.ts';
import { openListings } from './tables/listings.ts';
import { openRequests } from './tables/requests.ts';
import type { FactContext, FactTable } from './tables/table.ts';
import { openTurns } from './tables/turns.ts';
import { labelTold } from './label-told.ts';
import { labelsOf } from './labels.ts';
import { openLogFiles, type Cursor, type FileStat } from './files.ts';
import { openFactMerger, type Entry, type Gathered } from './merge-fact.ts';
import { UNKNOWN_TOOL } from '../model/tool.ts';
import { readFloor } from './floor.ts';
import { openGate } from './gate.ts';
import { group, type FileTold } from './group.ts';
import { openIssues, type LineIssue } from './issues.ts';
import { openRollupQueue } from './rollups.ts';
import { openSessions } from './sessions.ts';

/** What was read of one file since the last batch, and how far. */
export interface FileBatch extends Told {
  /** Null: a file that the store does not know yet. */
  readonly fileId: number | null;
  readonly source: string;
  readonly path: string;
  readonly stat: FileStat;
  readonly cursor: Cursor;
  readonly problems: readonly LineIssue[];
}

export interface BatchResult {
  /** Ids of the files, in the order of the batch; null: one of forgotten sessions, of which nothing is kept. */
  readonly fileIds: readonly (number | null)[];
  /** Lines that told something new, and lines that only repeated what was known. */
  readonly newLines: number;
  readonly duplicateLines: number;
  /** Lines that told only what was pruned or forgotten. */
  readonly skippedLines: number;
  /** Issues that were not known before, as `[file of the batch, issue]`. */
  readonly newIssues: readonly (readonly [number, LineIssue])[];
  readonly sessionIds: ReadonlySet<number>;
}

interface NewRequest {
  readonly cost: number | null;
  readonly calls: KeyedCall[];
}

export interface Applier {
  /** Writes a batch: facts, sessions, issues and cursors. The caller holds the transaction. */
  apply(files: readonly FileBatch[]): BatchResult;
  /** Decides again what several places told, after sightings of it were removed; divides the costs of requests whose calls were. */
  settle(facts: Iterable<{ readonly type: FactType; readonly id: number }>, requestIds: ReadonlySet<number>): void;
}

export function openApplier(db: Database, machineId: number, outer: Omit<FactContext, 'touch'>): Applier {
  const rollups = openRollupQueue(db);
  /** Of the requests of a batch: looking up a price takes longer than writing a row. */
  const costs = new Map<RequestFact, number | null>();
  const costOf = (request: RequestFact): number | null => {
    let cost = costs.get(request);
    if (cost === undefined) costs.set(request, (cost = outer.costOf(request)));
    return cost;
  };
  const context: FactContext = { ...outer, costOf, touch: rollups.touch };
  const labels = labelsOf(db);
  const files = openLogFiles(db, machineId, labels);
  const sessions = openSessions(db, context);
  const merger = openFactMerger(db, readFloor(db));
  const gate = openGate(db, machineId);
  const shares = openShares(db);
  const turns = openTurns(db, context);
  const requests = openRequests(db, context, turns);
  /** Of the calls of a batch, whose requests are all in it. */
  const shareOf = new Map<CallFact, number | null>();
  const calls = openCalls(db, context, turns, requests, (call) => shareOf.get(call) ?? null);
  const compactions = openCompactions(db, context);
  const contexts = openContexts(db, context);
  const listings = openListings(db, context);
  const tables = { turn: turns, request: requests, call: calls, compaction: compactions, context: contexts, listing: listings };
  const addIssue = openIssues(db);
  const queueTool = db.prepare('insert into score_queue (tool_id) values (?) on conflict do nothing');
  const sharedBy = db.prepare<[number], { type: FactType; id: number }>(
    'select distinct fact as type, fact_id as id from sightings where session_id = ?',
  );
  const linksOf = db.prepare<[number], { toolId: number; requestId: number | null }>(
    'select tool_id as toolId, request_id as requestId from tool_calls where id = ?',
  );

  const apply = (given: readonly FileBatch[]): BatchResult => {
    const { files: batch, forgotten, skippedLines } = gate.admit(given);
    const fileIds = batch.map((file, index) => (forgotten.has(index) ? files.forget(file.path, file.stat) : saveFile(file)));
    const newIssues: (readonly [number, LineIssue])[] = [];
    for (const [index, file] of batch.entries()) {
      if (forgotten.has(index)) continue;
      for (const problem of file.problems) {
        if (addIssue(fileIds[index] ?? 0, problem)) newIssues.push([index, problem]);
      }
    }
    const told = batch.map((file, index): FileTold => {
      const { signs, sayings, factLines } = labels.mode === 'full_path' ? file : labelTold(file, labels);
      return { fileId: fileIds[index] ?? 0, source: file.source, signs, sayings, factLines };
    });
    const groups = group(told, context.names, sessions.see);
    const moved = sessions.flush();
    merger.forgetRanks();
    // What this batch tells is decided by the new ends of its sessions anyway.
    const shared = moved.flatMap((sessionId) => sharedBy.all(sessionId));

    const isNew = new Uint8Array(groups.factLines + 1);
    const touchedTools = new Set<number>();
    const dirtyRequests = new Set<number>();
    turns.expect(groups.turns);
    requests.expect(groups.requests);
    mergeAll(turns, groups.turns, isNew);
    mergeAll(compactions, groups.compactions, isNew);
    mergeAll(contexts, groups.contexts, isNew);
    mergeAll(listings, groups.listings, isNew);
    const newRequests = mergeRequests(groups.requests, isNew, dirtyRequests);
    const gathered = shareOut(newRequests, groups.calls);
    mergeCalls(groups.calls, gathered, newRequests, isNew, touchedTools, dirtyRequests);
    turns.expect(undefined);
    requests.expect(undefined);
    shareOf.clear();
    costs.clear();
    finish(touchedTools, dirtyRequests, shared);
    const newLines = isNew.reduce((sum, each) => sum + each, 0);
    return {
      fileIds,
      newLines,
      duplicateLines: groups.factLines - skippedLines - newLines,
      skippedLines,
      newIssues,
      sessionIds: groups.sessionIds,
    };
  };

  const mergeAll = <E extends FactEvent, F extends AnyFact>(
    table: FactTable<E, F>,
    entries: ReadonlyMap<string, Entry<F>>,
    isNew: Uint8Array,
  ): void => {
    for (const [key, entry] of entries) merger.merge(table, key, entry, isNew);
  };

  /** Returns the new ones, by key. */
  const mergeRequests = (
    entries: ReadonlyMap<string, Entry<RequestFact>>,
    isNew: Uint8Array,
    dirtyRequests: Set<number>,
  ): Map<string, NewRequest> => {
    const newRequests = new Map<string, NewRequest>();
    for (const [key, entry] of entries) {
      const { id, before, after } = merger.merge(requests, key, entry, isNew);
      // A new one has no calls yet; those that come with it speak for it.
      if (before === undefined) newRequests.set(key, { cost: context.costOf(after), calls: [] });
      else if (before !== after) dirtyRequests.add(id);
    }
    return newRequests;
  };

  /** Divides the costs of new requests among their calls. Returns what several entries say of a call. */
  const shareOut = (
    newRequests: ReadonlyMap<string, NewRequest>,
    entries: ReadonlyMap<string, Entry<CallFact>>,
  ): Map<string, Gathered<CallFact>> => {
    const gathered = new Map<string, Gathered<CallFact>>();
    for (const [key, entry] of entries) {
      const said = merger.gather(calls, entry);
      if (said !== undefined) gathered.set(key, said);
      const call = said?.row.fact ?? entry.fact;
      if (call.request !== null) newRequests.get(call.request)?.calls.push({ key, call });
    }
    for (const { cost, calls } of newRequests.values()) {
      for (const [call, share] of divided(cost, calls)) shareOf.set(call, share);
    }
    return gathered;
  };

  const mergeCalls = (
    entries: ReadonlyMap<string, Entry<CallFact>>,
    gathered: ReadonlyMap<string, Gathered<CallFact>>,
    newRequests: ReadonlyMap<string, NewRequest>,
    isNew: Uint8Array,
    touchedTools: Set<number>,
    dirtyRequests: Set<number>,
  ): void => {
    const isDirty = (request: string | null): void => {
      const id = requests.idOf(request);
      if (id !== null) dirtyRequests.add(id);
    };
    for (const [key, entry] of entries) {
      const said = gathered.get(key);
      const { before, after } = merger.merge(calls, key, entry, isNew, said);
      // One that was known may be of another request than the new one that was divided among its calls.
      const { request } = said?.row.fact ?? entry.fact;
      if (before !== undefined && request !== null && newRequests.has(request)) isDirty(request);
      if (before === after) continue;
      touchedTools.add(context.names.tool(after.tool ?? UNKNOWN_TOOL));
      if (before !== undefined || !shareOf.has(after)) isDirty(after.request);
      if (before === undefined) continue;
      // A result that comes before its call moves from one tool to another; a request that a call leaves is divided among the rest.
      touchedTools.add(context.names.tool(before.tool ?? UNKNOWN_TOOL));
      isDirty(before.request);
    }
  };

  const saveFile = (file: FileBatch): number => {
    if (file.fileId === null) return files.add(file.source, file.path, file.stat, file.cursor);
    files.save(file.fileId, file.stat, file.cursor);
    return file.fileId;
  };

  /** What follows from changed facts: owners, shares of costs, scores to compute again. */
  const finish = (
    touchedTools: Set<number>,
    dirtyRequests: Set<number>,
    shared: Iterable<{ readonly type: FactType; readonly id: number }>,
  ): void => {
    for (const { type, id } of shared) {
      const table: FactTable<never, AnyFact> = tables[type];
      const before = type === 'call' ? linksOf.get(id) : undefined;
      if (merger.settle(table, id) === undefined) continue;
      if (type === 'request') dirtyRequests.add(id);
      for (const links of type === 'call' ? [before, linksOf.get(id)] : []) {
        if (links === undefined) continue;
        touchedTools.add(links.toolId);
        if (links.requestId !== null) dirtyRequests.add(links.requestId);
      }
    }
    for (const toolId of touchedTools) queueTool.run(toolId);
    shares.divide(dirtyRequests);
    rollups.flush();
  };

  return { apply, settle: (facts, requestIds) => finish(new Set(), new Set(requestIds), facts) };
}
