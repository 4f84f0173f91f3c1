import type { FactEvent, LogEvent, Where } from '../model/event.ts';
import { callRule, type CallFact } from '../model/facts/call.ts';
import { compactionRule, type CompactionFact } from '../model/facts/compaction.ts';
import { contextRule, type ContextFact } from '../model/facts/context.ts';
import { isSameFact, type AnyFact, type FactRule } from '../model/facts/fact.ts';
import { listingRule, type ListingFact } from '../model/facts/listing.ts';
import { requestRule, type RequestFact } from '../model/facts/request.ts';
import type { Told } from '../model/facts/saying.ts';
import { turnRule, type TurnFact } from '../model/facts/turn.ts';
import { openSigns } from './signs.ts';

export interface Gathering {
  /** Takes the events of one line. */
  add(events: readonly LogEvent[]): void;
  all(): Told;
}

/** A saying to which lines still add. */
interface Growing<F> {
  readonly key: string;
  readonly where: Where;
  fact: F;
  readonly lines: number[];
}

/** Many lines speak of one fact: what they say is joined as they are read, so that the store meets it once. */
export function openGathering(): Gathering {
  const signs = openSigns();
  const turns: Growing<TurnFact>[] = [];
  const requests: Growing<RequestFact>[] = [];
  const calls: Growing<CallFact>[] = [];
  const compactions: Growing<CompactionFact>[] = [];
  const contexts: Growing<ContextFact>[] = [];
  const listings: Growing<ListingFact>[] = [];
  const places = new Map<string, Spoken>();
  let place: Spoken | undefined;
  let line = 0;

  const enter = (where: Where): Spoken => {
    if (place !== undefined && (place.where === where || isSameWhere(place.where, where))) return place;
    const key = [where.source, where.session, where.agent, where.sidechain, where.copied].join('\0');
    place = places.get(key);
    if (place === undefined) places.set(key, (place = openPlace(where)));
    return place;
  };

  const addFact = (event: FactEvent, number: number): void => {
    const at = enter(event.where);
    if (event.type === 'call') tell(callRule, calls, at.calls, at.where, event, number);
    else if (event.type === 'request') tell(requestRule, requests, at.requests, at.where, event, number);
    else if (event.type === 'turn') tell(turnRule, turns, at.turns, at.where, event, number);
    else if (event.type === 'compaction') tell(compactionRule, compactions, at.compactions, at.where, event, number);
    else if (event.type === 'context') tell(contextRule, contexts, at.contexts, at.where, event, number);
    else tell(listingRule, listings, at.listings, at.where, event, number);
  };

  return {
    add: (events) => {
      let hasFact = false;
      for (const event of events) {
        if (event.type === 'session') {
          signs.add(event);
          continue;
        }
        if (!hasFact) line += 1;
        hasFact = true;
        addFact(event, line);
      }
    },
    all: () => ({ signs: signs.all(), sayings: { turns, requests, calls, compactions, contexts, listings }, factLines: line }),
  };
}

/** What was said in one place, by key. */
interface Spoken {
  readonly where: Where;
  readonly turns: Map<string, Growing<TurnFact>>;
  readonly requests: Map<string, Growing<RequestFact>>;
  readonly calls: Map<string, Growing<CallFact>>;
  readonly compactions: Map<string, Growing<CompactionFact>>;
  readonly contexts: Map<string, Growing<ContextFact>>;
  readonly listings: Map<string, Growing<ListingFact>>;
}

const openPlace = (where: Where): Spoken => ({
  where,
  turns: new Map(),
  requests: new Map(),
  calls: new Map(),
  compactions: new Map(),
  contexts: new Map(),
  listings: new Map(),
});

const isSameWhere = (a: Where, b: Where): boolean =>
  a.session === b.session && a.agent === b.agent && a.sidechain === b.sidechain && a.copied === b.copied && a.source === b.source;

function tell<E extends FactEvent, F extends AnyFact>(
  rule: FactRule<E, F>,
  all: Growing<F>[],
  known: Map<string, Growing<F>>,
  where: Where,
  event: E,
  line: number,
): void {
  const said = rule.read(event);
  const saying = known.get(event.key);
  if (saying === undefined || hasTwoPaths(rule, saying.fact, said)) {
    const begun = { key: event.key, where, fact: said, lines: [line] };
    known.set(event.key, begun);
    all.push(begun);
    return;
  }
  const fact = rule.join(saying.fact, said);
  if (isSameFact(fact, saying.fact)) saying.lines.push(~line);
  else {
    saying.fact = fact;
    saying.lines.push(line);
  }
}

/** Which of two paths a fact gets is decided among what the store keeps of them, so both are handed on. */
function hasTwoPaths<F extends AnyFact>({ pathsOf }: Pick<FactRule<never, F>, 'pathsOf'>, a: F, b: F): boolean {
  if (pathsOf === undefined) return false;
  const [one, other] = [pathsOf(a), pathsOf(b)];
  return one !== null && other !== null && one !== other;
}
