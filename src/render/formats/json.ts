import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'json',
  isForPeople: false,
  render: async (table, place) => (await import('../json.ts')).renderJson(table, place),
};
