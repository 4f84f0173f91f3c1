import type { Row, Table } from '../../src/model/table.ts';

/** A report as it is met in practice: figures of every size, unknown ones, a low sample, long names. */
export const scoreTable: Table = {
  header: ['Tools · 2026-05-03 to 2026-06-01 · Europe/Berlin'],
  headline: [
    { label: 'calls', kind: 'count', value: 25_596 },
    { label: 'without error', kind: 'percent', value: 0.9812 },
    { label: 'sessions', kind: 'count', value: 412 },
    { label: 'tokens', kind: 'tokens', value: 123_456_789 },
    { label: 'cost', kind: 'usd', value: 1847.77 },
  ],
  columns: [
    { name: 'tool', title: 'tool', kind: 'text' },
    { name: 'calls', title: 'calls', kind: 'count' },
    { name: 'success_rate', title: 'without error', kind: 'percent', mark: 'low_sample' },
    { name: 'duration_n', title: 'n', kind: 'count', drop: 3 },
    { name: 'median_ms', title: 'median', kind: 'ms' },
    { name: 'p95_ms', title: 'p95', kind: 'ms', drop: 2 },
    { name: 'avg_cost_usd', title: 'avg cost', kind: 'usd', drop: 1 },
    { name: 'total_cost_usd', title: 'total cost', kind: 'usd' },
    { name: 'last_used', title: 'last used', kind: 'time', drop: 4 },
    { name: 'low_sample', title: 'low sample', kind: 'text', hidden: true },
  ],
  rows: [
    score('Bash', 12_345, 0.9861, 12_200, 45, 4200, 0.042, 518.49, '2026-06-01T14:05:00Z'),
    score('Read', 9_876, 0.99997, 9_876, 12.5, 88, 0.0031, 30.62, '2026-06-01T13:58:00Z'),
    score('mcp__browser_automation__page_take_screenshot', 87, 0.874, 80, 1432, 9300, 0.2, 17.4, '2026-05-22T04:05:00Z'),
    score('mcp__browser_automation__page_navigate', 45, 0.911, 45, 2100, 75_000, 0.19, 8.55, '2026-05-21T22:30:00Z'),
    score('Task', 23, 1, 23, 125_000, 4_320_000, null, 1234.2, '2026-05-31T09:00:00Z'),
    score('AskUserQuestion', 4, null, 0, null, null, 0.0004, 0.0016, '2026-05-09T10:31:00Z'),
    score('検索ツール', 3, 2 / 3, 3, 900, 1200, 0, 0, '2026-05-03T12:00:00Z'),
  ],
  footer: ['* fewer than 5 settled calls', 'Costs are API-equivalent: on a flat plan they are no bill.'],
  empty: 'No tool was called in this window.',
  query: { timezone: 'Europe/Berlin', days: 30 },
};

function score(
  tool: string,
  calls: number,
  successRate: number | null,
  durationN: number,
  medianMs: number | null,
  p95Ms: number | null,
  avgCostUsd: number | null,
  totalCostUsd: number | null,
  lastUsed: string,
): Row {
  return {
    tool,
    calls,
    success_rate: successRate,
    duration_n: durationN,
    median_ms: medianMs,
    p95_ms: p95Ms,
    avg_cost_usd: avgCostUsd,
    total_cost_usd: totalCostUsd,
    last_used: Date.parse(lastUsed),
    low_sample: calls < 5,
  };
}
