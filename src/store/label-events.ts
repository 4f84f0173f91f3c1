import type { ListedItem, LogEvent } from '../model/event.ts';
import type { Labels } from './labels.ts';

/** An event as the store may keep it: names of memory files are paths, and a branch may tell as much. Projects get theirs with their rows. */
export function labelEvent(event: LogEvent, labels: Labels): LogEvent {
  const items = (listed: readonly ListedItem[]): readonly ListedItem[] => listed.map((item) => ({ ...item, name: labels.file(item.name) }));
  if (event.type === 'session') return event.branch === undefined ? event : { ...event, branch: labels.branch(event.branch) };
  if (event.type === 'call' && event.reads?.kind === 'memory')
    return { ...event, reads: { ...event.reads, items: items(event.reads.items) } };
  if (event.type === 'listing' && event.kind === 'memory') return { ...event, items: items(event.items) };
  // Of other memories the slug is a name that somebody gave.
  if (event.type === 'context' && event.kind === 'memory' && /[\\/]/.test(event.slug)) return { ...event, slug: labels.file(event.slug) };
  return event;
}
