import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'table',
  isForPeople: true,
  render: async (table, { style }) => {
    const { renderTable } = await import('../table.ts');
    return [table, ...(table.sections ?? [])].map((each) => renderTable(each, style)).join('\n');
  },
};
