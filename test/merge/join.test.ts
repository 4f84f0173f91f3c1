import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  CallEvent,
  CompactionEvent,
  ContextEvent,
  ErrorClass,
  ListingEvent,
  Outcome,
  RequestEvent,
  TurnEvent,
  TurnTrigger,
} from '../../src/model/event.ts';
import { callRule, durationOf } from '../../src/model/facts/call.ts';
import { compactionRule } from '../../src/model/facts/compaction.ts';
import { contextRule } from '../../src/model/facts/context.ts';
import { listingRule } from '../../src/model/facts/listing.ts';
import { requestRule } from '../../src/model/facts/request.ts';
import { turnRule } from '../../src/model/facts/turn.ts';

// Few values each, so that facts agree and collide often.
const time = fc.integer({ min: 0, max: 4 });
const count = fc.integer({ min: 0, max: 3 });
const word = fc.constantFrom('a', 'b', 'ä');
const outcome = fc.constantFrom<Outcome[]>('open', 'ok', 'error', 'timeout', 'declined', 'interrupted', 'blocked', 'cancelled', 'unknown');
const errorClass = fc.constantFrom<ErrorClass[]>('exit_code', 'timeout', 'unclassified');
const trigger = fc.constantFrom<TurnTrigger[]>('human', 'command');
const where = fc.constant({ session: 's', agent: '', sidechain: false, copied: false });

/** Any subset of the fields: an event leaves out what its line does not say. */
const callEvent: fc.Arbitrary<CallEvent> = fc.record(
  {
    type: fc.constant('call'),
    where,
    key: fc.constant('c'),
    startedAt: time,
    endedAt: time,
    reportedMs: count,
    tool: word,
    item: word,
    outcome,
    errorClass,
    request: word,
    turn: word,
    reads: fc.record({
      kind: fc.constantFrom('skill', 'memory'),
      items: fc.array(fc.record({ name: word }), { minLength: 1, maxLength: 2 }),
    }),
  },
  { requiredKeys: ['type', 'where', 'key'] },
);
const requestEvent: fc.Arbitrary<RequestEvent> = fc.record(
  {
    type: fc.constant('request'),
    where,
    key: fc.constant('r'),
    at: time,
    provider: word,
    model: word,
    inputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    webSearches: count,
    reportedNanoUsd: count,
    status: fc.constantFrom('ok', 'error'),
    httpStatus: count,
    turn: word,
    skill: word,
  },
  { requiredKeys: ['type', 'where', 'key'] },
);
const turnEvent: fc.Arbitrary<TurnEvent> = fc.record(
  {
    type: fc.constant('turn'),
    where,
    key: fc.constant('t'),
    startedAt: time,
    endedAt: time,
    reportedMs: count,
    trigger,
    command: word,
    outcome,
  },
  { requiredKeys: ['type', 'where', 'key'] },
);

const listingEvent: fc.Arbitrary<ListingEvent> = fc.record(
  {
    type: fc.constant('listing'),
    where,
    key: fc.constant('l'),
    at: time,
    kind: fc.constantFrom('skill', 'agent'),
    change: fc.constantFrom('added', 'removed'),
    deferred: fc.boolean(),
    items: fc.array(fc.record({ name: word, sizeBytes: count }, { requiredKeys: ['name'] }), { maxLength: 3 }),
  },
  { requiredKeys: ['type', 'where', 'key', 'kind', 'change', 'items'] },
);

const contextEvent: fc.Arbitrary<ContextEvent> = fc.record(
  {
    type: fc.constant('context'),
    where,
    key: fc.constant('x'),
    at: time,
    kind: word,
    slug: word,
    origin: word,
    role: fc.constantFrom('use', 'exposure'),
    sizeBytes: count,
    tokens: count,
  },
  { requiredKeys: ['type', 'where', 'key', 'kind', 'slug', 'role'] },
);
const compactionEvent: fc.Arbitrary<CompactionEvent> = fc.record(
  { type: fc.constant('compaction'), where, key: fc.constant('z'), at: time, trigger: fc.constantFrom('auto', 'manual'), preTokens: count },
  { requiredKeys: ['type', 'where', 'key'] },
);

