import type { ListedItem, ListedKind, ListingEvent, LogEvent } from '../../model/event.ts';
import { array, asObject, bytes, count, object, type JsonObject } from '../../model/json.ts';
import { identify, serverName } from '../../model/tool.ts';
import { listed, listedLines } from '../common/listed.ts';
import { signOfLife } from './session.ts';
import { lineKey, type Entry, type State } from './state.ts';

/*
 * What the client puts into the context beside the conversation (since 2.1.9x): which skills, tools, servers and sub-agents
 * there are, and memory files. Sizes are those of the text that stands there. Skills that were invoked are put there again
 * after a compaction, which is neither a use nor a new list.
 */

type List = readonly [kind: ListedKind, change: ListingEvent['change'], items: readonly ListedItem[], deferred?: boolean];

const LISTS: ReadonlyMap<string, (attachment: JsonObject) => readonly List[]> = new Map([
  ['skill_listing', (it) => [['skill', 'added', skillsOf(it)]]],
  ['dynamic_skill', (it) => [['skill', 'added', array(it, 'skillNames').flatMap((name) => listed(name))]]],
  ['deferred_tools_delta', deferredTools],
  ['mcp_instructions_delta', servers],
  ['agent_listing_delta', agents],
  ['nested_memory', (it) => [['memory', 'added', memoryOf(object(it, 'content') ?? it)]]],
  ['relevant_memories', (it) => [['memory', 'added', array(it, 'memories').flatMap((entry) => memoryOf(asObject(entry)))]]],
]);

export const isListing = (type: string): boolean => LISTS.has(type);

/** Nothing for an attachment of another type: most only repeat what other lines tell. */
export function readAttachment(state: State, entry: Entry): readonly LogEvent[] {
  const attachment = object(entry.fields, 'attachment');
  const read = LISTS.get(bytes(attachment, 'type') ?? '');
  if (attachment === undefined || read === undefined) return [];
  const { where, at } = entry;
  // A session that goes on from a copy of another has the list in its own context.
  const key = `claude:${where.session}:${lineKey(state, entry)}`;
  const lists = read(attachment).filter(([, , items]) => items.length > 0);
  return [
    signOfLife(state, entry),
    ...lists.map(([kind, change, items, deferred]): ListingEvent => ({
      type: 'listing',
      where,
      key: `${key}:${kind}:${change}`,
      at,
      kind,
      change,
      ...(deferred === true && { deferred }),
      items,
    })),
  ];
}

/** Late versions name the skills beside the text; before, each stands in a line of its own. */
function skillsOf(attachment: JsonObject): readonly ListedItem[] {
  const names = new Set(array(attachment, 'names'));
  const content = bytes(attachment, 'content') ?? '';
  const found = listedLines(content, { isName: (name) => names.size === 0 || names.has(name) });
  if (names.size === 0 && count(attachment, 'skillCount') === 0) return [];
  const missing = [...names].filter((name) => found.every((item) => item.name !== name));
  return [...found, ...missing.flatMap((name) => listed(name))];
}

/** Names alone: the model searches for a tool before it gets its definition. */
function deferredTools(attachment: JsonObject): readonly List[] {
  const added = [...sized(attachment, 'addedNames', 'addedLines'), ...array(attachment, 'readdedNames').flatMap((name) => listed(name))];
  const removed = array(attachment, 'removedNames').flatMap((name) => listed(name));
  const isMcp = ({ name }: ListedItem): boolean => identify(name).kind === 'mcp';
  return [
    ['mcp_tool', 'added', added.filter(isMcp), true],
    ['tool', 'added', added.filter((item) => !isMcp(item)), true],
    ['mcp_tool', 'removed', removed.filter(isMcp), true],
    ['tool', 'removed', removed.filter((item) => !isMcp(item)), true],
  ];
}

function servers(attachment: JsonObject): readonly List[] {
  const named = (items: readonly ListedItem[]) => items.map((item) => ({ ...item, name: serverName(item.name) }));
  return [
    ['mcp_server', 'added', named(sized(attachment, 'addedNames', 'addedBlocks'))],
    ['mcp_server', 'removed', named(array(attachment, 'removedNames').flatMap((name) => listed(name)))],
  ];
}

function agents(attachment: JsonObject): readonly List[] {
  return [
    ['agent', 'added', sized(attachment, 'addedTypes', 'addedLines')],
    ['agent', 'removed', array(attachment, 'removedTypes').flatMap((name) => listed(name))],
  ];
}

/** A list of names beside a list of the texts that stand for them, in the same order. */
function sized(attachment: JsonObject, names: string, texts: string): readonly ListedItem[] {
  const lines = array(attachment, texts);
  return array(attachment, names).flatMap((name, at) => {
    const line = lines[at];
    return listed(name, typeof line === 'string' ? line.length : undefined);
  });
}

const memoryOf = (memory: JsonObject | undefined): readonly ListedItem[] => listed(bytes(memory, 'path'), bytes(memory, 'content')?.length);
