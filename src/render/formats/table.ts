import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'table',
  isForPeople: true,
  render: async (table, { style }) => {
    const { renderTable } = await import('../table.ts');
    const { query = {}, sections = [] } = table;
    return [table, ...sections].map((each) => renderTable({ query, ...each }, style)).join('\n');
  },
};
