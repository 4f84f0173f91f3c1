import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'ndjson',
  isForPeople: false,
  render: async (table) => (await import('../json.ts')).renderNdjson(table),
};
