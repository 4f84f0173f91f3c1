import type { SessionEvent, Where } from '../event.ts';
import type { CallFact } from './call.ts';
import type { CompactionFact } from './compaction.ts';
import type { ContextFact } from './context.ts';
import type { ListingFact } from './listing.ts';
import type { RequestFact } from './request.ts';
import type { TurnFact } from './turn.ts';

/** What one place says of one fact in a stretch of a log. A place may say it in several parts: they are joined where they meet. */
export interface Saying<F> {
  readonly key: string;
  readonly where: Where;
  readonly fact: F;
  /** The lines that spoke of it, by their numbers among those of the stretch that told any fact; `~number`: one that added nothing. */
  readonly lines: readonly number[];
}

export interface Sayings {
  readonly turns: readonly Saying<TurnFact>[];
  readonly requests: readonly Saying<RequestFact>[];
  readonly calls: readonly Saying<CallFact>[];
  readonly compactions: readonly Saying<CompactionFact>[];
  readonly contexts: readonly Saying<ContextFact>[];
  readonly listings: readonly Saying<ListingFact>[];
}

/** What a stretch of a log tells. */
export interface Told {
  readonly signs: readonly SessionEvent[];
  readonly sayings: Sayings;
  /** How many of its lines told any fact. */
  readonly factLines: number;
}

/** What two stretches of a log tell, one behind the other. */
export function together(first: Told, next: Told): Told {
  const behind = <F>(said: readonly Saying<F>[], more: readonly Saying<F>[]): readonly Saying<F>[] => [
    ...said,
    ...more.map((saying) => ({
      ...saying,
      lines: saying.lines.map((line) => (line < 0 ? line - first.factLines : line + first.factLines)),
    })),
  ];
  const [a, b] = [first.sayings, next.sayings];
  return {
    signs: [...first.signs, ...next.signs],
    sayings: {
      turns: behind(a.turns, b.turns),
      requests: behind(a.requests, b.requests),
      calls: behind(a.calls, b.calls),
      compactions: behind(a.compactions, b.compactions),
      contexts: behind(a.contexts, b.contexts),
      listings: behind(a.listings, b.listings),
    },
    factLines: first.factLines + next.factLines,
  };
}
