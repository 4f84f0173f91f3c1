import type { Database } from 'better-sqlite3';
import type { ContextEvent } from '../../model/event.ts';
import { contextRule, type ContextFact } from '../../model/facts/context.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openContexts(db: Database, context: FactContext): FactTable<ContextEvent, ContextFact> {
  return openTable<ContextEvent, ContextFact, ContextFact>(db, context, contextRule, {
    table: 'contexts',
    inRollups: false,
    columns: [
      { name: 'at', value: (record) => record.at },
      { name: 'day', value: ({ at }) => (at === null ? null : context.dayOf(at)) },
      { name: 'kind', value: (record) => record.kind },
      { name: 'slug', value: (record) => record.slug },
      { name: 'origin', value: (record) => record.origin },
      { name: 'role', value: (record) => record.role },
      { name: 'size_bytes', value: (record) => record.sizeBytes },
      { name: 'tokens', value: (record) => record.tokens },
    ],
    select: 'f.at, f.kind, f.slug, f.origin, f.role, f.size_bytes as sizeBytes, f.tokens from contexts f',
    restore: ({ at, kind, slug, origin, role, sizeBytes, tokens }) => ({ at, kind, slug, origin, role, sizeBytes, tokens }),
  });
}
