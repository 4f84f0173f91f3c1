import type { Table } from '../model/table.ts';
import type { Db } from '../store/db.ts';
import { describe, headerOf } from './common/describe.ts';
import { comparison } from './common/compare-tools.ts';
import type { Query } from './common/query.ts';
import type { Report } from './common/report.ts';
import { aboutNote, limited, lowSampleNote } from './common/rows.ts';
import { hasSums, isWholeStore, order, scoreColumns, scoreRow, scores } from './common/scores.ts';
import { prunedNote } from './common/sealed.ts';
import { toolCard } from './common/tool-card.ts';
import { whyEmpty } from './common/why-empty.ts';

/** Which tools work: success, time and cost of each. */
export const report: Report = {
  name: 'tools',
  summary: 'Score every tool, or one: does it work, how fast, at what cost',
  question: 'Which tools work, how long do they take, and what do they cost?',
  examples: [
    ['usage tools --sort errors', 'those that fail most'],
    ['usage tools Bash', 'one tool: its weeks, errors and latest calls'],
    ['usage tools --days 30 --compare', 'beside the 30 days before'],
  ],
  order: 10,
  argument: { name: 'tool', summary: 'show this one: its score, weeks, errors and latest calls' },
  groups: ['tool', 'server', 'skill', 'agent'],
  sorts: ['calls', 'errors', 'rate', 'median', 'p95', 'cost', 'last', 'underused'],
  days: null,
  limit: 50,
  filtersTools: true,
  compares: true,
  run: (db, query) => {
    if (query.subject !== null) return toolCard(db, query, query.subject);
    return query.compare ? comparison(db, query) : scoreTable(db, query);
  },
};

const GROUP_TITLE: Readonly<Record<string, string>> = { tool: 'tool', server: 'server', skill: 'skill', agent: 'agent type' };

async function scoreTable(db: Db, query: Query): Promise<Table> {
  const rows = [...(await scores(db, query))].sort(order(query.sort)).map(scoreRow);
  const { shown, cut } = limited(query, rows);
  return {
    columns: scoreColumns(GROUP_TITLE[query.by] ?? query.by),
    rows: shown,
    header: await headerOf(db, query),
    footer: [
      ...cut,
      ...lowSampleNote(shown),
      ...aboutNote(shown),
      ...(hasSums(query) || isWholeStore(query) ? [] : await prunedNote(db, query, 'these calls')),
    ],
    empty: await whyEmpty(db, query, rows, 'No tool was called here. Widen the window, or leave out a filter.'),
    query: describe(query),
  };
}
