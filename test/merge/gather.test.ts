import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openGathering } from '../../src/import/gather.ts';
import type { CallEvent, ContextEvent, FactEvent, ListingEvent, LogEvent, RequestEvent } from '../../src/model/event.ts';
import { callRule } from '../../src/model/facts/call.ts';
import { contextRule } from '../../src/model/facts/context.ts';
import { isSameFact, type AnyFact, type FactRule } from '../../src/model/facts/fact.ts';
import { listingRule } from '../../src/model/facts/listing.ts';
import { requestRule } from '../../src/model/facts/request.ts';
import { together, type Saying, type Told } from '../../src/model/facts/saying.ts';
import { labelTold } from '../../src/store/label-told.ts';
import { openLabels } from '../../src/store/labels.ts';

/* What lines say of facts is the same whether they are gathered, in pieces of any size, or taken one by one. */

const where = fc.record({
  session: fc.constantFrom('s', 't'),
  agent: fc.constantFrom('', 'a'),
  sidechain: fc.constant(false),
  copied: fc.boolean(),
});
const key = fc.constantFrom('k', 'l');
const time = fc.integer({ min: 0, max: 4 });
// Their hashes stand in another order than they.
const path = fc.constantFrom('/home/ada/c', '/home/ada/d', '/home/ada/e');
const items = fc.array(fc.record({ name: path, sizeBytes: time }, { requiredKeys: ['name'] }), { minLength: 1, maxLength: 2 });

const call: fc.Arbitrary<CallEvent> = fc.record(
  {
    type: fc.constant('call'),
    where,
    key,
    startedAt: time,
    endedAt: time,
    tool: fc.constantFrom('Bash', 'Read'),
    outcome: fc.constantFrom('ok', 'error'),
    reads: fc.record({ kind: fc.constant('memory'), items }),
  },
  { requiredKeys: ['type', 'where', 'key'] },
);
const request: fc.Arbitrary<RequestEvent> = fc.record(
  { type: fc.constant('request'), where, key, at: time, model: fc.constantFrom('a', 'b'), outputTokens: time },
  { requiredKeys: ['type', 'where', 'key'] },
);
const context: fc.Arbitrary<ContextEvent> = fc.record(
  { type: fc.constant('context'), where, key, at: time, kind: fc.constant('memory'), slug: path, role: fc.constantFrom('use', 'exposure') },
  { requiredKeys: ['type', 'where', 'key', 'kind', 'slug', 'role'] },
);
const listing: fc.Arbitrary<ListingEvent> = fc.record(
  { type: fc.constant('listing'), where, key, at: time, kind: fc.constant('memory'), change: fc.constant('added'), items },
  { requiredKeys: ['type', 'where', 'key', 'kind', 'change', 'items'] },
);
const sign = fc.record({ type: fc.constant('session'), where, at: time });
const lines = fc.array(fc.array(fc.oneof(call, request, context, listing, sign), { maxLength: 3 }), { minLength: 1, maxLength: 12 });

function gathered(of: readonly (readonly LogEvent[])[]): Told {
  const gathering = openGathering();
  for (const events of of) gathering.add(events);
  return gathering.all();
}

type Line = readonly LogEvent[];

const factsIn = (line: Line): readonly FactEvent[] => line.flatMap((event) => (event.type === 'session' ? [] : [event]));
const nameOf = (type: string, { key: name, where: { session, agent, copied } }: Pick<FactEvent, 'key' | 'where'>): string =>
  [type, name, session, agent, copied].join(' ');

/** What each place says of each fact in the end, and the lines that changed what it said or only spoke of it. */
interface Outcome {
  readonly facts: Map<string, AnyFact>;
  readonly spoke: Set<string>;
  readonly added: Set<string>;
}

const openOutcome = (): Outcome => ({ facts: new Map(), spoke: new Set(), added: new Set() });

function say<F extends AnyFact>(
  into: Outcome,
  rule: Pick<FactRule<never, F>, 'join'>,
  name: string,
  known: Map<string, F>,
  fact: F,
  line: number,
): void {
  const before = known.get(name);
  const after = before === undefined ? fact : rule.join(before, fact);
  known.set(name, after);
  into.facts.set(name, after);
  into.spoke.add(`${name} ${line}`);
  if (before === undefined || !isSameFact(before, after)) into.added.add(`${name} ${line}`);
}

