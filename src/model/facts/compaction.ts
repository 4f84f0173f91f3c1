import type { CompactionEvent } from '../event.ts';
import { label, least, most, type FactRule } from './fact.ts';

export type CompactionFact = {
  readonly at: number | null;
  readonly trigger: 'auto' | 'manual' | null;
  readonly preTokens: number | null;
};

export const compactionRule: FactRule<CompactionEvent, CompactionFact> = {
  type: 'compaction',
  read,
  join,
  prefer,
  startOf: (compaction) => compaction.at,
};

function read(event: CompactionEvent): CompactionFact {
  return {
    at: event.at ?? null,
    trigger: event.trigger ?? null,
    preTokens: event.preTokens ?? null,
  };
}

function join(a: CompactionFact, b: CompactionFact): CompactionFact {
  return { at: least(a.at, b.at), trigger: label(a.trigger, b.trigger), preTokens: most(a.preTokens, b.preTokens) };
}

function prefer(first: CompactionFact, then: CompactionFact): CompactionFact {
  return { at: first.at ?? then.at, trigger: first.trigger ?? then.trigger, preTokens: first.preTokens ?? then.preTokens };
}
