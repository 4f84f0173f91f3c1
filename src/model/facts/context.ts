import type { ContextEvent } from '../event.ts';
import { label, least, most, type FactRule } from './fact.ts';

export type ContextFact = {
  readonly at: number | null;
  readonly kind: string;
  readonly slug: string;
  readonly origin: string | null;
  readonly role: 'use' | 'exposure';
  readonly sizeBytes: number | null;
  readonly tokens: number | null;
};

export const contextRule: FactRule<ContextEvent, ContextFact> = {
  type: 'context',
  read,
  join,
  prefer,
  startOf: (context) => context.at,
  pathsOf: (context) => context.slug,
};

function read(event: ContextEvent): ContextFact {
  return {
    at: event.at ?? null,
    kind: event.kind,
    slug: event.slug,
    origin: event.origin ?? null,
    role: event.role,
    sizeBytes: event.sizeBytes ?? null,
    tokens: event.tokens ?? null,
  };
}

function join(a: ContextFact, b: ContextFact): ContextFact {
  return {
    at: least(a.at, b.at),
    kind: a.kind < b.kind ? b.kind : a.kind,
    slug: a.slug < b.slug ? b.slug : a.slug,
    origin: label(a.origin, b.origin),
    role: a.role === 'use' || b.role === 'use' ? 'use' : 'exposure',
    sizeBytes: most(a.sizeBytes, b.sizeBytes),
    tokens: most(a.tokens, b.tokens),
  };
}

function prefer(first: ContextFact, then: ContextFact): ContextFact {
  return {
    ...first,
    at: first.at ?? then.at,
    origin: first.origin ?? then.origin,
    sizeBytes: first.sizeBytes ?? then.sizeBytes,
    tokens: first.tokens ?? then.tokens,
  };
}
