import type { Renderer } from '../renderer.ts';

export const renderer: Renderer = {
  name: 'md',
  isForPeople: true,
  document: 'digest',
  render: async (table) => (await import('../markdown.ts')).renderMarkdown(table),
};
