import type { LogEvent, Where } from '../../model/event.ts';
import { asObject, field, name, object, text, type JsonObject } from '../../model/json.ts';
import { isUuid, type Entry, type State } from './state.ts';
import { enterTurn } from './turns.ts';

/**
 * The first meta of a file names its session. One with another id belongs to a parent whose lines are repeated here;
 * one with the same id says that the session was resumed.
 */
export function readMeta(state: State, { payload, at }: Entry): readonly LogEvent[] {
  const id = name(payload, 'id') ?? name(payload, 'session_id') ?? state.where.session;
  if (state.named && id !== state.where.session) return readAncestor(state, id, at);
  const forkedFrom = name(payload, 'forked_from_id');
  const spawn = object(object(object(payload, 'source'), 'subagent'), 'thread_spawn');
  const parent = forkedFrom ?? name(payload, 'parent_thread_id') ?? name(spawn, 'parent_thread_id');
  const isMisfiled = !state.named && isUuid(state.where.session) && state.where.session !== id;
  if (!state.named) {
    state.where = whereOf(id, payload, spawn, parent !== undefined);
    state.thread = forkedFrom ?? id;
    state.named = true;
  }
  const project = name(payload, 'cwd');
  const branch = name(object(payload, 'git'), 'branch');
  const clientVersion = name(payload, 'cli_version');
  const entrypoint = name(payload, 'originator') ?? name(payload, 'source');
  if (project !== undefined) state.project = project;
  useModel(state, undefined, name(payload, 'model_provider'));
  return [
    {
      type: 'session',
      where: state.where,
      at,
      misfiled: isMisfiled ? true : undefined,
      project,
      branch,
      clientVersion,
      entrypoint,
      parent,
    },
  ];
}

/** Older clients did not write `forked_from_id`: there the first repeated meta tells the parent. */
function readAncestor(state: State, id: string, at: number | undefined): readonly LogEvent[] {
  if (!state.leading) return [];
  state.thread = id;
  if (state.where.copied) return [];
  state.where = { ...state.where, copied: true };
  return [{ type: 'session', where: state.where, at, parent: id }];
}

/** `source` is a word, or `{subagent: …}` with a word (`review`), `{other: …}` or `{thread_spawn: …}` in it. */
function whereOf(session: string, payload: JsonObject, spawn: JsonObject | undefined, copied: boolean): Where {
  const subagent = field(object(payload, 'source'), 'subagent');
  const sidechain = subagent !== undefined || name(payload, 'thread_source') === 'subagent';
  if (!sidechain) return { session, agent: '', sidechain, copied };
  const nickname = name(spawn, 'agent_nickname') ?? name(payload, 'agent_nickname');
  const role = name(spawn, 'agent_role') ?? name(payload, 'agent_role');
  return {
    session,
    agent: nickname ?? role ?? text(subagent) ?? name(asObject(subagent), 'other') ?? 'subagent',
    sidechain,
    copied,
  };
}

/** Written at the start of a turn, and again inside of it. Its directory counts where no meta has told one. */
export function readTurnContext(state: State, { payload, at }: Entry): readonly LogEvent[] {
  enterTurn(state, name(payload, 'turn_id'));
  useModel(state, name(payload, 'model'), name(payload, 'model_provider'));
  const project = name(payload, 'cwd');
  if (project === undefined || state.project !== undefined) return [];
  state.project = project;
  return [{ type: 'session', where: state.where, at, project }];
}

export function readSettings(state: State, { payload }: Entry): readonly LogEvent[] {
  const settings = object(payload, 'thread_settings');
  useModel(state, name(settings, 'model'), name(settings, 'model_provider_id'));
  return [];
}

function useModel(state: State, model: string | undefined, provider: string | undefined): void {
  if (model !== undefined) state.model = model;
  if (provider !== undefined) state.provider = provider;
}
