import type { Database } from 'better-sqlite3';
import type { CompactionEvent } from '../../model/event.ts';
import { compactionRule, type CompactionFact } from '../../model/facts/compaction.ts';
import { openTable, type FactContext, type FactTable } from './table.ts';

export function openCompactions(db: Database, context: FactContext): FactTable<CompactionEvent, CompactionFact> {
  return openTable<CompactionEvent, CompactionFact, CompactionFact>(db, context, compactionRule, {
    table: 'compactions',
    inRollups: false,
    columns: (compaction) => ({
      at: compaction.at,
      day: compaction.at === null ? null : context.dayOf(compaction.at),
      trigger: compaction.trigger,
      pre_tokens: compaction.preTokens,
    }),
    select: 'f.at, f.trigger, f.pre_tokens as preTokens from compactions f',
    restore: ({ at, trigger, preTokens }) => ({ at, trigger, preTokens }),
  });
}
