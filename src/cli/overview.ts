import type { Command } from 'commander';
import { lastDays } from '../model/time.ts';
import type { Table } from '../model/table.ts';
import { everything, type Query } from '../reports/common/query.ts';
import { NOTHING_YET } from '../reports/common/why-empty.ts';
import type { Context } from './context.ts';
import type { About } from './help/about.ts';
import type { CommonOptions } from './options.ts';

/** What the program says of itself. */
export const OVERVIEW: About = {
  name: 'usage',
  summary: 'Which tools of coding agents work, what they cost, and which only take up context',
  purpose: 'Which tools of your coding agents work, what they cost, and which only take up context.',
  examples: [
    ['usage start', 'read the logs of this machine, then report'],
    ['usage tools --sort errors', 'which tools fail most'],
    ['usage report --days 7 --by model', 'what the week cost'],
    ['usage dead-weight', 'what is loaded and never used'],
    ['usage sessions --sort cost', 'the sessions that cost the most'],
  ],
  notes: [
    'Alone, usage sums up the last 30 days. Every answer takes a window (--days 7), filters (--project .), an order (--sort cost) and a format (--format csv, --json).',
    'Read on: usage tools --help, or all on one page: usage man | man -l -',
  ],
};

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
      const [{ summaryTable }, { report: tools }, { byDay }] = await Promise.all([
        import('../reports/report.ts'),
        import('../reports/tools.ts'),
        import('../reports/common/by-day.ts'),
      ]);
      const top = await tools.run(db, query, context.outside);
      await context.print(
        {
          ...(await summaryTable(db, query)),
          columns: top.columns,
          rows: top.rows,
          ...(top.empty !== undefined && { empty: top.empty }),
          footer: top.footer ?? [],
          sections: [{ ...(await byDay(db, query)), footer: [NEXT] }],
        },
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
  empty: NOTHING_YET,
};
