import type { CellKind, Row, Table } from '../../../model/table.ts';
import { formatDay, parseDay } from '../../../model/time.ts';
import type { Db } from '../../../store/db.ts';
import type { Query } from '../query.ts';
import { toolCard } from '../tool-card.ts';

/** The most used tools; more lines cannot be told apart. */
const TOOLS = 5;

/** Success and median over the last weeks of the most used tools: longer than the window, as a week alone is no trend. */
export async function history(db: Db, query: Query, tools: readonly Row[]): Promise<readonly Table[]> {
  const names = tools.slice(0, TOOLS).flatMap(({ tool }) => (typeof tool === 'string' ? [tool] : []));
  const weeks = new Map<string, ReadonlyMap<number, Row>>();
  for (const name of names) {
    const { rows } = await toolCard(db, { ...query, window: { ...query.window, from: null } }, name);
    weeks.set(name, new Map(rows.flatMap((row) => (typeof row['week'] === 'string' ? [[parseDay(row['week']) ?? 0, row]] : []))));
  }
  return [
    section('Without error, by week', 'percent', 'success_rate', weeks),
    section('Median duration, by week', 'ms', 'median_ms', weeks),
  ];
}

function section(title: string, kind: CellKind, field: string, weeks: ReadonlyMap<string, ReadonlyMap<number, Row>>): Table {
  const mondays = [...weeks.values()].flatMap((each) => [...each.keys()]);
  const last = Math.max(...mondays);
  const count = mondays.length === 0 ? 0 : Math.min(12, (last - Math.min(...mondays)) / 7 + 1);
  const x = Array.from({ length: count }, (_, at) => last - 7 * (count - 1 - at));
  const valueOf = (name: string, day: number): number | null => {
    const value = weeks.get(name)?.get(day)?.[field];
    return typeof value === 'number' ? value : null;
  };
  const names = [...weeks.keys()];
  return {
    title,
    columns: [{ name: 'week', title: 'week of', kind: 'text' }, ...names.map((name, at) => ({ name: `t${at}`, title: name, kind }))],
    rows: x.map((day): Row => ({ week: formatDay(day), ...Object.fromEntries(names.map((name, at) => [`t${at}`, valueOf(name, day)])) })),
    chart: { shape: 'lines', kind, x, series: names.map((label) => ({ label, values: x.map((day) => valueOf(label, day)) })) },
    empty: 'No tool was called.',
  };
}
