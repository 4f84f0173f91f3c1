/** No text of a fixture has it. */
export const CANARY = 'sang in the mine';

/** Fields that hold a name, an id, a time or a word of the format. All other text is somebody's, and stays where it is. */
const NAMES: ReadonlySet<string> = new Set(
  [
    'type subtype role kind status source name model version timestamp id',
    'uuid sessionId agentId promptId requestId tool_use_id messageUuid cwd gitBranch entrypoint skill subagent_type attributionSkill',
    'session_id turn_id call_id forked_from_id parent_thread_id thread_source branch originator cli_version model_provider model_provider_id',
    'namespace server tool agent_type agent_nickname agent_role nickname subagent record_type',
    'event_id thread_id tool_id tool_name provider workspace',
    'occurred_at segment_id event slug',
    'key session agent project clientVersion parent trigger command outcome errorClass item request turn origin change',
    'path file_path names skillNames addedNames removedNames readdedNames addedTypes removedTypes items',
  ].flatMap((names) => names.split(' ')),
);

/** Marks every free text, also in JSON that is written into a string, as the arguments of a call are. `asKey`: as a key of every object, too. */
export function mark(json: string, how: (text: string) => string, asKey = false): string {
  const listsOfNames = new Set<unknown>();
  return JSON.stringify(JSON.parse(json), function (this: unknown, key, value: unknown) {
    const isName = NAMES.has(key) || listsOfNames.has(this);
    if (isName && Array.isArray(value)) listsOfNames.add(value);
    if (asKey && typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value, [CANARY]: 1 };
    if (typeof value !== 'string' || isName) return value;
    return /^[{[]/.test(value) && isJson(value) ? mark(value, how, asKey) : how(value);
  });
}

export function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
