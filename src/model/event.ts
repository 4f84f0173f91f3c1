/**
 * What one line of a log can say. A source turns lines into these events; the store merges them by key.
 *
 * An event is partial: a tool call and its later result are two `call` events with one key, and a response
 * that is streamed over several lines is several `request` events with one key. Whatever a line does not say
 * is left out. All times are integer milliseconds UTC.
 */

/** How a tool call ended. `open`: no result has been seen. */
export const OUTCOMES = ['open', 'ok', 'error', 'timeout', 'declined', 'interrupted', 'blocked', 'cancelled', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why a call failed, in one bounded word: never the text of the error. */
export const ERROR_CLASSES = [
  'exit_code',
  'timeout',
  'permission',
  'not_found',
  'edit_mismatch',
  'invalid_input',
  'unknown_tool',
  'network',
  'unclassified',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

export const TOOL_KINDS = ['builtin', 'mcp', 'skill', 'agent', 'command'] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

/** The place of a line: which thread of which session wrote it. */
export interface Where {
  /** The session's own id, as its log gives it. */
  readonly session: string;
  /** Id of the sub-agent that wrote the line; '' is the main thread. */
  readonly agent: string;
  /** Not of the main thread: a sub-agent, or a replay by one. */
  readonly sidechain: boolean;
  /** The line says that it was copied from another session (a fork, a resume). */
  readonly copied: boolean;
  /** Whose session it is, where a log holds sessions of several agents; else the source's own. */
  readonly source?: string | undefined;
}

/** A sign of life of a session. `project`, `branch`, `clientVersion`: the newest by time wins. */
export interface SessionEvent {
  readonly type: 'session';
  readonly where: Where;
  readonly at?: number | undefined;
  readonly project?: string | undefined;
  readonly branch?: string | undefined;
  readonly clientVersion?: string | undefined;
  readonly entrypoint?: string | undefined;
  /** Id of the session that this one was forked from or spawned by. */
  readonly parent?: string | undefined;
  /** The line names another session than its file does. */
  readonly misfiled?: true | undefined;
}

/** Why a turn began. `command`: a typed slash command. */
export type TurnTrigger = 'human' | 'command' | 'notification';

/** A turn: one thing a person asked for, with all that the agent did for it. Stated by the log or derived from its lines. */
export interface TurnEvent {
  readonly type: 'turn';
  readonly where: Where;
  readonly key: string;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly reportedMs?: number | undefined;
  readonly trigger?: TurnTrigger | undefined;
  /** Name of the slash command, without its slash and arguments. */
  readonly command?: string | undefined;
  readonly outcome?: Outcome | undefined;
}

/**
 * One response of a model. Token parts are disjoint: their sum is what was processed. `reasoning` is the part of
 * `output` that was reasoning, for information only.
 */
export interface RequestEvent {
  readonly type: 'request';
  readonly where: Where;
  readonly key: string;
  readonly at?: number | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly cacheReadTokens?: number | undefined;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly outputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  readonly webSearches?: number | undefined;
  /** What the log itself says that the request cost, in 10⁻⁹ USD. */
  readonly reportedNanoUsd?: number | undefined;
  /** `retry`: an attempt that failed and was made again; it is no request of its own. */
  readonly status?: 'ok' | 'error' | 'retry' | undefined;
  readonly httpStatus?: number | undefined;
  readonly turn?: string | undefined;
  /** The skill that the log holds responsible for the request. */
  readonly skill?: string | undefined;
  /** Its lines are known to name different models. */
  readonly conflict?: boolean | undefined;
}

export interface Reads {
  readonly kind: 'skill' | 'memory';
  readonly items: readonly ListedItem[];
}

/** One half of a tool call, or both. */
export interface CallEvent {
  readonly type: 'call';
  readonly where: Where;
  readonly key: string;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  /** Duration as the log states it. */
  readonly reportedMs?: number | undefined;
  /** The tool's name as written by the model, `mcp__server__tool` included. */
  readonly tool?: string | undefined;
  /** What the tool was pointed at, by name only: a skill, a sub-agent type, a slash command, the program of a shell command. */
  readonly item?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly errorClass?: ErrorClass | undefined;
  /** Files of skills, by the skills' names, or memory files, by their paths, that the call takes into the context when it goes well. */
  readonly reads?: Reads | undefined;
  /** Key of the request whose response made the call. */
  readonly request?: string | undefined;
  readonly turn?: string | undefined;
  /** Its lines are known to name different tools, or different things to point them at. */
  readonly conflict?: boolean | undefined;
}

/** The conversation was cut down to a summary to make room. */
export interface CompactionEvent {
  readonly type: 'compaction';
  readonly where: Where;
  readonly key: string;
  readonly at?: number | undefined;
  readonly trigger?: 'auto' | 'manual' | undefined;
  /** Tokens in the context before it. */
  readonly preTokens?: number | undefined;
}

/** A record (memory file, knowledge, skill, workflow) that was taken into the context: asked for, or put there unasked. */
export interface ContextEvent {
  readonly type: 'context';
  readonly where: Where;
  readonly key: string;
  readonly at?: number | undefined;
  /** Kind of the record as the log names it: `decision`, `knowledge`, `skill`, `memory`, … */
  readonly kind: string;
  readonly slug: string;
  /** What brought it in, as the log names it: `MemoryRead`, `ResidentInjection`, … */
  readonly origin?: string | undefined;
  /** `use`: it was asked for. `exposure`: it is resident, whether needed or not; never counted as a use. */
  readonly role: 'use' | 'exposure';
  readonly sizeBytes?: number | undefined;
  /** As the log estimates it, else bytes ÷ 4, rounded up. */
  readonly tokens?: number | undefined;
}

export const LISTED_KINDS = ['skill', 'agent', 'mcp_server', 'mcp_tool', 'tool', 'memory'] as const;
export type ListedKind = (typeof LISTED_KINDS)[number];

export interface ListedItem {
  readonly name: string;
  /** Bytes that stand in the context because of it; absent: the log does not tell. */
  readonly sizeBytes?: number | undefined;
}

/** A list of things that stand in a thread's context from here on, or that left it. Whether one was needed is another matter. */
export interface ListingEvent {
  readonly type: 'listing';
  readonly where: Where;
  readonly key: string;
  readonly at?: number | undefined;
  readonly kind: ListedKind;
  readonly change: 'added' | 'removed';
  /** Only names are in the context; a definition comes when it is asked for. */
  readonly deferred?: boolean | undefined;
  readonly items: readonly ListedItem[];
}

export type FactEvent = TurnEvent | RequestEvent | CallEvent | CompactionEvent | ContextEvent | ListingEvent;
export type LogEvent = SessionEvent | FactEvent;
