import { count, name, object } from '../../model/json.ts';
import type { EntryReader } from './state.ts';

/** A skill that was asked for, or that a command brought along. */
export const readSkill: EntryReader = (_, { where, at, id, variant, body }) => {
  const slug = name(object(body, 'descriptor'), 'name') ?? name(object(object(body, 'selector'), 'name'), 'name');
  if (id === undefined || slug === undefined) return [];
  const key = `roder:${id}`;
  return [{ type: 'context', where, key, at, kind: 'skill', slug, origin: variant, role: 'use' }];
};

/** The list of skills that stands in each prompt; the log tells its size as a whole. */
export const readSkillIndex: EntryReader = (_, { where, at, id, variant, body }) => {
  if (id === undefined) return [];
  const tokens = count(body, 'estimatedTokens') ?? count(body, 'estimated_tokens');
  return [
    {
      type: 'context',
      where,
      key: `roder:${id}`,
      at,
      kind: 'skill_index',
      slug: 'skills',
      origin: variant,
      role: 'exposure',
      tokens,
    },
  ];
};

export const readCompaction: EntryReader = (_, { where, at, id, body }) => {
  if (id === undefined) return [];
  const preTokens = count(body, 'original_estimated_tokens');
  const key = `roder:${id}`;
  return [{ type: 'compaction', where, key, at, preTokens }];
};
