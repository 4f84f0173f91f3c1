import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'csv',
  isForPeople: false,
  render: async (table) => (await import('../csv.ts')).renderCsv(table),
};
