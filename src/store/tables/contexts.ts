import type { Database } from 'better-sqlite3';
import type { ContextEvent } from '../../model/event.ts';
import { contextRule, type ContextFact } from '../../model/facts/context.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openContexts(db: Database, context: FactContext): FactTable<ContextEvent, ContextFact> {
  return openTable<ContextEvent, ContextFact, ContextFact>(db, context, contextRule, {
    table: 'contexts',
    inRollups: false,
    columns: (record) => ({
      at: record.at,
      day: record.at === null ? null : context.dayOf(record.at),
      kind: record.kind,
      slug: record.slug,
      origin: record.origin,
      role: record.role,
      size_bytes: record.sizeBytes,
      tokens: record.tokens,
    }),
    select: 'f.at, f.kind, f.slug, f.origin, f.role, f.size_bytes as sizeBytes, f.tokens from contexts f',
    restore: ({ at, kind, slug, origin, role, sizeBytes, tokens }) => ({ at, kind, slug, origin, role, sizeBytes, tokens }),
  });
}
