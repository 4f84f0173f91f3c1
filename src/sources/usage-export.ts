import {
  ERROR_CLASSES,
  LISTED_KINDS,
  OUTCOMES,
  type ListedItem,
  type LogEvent,
  type Reads,
  type SessionEvent,
  type Where,
} from '../model/event.ts';
import { array, asObject, bytes, count, field, flag, MAX_KEY, object, plainText, text, type JsonObject } from '../model/json.ts';
import { instant } from '../model/time.ts';
import type { Line, LogReader, Reading, Source } from '../model/source.ts';

/*
 * What `usage export` writes: a line for each fact and place that told it, in ASCII. It is read like any log, so that facts
 * from another store merge with what is there by the same rules. Such files lie nowhere in particular: a person names them.
 */
export const source: Source = {
  id: 'usage',
  title: 'usage export',
  parserVersion: 1,
  roots: () => [],
  isLog: () => false,
  recognises,
  open,
};

const TYPES = ['session', 'turn', 'request', 'call', 'compaction', 'context', 'listing'] as const;

function recognises(line: Line): boolean {
  const fields = asObject(line.json());
  return count(fields, 'schema_version') === 1 && bytes(fields, 'session') !== undefined && typeOf(fields) !== undefined;
}

const typeOf = (fields: JsonObject | undefined) => TYPES.find((type) => type === bytes(fields, 'type'));

function open(): LogReader {
  return { read, save: () => null };
}

function read(line: Line): Reading {
  const fields = asObject(line.json());
  const type = typeOf(fields);
  const session = plainText(fields, 'session');
  if (fields === undefined || type === undefined || session === undefined) return { unknownType: text(field(fields, 'type')) ?? '(none)' };
  const agentSource = plainText(fields, 'source');
  const where: Where = {
    session,
    agent: plainText(fields, 'agent') ?? '',
    sidechain: flag(fields, 'sidechain'),
    copied: flag(fields, 'copied'),
    source: agentSource,
  };
  if (type === 'session') return sessionEvents(fields, where);
  const key = plainText(fields, 'key', MAX_KEY);
  if (key === undefined) return { unknownType: `${type} without a key` };
  const event = factEvent(type, fields, where, key);
  return event === undefined ? { unknownType: `${type} of another form` } : event;
}

/** A label comes with the time that made it the newest, so that it merges with others as it did at home. */
function sessionEvents(fields: JsonObject, where: Where): readonly LogEvent[] {
  const [entrypoint, parent] = [plainText(fields, 'entrypoint'), plainText(fields, 'parent')];
  const at = (key: string): { at?: number } => optional('at', timeOf(fields, key));
  const labels: readonly SessionEvent[] = [
    { type: 'session', where, ...at('firstAt'), ...optional('entrypoint', entrypoint), ...optional('parent', parent) },
    { type: 'session', where, ...at('lastAt'), ...optional('misfiled', flag(fields, 'misfiled') || undefined) },
  ];
  const dated = (['project', 'branch', 'clientVersion'] as const).flatMap((label): readonly SessionEvent[] => {
    const value = plainText(fields, label);
    return value === undefined ? [] : [{ type: 'session', where, ...at(`${label}At`), [label]: value }];
  });
  return [...labels, ...dated];
}

type FactType = Exclude<(typeof TYPES)[number], 'session'>;