/** A property returns nothing: it fails by throwing. */
const alike = (a: unknown, b: unknown): void => {
  expect(a).toEqual(b);
};

/** Runs a property over many facts, the same ones in every run. */
const holds = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>): void => fc.assert(property, { seed: 20260601, numRuns: 1000 });

function testJoin<E, F extends object>(event: fc.Arbitrary<E>, read: (event: E) => F, join: (a: F, b: F) => F): void {
  // Joining two events makes facts that no single event makes.
  const fact = fc.tuple(event, event).map(([a, b]) => join(read(a), read(b)));

  test('is commutative', () => holds(fc.property(fact, fact, (a, b) => alike(join(a, b), join(b, a)))));
  test('is associative', () => holds(fc.property(fact, fact, fact, (a, b, c) => alike(join(join(a, b), c), join(a, join(b, c))))));
  test('is idempotent', () => holds(fc.property(fact, (a) => alike(join(a, a), a))));
  // Facts go from thread to thread as their values alone.
  test('leaves the fields of a fact in their order', () =>
    holds(fc.property(event, fact, (a, b) => alike(Object.keys(join(read(a), b)), Object.keys(read(a))))));
  test('makes one fact of all orders and repetitions of some events', () => {
    const orders = fc.array(event, { minLength: 1, maxLength: 5 }).chain((events) => {
      const again = fc.shuffledSubarray([...events, ...events], { minLength: events.length });
      return fc.tuple(
        fc.constant(events),
        again.map((some) => [...some, ...events]),
      );
    });
    const joined = (events: readonly E[]) => events.map(read).reduce(join);
    holds(fc.property(orders, ([events, shuffled]) => alike(joined(shuffled), joined(events))));
  });
}

describe('joining calls', () => testJoin(callEvent, callRule.read, callRule.join));
describe('joining requests', () => testJoin(requestEvent, requestRule.read, requestRule.join));
describe('joining listings', () => testJoin(listingEvent, listingRule.read, listingRule.join));
describe('joining contexts', () => testJoin(contextEvent, contextRule.read, contextRule.join));
describe('joining compactions', () => testJoin(compactionEvent, compactionRule.read, compactionRule.join));
describe('joining turns', () => testJoin(turnEvent, turnRule.read, turnRule.join));

test('all permutations of the events of a call give one fact', () => {
  const common = { type: 'call', where: { session: 's', agent: '', sidechain: false, copied: false }, key: 'c' } as const;
  const events: readonly CallEvent[] = [
    { ...common, startedAt: 1000, tool: 'Bash', request: 'r', turn: 't' },
    { ...common, outcome: 'interrupted' },
    { ...common, endedAt: 1100, outcome: 'error', errorClass: 'exit_code' },
    { ...common, endedAt: 1500, outcome: 'ok', reportedMs: 480 },
  ];
  const orders = fc.shuffledSubarray([...events], { minLength: events.length });
  holds(
    fc.property(orders, (order) =>
      alike(order.map(callRule.read).reduce(callRule.join), {
        startedAt: 1000,
        endedAt: 1500,
        reportedMs: 480,
        outcome: 'ok',
        errorClass: null,
        tool: 'Bash',
        item: null,
        request: 'r',
        turn: 't',
        reads: null,
        conflict: 0,
      }),
    ),
  );
});

test('a list is the same text in whatever order it is written; what is listed twice counts once, at its largest', () => {
  const common = { type: 'listing', where: { session: 's', agent: '', sidechain: false, copied: false }, key: 'l' } as const;
  const items = [{ name: 'b', sizeBytes: 3 }, { name: 'a' }, { name: 'b', sizeBytes: 7 }, { name: 'a' }];
  expect(listingRule.read({ ...common, kind: 'skill', change: 'added', items }).items).toBe('[["a",null],["b",7]]');
});

