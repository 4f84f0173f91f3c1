import type { Row, Table } from '../../model/table.ts';
import type { Db } from '../../store/db.ts';
import type { Figures } from './figures.ts';
import { groupFigures } from './groups.ts';
import type { Query } from './query.ts';

/** So many days fit beside each other on the narrowest terminal. */
const DAYS = 30;

/** How the last days of a window went, a bar for each. */
export async function byDay(db: Db, query: Query): Promise<Table> {
  const days = [...(await groupFigures(db, { ...query, by: 'day', fill: true }))]
    .filter(([day]) => day !== 'undated')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(-DAYS);
  const line = (what: string, valueOf: (figures: Figures) => number | null): Row => ({
    what,
    // A day without anything is a gap.
    days: days.map(([, figures]) => ((figures.requests ?? 0) + (figures.tool_calls ?? 0) === 0 ? null : valueOf(figures))),
  });
  return {
    columns: [
      { name: 'what', title: 'by day', kind: 'text' },
      { name: 'days', title: 'least ▁ to most █', kind: 'spark' },
    ],
    rows: [
      line('cost', ({ cost_nano_usd }) => cost_nano_usd),
      line('tokens', ({ total_tokens }) => total_tokens),
      line('calls', ({ tool_calls }) => tool_calls),
      line('errors', ({ tool_errors }) => tool_errors),
    ],
  };
}