function factEvent(type: FactType, fields: JsonObject, where: Where, key: string): readonly LogEvent[] | undefined {
  const time = (name: string) => timeOf(fields, name);
  const number = (name: string) => count(fields, name);
  const words = (name: string, most?: number) => plainText(fields, name, most);
  const outcome = OUTCOMES.find((each) => each === bytes(fields, 'outcome'));
  switch (type) {
    case 'turn': {
      const trigger = (['human', 'command', 'notification'] as const).find((each) => each === bytes(fields, 'trigger'));
      return [
        {
          type,
          where,
          key,
          ...optional('startedAt', time('startedAt')),
          ...optional('endedAt', time('endedAt')),
          ...optional('reportedMs', number('reportedMs')),
          ...optional('trigger', trigger),
          ...optional('command', words('command')),
          ...optional('outcome', outcome),
        },
      ];
    }
    case 'request': {
      const request = {
        type,
        where,
        key,
        ...optional('provider', words('provider')),
        ...optional('model', words('model')),
        ...optional('inputTokens', number('inputTokens')),
        ...optional('cacheReadTokens', number('cacheReadTokens')),
        ...optional('cacheWrite5mTokens', number('cacheWrite5mTokens')),
        ...optional('cacheWrite1hTokens', number('cacheWrite1hTokens')),
        ...optional('outputTokens', number('outputTokens')),
        ...optional('reasoningTokens', number('reasoningTokens')),
        ...optional('webSearches', number('webSearches')),
        ...optional('reportedNanoUsd', nanoOf(fields)),
        ...optional(
          'status',
          (['ok', 'error', 'retry'] as const).find((each) => each === bytes(fields, 'status')),
        ),
        ...optional('httpStatus', number('httpStatus')),
        ...optional('turn', words('turn', MAX_KEY)),
        ...optional('skill', words('skill')),
        ...optional('conflict', flag(fields, 'conflict') || undefined),
      } as const;
      // A request has one time in a log and two in a store: its first and its last line.
      return [
        { ...request, ...optional('at', time('startedAt')) },
        { ...request, ...optional('at', time('endedAt')) },
      ];
    }
    case 'call':
      return [
        {
          type,
          where,
          key,
          ...optional('startedAt', time('startedAt')),
          ...optional('endedAt', time('endedAt')),
          ...optional('reportedMs', number('reportedMs')),
          ...optional('outcome', outcome),
          ...optional(
            'errorClass',
            ERROR_CLASSES.find((each) => each === bytes(fields, 'errorClass')),
          ),
          ...optional('tool', words('tool', MAX_KEY)),
          ...optional('item', words('item')),
          ...optional('request', words('request', MAX_KEY)),
          ...optional('turn', words('turn', MAX_KEY)),
          ...optional('reads', readsOf(fields)),
          ...optional('conflict', flag(fields, 'conflict') || undefined),
        },
      ];
    case 'compaction': {
      const trigger = (['auto', 'manual'] as const).find((each) => each === bytes(fields, 'trigger'));
      return [
        { type, where, key, ...optional('at', time('at')), ...optional('trigger', trigger), ...optional('preTokens', number('preTokens')) },
      ];
    }
    case 'listing': {
      const kind = LISTED_KINDS.find((each) => each === bytes(fields, 'kind'));
      const change = (['added', 'removed'] as const).find((each) => each === bytes(fields, 'change'));
      if (kind === undefined || change === undefined) return undefined;
      const deferred = flag(fields, 'deferred') || undefined;
      return [{ type, where, key, ...optional('at', time('at')), kind, change, ...optional('deferred', deferred), items: itemsOf(fields) }];
    }
    default: {
      const [kind, slug] = [words('kind'), words('slug')];
      const role = (['use', 'exposure'] as const).find((each) => each === bytes(fields, 'role'));
      if (kind === undefined || slug === undefined || role === undefined) return undefined;
      return [
        {
          type: 'context',
          where,
          key,
          kind,
          slug,
          role,
          ...optional('at', time('at')),
          ...optional('origin', words('origin')),
          ...optional('sizeBytes', number('sizeBytes')),
          ...optional('tokens', number('tokens')),
        },
      ];
    }
  }
}

function readsOf(fields: JsonObject): Reads | undefined {
  const reads = object(fields, 'reads');
  const kind = (['skill', 'memory'] as const).find((each) => each === bytes(reads, 'kind'));
  const items = itemsOf(reads);
  return kind === undefined || items.length === 0 ? undefined : { kind, items };
}

const itemsOf = (fields: JsonObject | undefined): readonly ListedItem[] =>
  array(fields, 'items').flatMap((item): readonly ListedItem[] => {
    const [name, size] = Array.isArray(item) ? item : [];
    const listed = asObject({ name, size });
    const words = plainText(listed, 'name');
    return words === undefined ? [] : [{ name: words, ...optional('sizeBytes', count(listed, 'size')) }];
  });

/** Whole milliseconds. */
function timeOf(fields: JsonObject, key: string): number | undefined {
  const value = field(fields, key);
  return typeof value === 'number' && value > 1e11 ? instant(value) : undefined;
}

/** An amount of money may be larger than any count. */
function nanoOf(fields: JsonObject): number | undefined {
  const value = field(fields, 'reportedNanoUsd');
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const fields: { [P in K]?: V } = {};
  if (value !== undefined) fields[key] = value;
  return fields;
}