test('an id whose lines name different tools is in conflict, whatever order they come in', () => {
  const common = { type: 'call', where: { session: 's', agent: '', sidechain: false, copied: false }, key: 'c' } as const;
  const [bash, grep, nameless] = [
    callRule.read({ ...common, tool: 'Bash' }),
    callRule.read({ ...common, tool: 'Grep' }),
    callRule.read(common),
  ];
  expect(callRule.join(bash, bash).conflict).toBe(0);
  expect(callRule.join(callRule.join(nameless, bash), nameless).conflict).toBe(0);
  expect(callRule.join(callRule.join(grep, nameless), bash).conflict).toBe(1);
  expect(callRule.prefer(nameless, bash).conflict).toBe(0);
  expect(callRule.prefer(grep, bash)).toMatchObject({ tool: 'Grep', conflict: 1 });
});

describe('in the order of owners', () => {
  const call = callEvent.map(callRule.read);
  const request = requestEvent.map(requestRule.read);
  const turn = turnEvent.map(turnRule.read);
  const COUNTERS = [
    'inputTokens',
    'cacheReadTokens',
    'cacheWrite5mTokens',
    'cacheWrite1hTokens',
    'outputTokens',
    'reasoningTokens',
    'webSearches',
  ] as const;

  test('a call has what its owner knows, and of the copy only the rest', () => {
    holds(
      fc.property(call, call, (owner, copy) => {
        const both = callRule.prefer(owner, copy);
        for (const label of ['startedAt', 'tool', 'item', 'request', 'turn'] as const)
          expect(both[label]).toBe(owner[label] ?? copy[label]);
      }),
    );
  });

  test('the ending of a call is of one place, time and error class included', () => {
    holds(
      fc.property(call, call, (owner, copy) => {
        const { outcome, endedAt, errorClass } = owner.outcome === 'open' && copy.outcome !== 'open' ? copy : owner;
        expect(callRule.prefer(owner, copy)).toMatchObject({ outcome, endedAt, errorClass });
      }),
    );
  });

  test("a call that only the copy saw end has the copy's duration, not one of two clocks", () => {
    holds(
      fc.property(call, call, (owner, copy) => {
        fc.pre(owner.outcome === 'open' && owner.reportedMs === null && copy.outcome !== 'open' && durationOf(copy) !== null);
        expect(durationOf(callRule.prefer(owner, copy))).toBe(durationOf(copy));
      }),
    );
  });

  test('a request has the labels of its owner and the largest counters of both', () => {
    holds(
      fc.property(request, request, (owner, copy) => {
        const both = requestRule.prefer(owner, copy);
        for (const label of ['startedAt', 'endedAt', 'provider', 'model', 'httpStatus', 'turn', 'skill'] as const) {
          expect(both[label]).toBe(owner[label] ?? copy[label]);
        }
        for (const counter of COUNTERS) expect(both[counter]).toBe(Math.max(owner[counter], copy[counter]));
      }),
    );
  });

  test('a turn has what its owner knows, and of the copy only the rest', () => {
    holds(
      fc.property(turn, turn, (owner, copy) => {
        const both = turnRule.prefer(owner, copy);
        for (const label of ['startedAt', 'endedAt', 'reportedMs', 'trigger', 'command'] as const)
          expect(both[label]).toBe(owner[label] ?? copy[label]);
        expect(both.outcome).toBe(owner.outcome === 'open' ? copy.outcome : owner.outcome);
      }),
    );
  });

  test('a fact that two places tell alike is that fact', () => {
    holds(fc.property(call, (a) => alike(callRule.prefer(a, { ...a }), a)));
    holds(fc.property(request, (a) => alike(requestRule.prefer(a, { ...a }), a)));
    holds(fc.property(turn, (a) => alike(turnRule.prefer(a, { ...a }), a)));
  });
});