/** Taken one by one; `label` is what a store keeps of a path. */
function oneByOne(of: readonly Line[], label = (name: string): string => name): Outcome {
  const outcome = openOutcome();
  const known = { calls: new Map(), requests: new Map(), contexts: new Map(), listings: new Map() };
  const labelled = (all: ListingEvent['items']) => all.map((item) => ({ ...item, name: label(item.name) }));
  for (const [index, line] of of.filter((each) => factsIn(each).length > 0).entries()) {
    for (const event of factsIn(line)) {
      const name = nameOf(event.type, event);
      if (event.type === 'call') {
        const reads = event.reads && { reads: { ...event.reads, items: labelled(event.reads.items) } };
        say(outcome, callRule, name, known.calls, callRule.read({ ...event, ...reads }), index + 1);
      } else if (event.type === 'request') say(outcome, requestRule, name, known.requests, requestRule.read(event), index + 1);
      else if (event.type === 'context')
        say(outcome, contextRule, name, known.contexts, contextRule.read({ ...event, slug: label(event.slug) }), index + 1);
      else if (event.type === 'listing')
        say(outcome, listingRule, name, known.listings, listingRule.read({ ...event, items: labelled(event.items) }), index + 1);
    }
  }
  return outcome;
}

/** As a store takes it: the parts of what one place says are joined. */
function joined({ sayings }: Told): Outcome {
  const outcome = openOutcome();
  const take = <F extends AnyFact>(type: string, rule: Pick<FactRule<never, F>, 'join'>, said: readonly Saying<F>[]): void => {
    const known = new Map<string, F>();
    for (const saying of said) {
      const name = nameOf(type, saying);
      for (const line of saying.lines) {
        say(outcome, rule, name, known, saying.fact, line < 0 ? ~line : line);
        if (line > 0) outcome.added.add(`${name} ${line}`);
      }
    }
  };
  take('call', callRule, sayings.calls);
  take('request', requestRule, sayings.requests);
  take('context', contextRule, sayings.contexts);
  take('listing', listingRule, sayings.listings);
  return outcome;
}

const holds = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>): void => fc.assert(property, { seed: 20260601, numRuns: 2000 });

/** Differing paths are handed on apart, each with the lines that told it. */
const hasOnePath = (line: Line): boolean => factsIn(line).every(({ type }) => type === 'request');

test('gathered at once they say of each fact what they say one by one, by the same lines', () => {
  holds(
    fc.property(lines, (all) => {
      const [told, expected] = [gathered(all), oneByOne(all)];
      const got = joined(told);
      expect(told.factLines).toBe(all.filter((line) => factsIn(line).length > 0).length);
      expect(got.facts).toEqual(expected.facts);
      expect(got.spoke).toEqual(expected.spoke);
      for (const line of expected.added) expect(got.added).toContain(line);
      if (all.every(hasOnePath)) expect(got.added).toEqual(expected.added);
    }),
  );
});

test('each fact is told once by a place that says one path of it', () => {
  holds(
    fc.property(lines, (all) => {
      const { requests } = gathered(all).sayings;
      expect(new Set(requests.map((saying) => nameOf('request', saying))).size).toBe(requests.length);
    }),
  );
});

test('gathered in pieces and put one behind the other they say the same, by lines of the same numbers', () => {
  holds(
    fc.property(lines, fc.nat(12), fc.nat(12), (all, one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const pieces = [all.slice(0, first), all.slice(first, second), all.slice(second)].map(gathered);
      const whole = pieces.reduce(together);
      const [got, expected] = [joined(whole), oneByOne(all)];
      expect(whole.factLines).toBe(gathered(all).factLines);
      expect(got.facts).toEqual(expected.facts);
      expect(got.spoke).toEqual(expected.spoke);
    }),
  );
});

test('labelled behind it they say what labelled events say', () => {
  const labels = openLabels('secret', 'hashed');
  holds(
    fc.property(lines, (all) => {
      expect(joined(labelTold(gathered(all), labels)).facts).toEqual(oneByOne(all, labels.file).facts);
    }),
  );
});
