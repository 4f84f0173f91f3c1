import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'html',
  isForPeople: true,
  document: 'page',
  render: async (table, place) => (await import('../html.ts')).renderHtml(table, place),
};
