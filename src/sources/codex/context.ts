import type { ListedItem, ListedKind, ListingEvent, LogEvent } from '../../model/event.ts';
import { array, asObject, bytes, flag, has, name, object, text } from '../../model/json.ts';
import { listed, listedLines } from '../common/listed.ts';
import { lineKey, type Entry, type EntryReader, type State } from './state.ts';

/*
 * What Codex puts into the context beside the conversation: messages of the developer or the user list the skills and hold
 * `AGENTS.md`, and tell when a skill was loaded. Nothing of what a person or a model said is looked at.
 */

const SKILLS = /^### Available skills\n([^]*?)(?=^#|^<\/skills_instructions>|$(?![^]))/m;
const LOCATOR = /\((?:file|[a-z]+ resource): [^()]*\)\s*$/;
const AGENTS = /^# AGENTS\.md instructions for ([^\n]+)\n\s*<INSTRUCTIONS>\n([^]*?)\n?<\/INSTRUCTIONS>/;
const LOADED = /^<skill>\s*<name>([^<\n]{1,200})<\/name>/;

export const readMessage: EntryReader = (state, entry) => {
  const role = bytes(entry.payload, 'role');
  if (role !== 'developer' && role !== 'user') return [];
  const skills: ListedItem[] = [];
  const memory: ListedItem[] = [];
  const loaded: string[] = [];
  for (const part of array(entry.payload, 'content')) {
    const said = bytes(asObject(part), 'text') ?? '';
    // Entries with a place: the same heading stands in instructions about skills.
    skills.push(...listedLines(SKILLS.exec(said)?.[1] ?? '', { isWhole: (lines) => LOCATOR.test(lines) }));
    const [, folder, content] = AGENTS.exec(said) ?? [];
    if (folder !== undefined && content !== undefined) memory.push(...listed(`${folder.replace(/\/$/, '')}/AGENTS.md`, content.length));
    const skill = text(LOADED.exec(said)?.[1]);
    if (skill !== undefined) loaded.push(skill);
  }
  if (skills.length + memory.length + loaded.length === 0) return [];
  const key = keyOf(state, entry);
  const { at } = entry;
  return [
    ...listing(state, entry, key, 'skill', skills),
    ...listing(state, entry, key, 'memory', memory),
    ...loaded.map((slug): LogEvent => {
      const load = {
        type: 'context',
        where: state.where,
        key: `${key}:${slug}`,
        kind: 'skill',
        slug,
        origin: 'SkillLoaded',
        role: 'use',
      } as const;
      return at === undefined ? load : { ...load, at };
    }),
  ];
};

/** Tools that the client brings beside its own: their whole definition, unless it is told to wait until it is searched for. */
export function dynamicTools(state: State, entry: Entry): readonly LogEvent[] {
  if (!has(entry.payload, 'dynamic_tools')) return [];
  // Their whole extent counts.
  const whole = asObject(entry.line.json());
  const tools = array(object(whole, 'payload') ?? whole, 'dynamic_tools').map(asObject);
  const all = tools.flatMap((tool) => {
    const inner = array(tool, 'tools').map(asObject);
    return inner.length > 0 ? inner : [tool];
  });
  const items = (isDeferred: boolean): readonly ListedItem[] =>
    all
      .filter((tool) => flag(tool, 'deferLoading') === isDeferred)
      .flatMap((tool) => listed(name(tool, 'name'), isDeferred ? name(tool, 'name')?.length : sizeOf(tool)));
  const key = `codex:${state.where.session}:dynamic_tools`;
  return [...listing(state, entry, key, 'tool', items(false)), ...listing(state, entry, `${key}:deferred`, 'tool', items(true), true)];
}

/** Bytes of a definition as compact JSON, without escapes. Not written again to be measured: it may be nested deeper than that goes. */
function sizeOf(definition: unknown): number {
  let size = 0;
  const rest = [definition];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === 'string') size += value.length + 2;
    else if (typeof value !== 'object' || value === null) size += String(value).length;
    else {
      const fields = Object.entries(value);
      size += 2 + Math.max(0, fields.length - 1);
      if (!Array.isArray(value)) for (const [key] of fields) size += key.length + 3;
      for (const [, inner] of fields) rest.push(inner);
    }
  }
  return size;
}

/** A thread that repeats its parent's lines has their lists in its own context. */
const keyOf = (state: State, entry: Entry): string => lineKey(state, entry, state.where.session);

function listing(
  state: State,
  { at }: Entry,
  key: string,
  kind: ListedKind,
  items: readonly ListedItem[],
  deferred = false,
): readonly ListingEvent[] {
  if (items.length === 0) return [];
  return [
    {
      type: 'listing',
      where: state.where,
      key: `${key}:${kind}:added`,
      at,
      kind,
      change: 'added',
      ...(deferred && { deferred }),
      items,
    },
  ];
}
