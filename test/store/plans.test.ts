import Sqlite, { type Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openShares } from '../../src/store/cost.ts';
import { DAY_MS, zone } from '../../src/model/time.ts';
import { exposures } from '../../src/reports/common/exposure.ts';
import { everything, type Query } from '../../src/reports/common/query.ts';
import { everUsed, usesOf, usesSql } from '../../src/reports/common/uses.ts';
import { refreshCarried } from '../../src/store/carried.ts';
import { readerOf, type Db } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { refreshRollups } from '../../src/store/rollups.ts';
import { refreshScores } from '../../src/store/scores.ts';

/** All SQL that a connection is given from here on. */
function listen(db: Database): readonly string[] {
  const heard: string[] = [];
  for (const name of ['prepare', 'exec'] as const) {
    const given = db[name].bind(db);
    Object.defineProperty(db, name, { value: (sql: string) => (heard.push(sql), given(sql)) });
  }
  return heard;
}

const MAKES_SUMS = /^\s*(?:insert|update|delete|select|with)\b/i;
const THROUGH_ALL_FACTS = /^SCAN (?:f|c|r|tool_calls|requests|turns)\b/;

test('what follows from a few changed facts is found without going through all of them', () => {
  const db = new Sqlite(':memory:');
  migrate(db);
  db.exec('insert into rollup_queue values (20000, 1); insert into score_queue values (1); insert into carried_queue values (20000)');
  const heard = listen(db);
  openShares(db).divide(new Set([1]));
  refreshRollups(db);
  refreshScores(db);
  refreshCarried(db);
  const statements = [...heard].filter((sql) => MAKES_SUMS.test(sql));
  expect(statements.length).toBeGreaterThan(10);
  for (const sql of statements) {
    const parameters = Array<number>(sql.split('?').length - 1).fill(1);
    const plan = db
      .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
      .all(...parameters, { grp: 1, n: 1, day: 1, session: 1, agent: '', at: 1 });
    expect(plan.map(({ detail }) => detail).filter((detail) => THROUGH_ALL_FACTS.test(detail))).toEqual([]);
  }
});

test('uses of skills, commands and memory files are found by their day among the few facts that tell one', () => {
  const db = new Sqlite(':memory:');
  migrate(db);
  const now = Date.parse('2026-06-30T12:00:00Z');
  const { sql, params } = usesSql({ ...everything(now, zone('UTC')), window: { from: now - 30 * DAY_MS, until: now } });
  const plan = db
    .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
    .all(params)
    .map(({ detail }) => detail);
  for (const index of ['tool_calls_reads', 'requests_skill', 'turns_command'])
    expect(plan).toContainEqual(expect.stringContaining(`USING INDEX ${index} (day>? AND day<?)`));
});

test('what a window carried is read from the sums of its days, and calls that hand over to something from the index of their tools', async () => {
  const db = new Sqlite(':memory:');
  migrate(db);
  db.exec('delete from rollup_queue; delete from carried_queue');
  const now = Date.parse('2026-06-30T00:00:00Z');
  const query: Query = { ...everything(now, zone('UTC')), window: { from: now - 30 * DAY_MS, until: now } };
  const plans: string[] = [];
  const reader = readerOf(db);
  const explaining: Db = {
    get: (sql, params) => reader.get(sql, params),
    all: async (sql, params = {}) => {
      for (const { detail } of db.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(params)) plans.push(detail);
      return reader.all(sql, params);
    },
  };
  await exposures(explaining, query);
  expect(plans.filter((plan) => /\b(?:requests|r|l)\b/.test(plan))).toEqual([]);
  expect(plans.filter((plan) => plan.startsWith('SEARCH x USING PRIMARY KEY (day>? AND day<?)'))).toHaveLength(2);
  await usesOf(explaining, query);
  await everUsed(explaining, query);
  expect(plans).toContainEqual('SEARCH c USING INDEX tool_calls_tool (tool_id=?)');
  expect(plans.filter((plan) => /^SCAN (?:c|r|u)\b(?!.* USING INDEX)/.test(plan))).toEqual([]);
});

test('the percentiles of a tool are read from an index that has its durations in their order', () => {
  const db = new Sqlite(':memory:');
  migrate(db);
  db.exec('insert into score_queue values (1)');
  const heard = listen(db);
  refreshScores(db);
  const insert = heard.find((sql) => sql.includes('insert into tool_scores'));
  const plan = db
    .prepare<unknown[], { detail: string }>(`explain query plan ${insert ?? ''}`)
    .all({ grp: 1, n: 1 })
    .map(({ detail }) => detail);
  expect(plan.filter((detail) => detail.startsWith('SEARCH tool_calls USING COVERING INDEX tool_calls_tool'))).toHaveLength(3);
  expect(plan.filter((detail) => detail.includes('rollup_calls'))).toEqual([
    expect.stringContaining('INDEX rollup_calls_tool (tool_id=?)'),
  ]);
  expect(plan.filter((detail) => detail.includes('TEMP B-TREE FOR ORDER BY'))).toEqual([]);
});
