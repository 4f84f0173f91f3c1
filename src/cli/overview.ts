import type { Command } from 'commander';
import { lastDays } from '../model/time.ts';
import type { Table } from '../model/table.ts';
import { everything, type Query } from '../reports/common/query.ts';
import type { Context } from './context.ts';
import type { CommonOptions } from './options.ts';

/** `usage` alone: the last 30 days in a few lines, and what to ask next. */
export function addOverview(program: Command, context: Context): void {
  program.action(async () => {
    const options = program.opts<CommonOptions>();
    await context.reading(context.storePath(options), async (db, homeZone) => {
      const { coverage } = await import('../reports/common/describe.ts');
      const now = context.now(options);
      const all = everything(now, homeZone);
      const set = context.settings.days ?? 30;
      const window = set === 'all' ? all.window : lastDays(set, now, homeZone);
      const query: Query = { ...all, window, by: 'tool', sort: 'calls', limit: 8 };
      const { days } = await coverage(db, all);
      if (days === 0) return context.print(EMPTY, 'overview', options);
      const [{ summaryTable }, { report: tools }] = await Promise.all([import('../reports/report.ts'), import('../reports/tools.ts')]);
      const top = await tools.run(db, query, context.outside);
      await context.print(
        { ...(await summaryTable(db, query)), columns: top.columns, rows: top.rows, footer: [...(top.footer ?? []), NEXT] },
        'overview',
        options,
      );
    });
  });
}

const NEXT = 'next: usage tools --sort errors · usage report --by model · usage import to read what is new';

const EMPTY: Table = {
  columns: [],
  rows: [],
  empty: 'Nothing is imported yet. Read the logs of this machine with: usage import',
};
