import type { SessionEvent, Where } from '../../model/event.ts';
import { flag, name, object, type JsonObject } from '../../model/json.ts';
import type { Entry, State } from './state.ts';

/** Neighbouring lines stand in one place, which is then one object. */
export function placeOf(state: State, fields: JsonObject): Where {
  const sidechain = flag(fields, 'isSidechain');
  const session = name(fields, 'sessionId') ?? state.stem;
  const agent = sidechain ? (name(fields, 'agentId') ?? 'sidechain') : '';
  const copied = object(fields, 'forkedFrom') !== undefined;
  const last = state.place;
  if (last?.session === session && last.agent === agent && last.sidechain === sidechain && last.copied === copied) return last;
  return (state.place = { session, agent, sidechain, copied });
}

/** Every line says which session is alive, and where. */
export function signOfLife(state: State, { fields, where, at }: Entry): SessionEvent {
  const project = projectOf(state, fields, where);
  const branch = name(fields, 'gitBranch');
  const clientVersion = name(fields, 'version');
  const entrypoint = name(fields, 'entrypoint');
  const parent = name(object(fields, 'forkedFrom'), 'sessionId');
  const isMisfiled = !where.sidechain && state.isNamedById && where.session !== state.stem;
  return {
    type: 'session',
    where,
    at,
    misfiled: isMisfiled ? true : undefined,
    project,
    branch,
    clientVersion,
    entrypoint,
    parent,
  };
}

/**
 * The directory that the session was started in. Later lines may stand in a subdirectory or a worktree; the folder of
 * the log is named after the first one, which tells them apart. Where no line fits the folder (a log that was moved, a
 * name too long for a folder) the first one of the main thread counts.
 */
function projectOf(state: State, fields: JsonObject, { sidechain }: Where): string | undefined {
  const cwd = name(fields, 'cwd');
  if (cwd === undefined) return undefined;
  if (cwd === state.project) return cwd;
  if (cwd.replace(/[^A-Za-z0-9]/g, '-') === state.folder) state.project = cwd;
  else if (!sidechain) state.project ??= cwd;
  return state.project;
}
