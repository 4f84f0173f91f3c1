import type { Database, Statement } from 'better-sqlite3';
import type { SessionEvent } from '../model/event.ts';
import type { FactContext } from './tables/table.ts';

/** What one file says about one session. A label's time decides between two of them: the newest counts. */
interface Part {
  first_at: number | null;
  last_at: number | null;
  project: string | null;
  project_at: number | null;
  branch: string | null;
  branch_at: number | null;
  client_version: string | null;
  client_version_at: number | null;
  entrypoint: string | null;
  parent: string | null;
  /** 1: a line of the file names this session, and the file another one. */
  misfiled: number;
}

const EMPTY: Part = {
  first_at: null,
  last_at: null,
  project: null,
  project_at: null,
  branch: null,
  branch_at: null,
  client_version: null,
  client_version_at: null,
  entrypoint: null,
  parent: null,
  misfiled: 0,
};

const SELECT = `select first_at, last_at, p.path as project, project_at, branch, branch_at, client_version, client_version_at, entrypoint, parent,
  misfiled from session_files f left join projects p on p.id = f.project_id`;

export interface Sessions {
  /** Takes one sign of life into account; kept until `flush`. */
  see(sessionId: number, fileId: number, event: SessionEvent): void;
  /** Writes what was seen; returns the sessions whose end moved. */
  flush(): readonly number[];
  /** Makes the rows of sessions anew from what their files say. */
  refresh(sessionIds: Iterable<number>): readonly number[];
}

export function openSessions(db: Database, context: Pick<FactContext, 'names' | 'dayOf'>): Sessions {
  const parts: Statement<[number], Part> = db.prepare(`${SELECT} where session_id = ?`);
  const part: Statement<[number, number], Part> = db.prepare(`${SELECT} where session_id = ? and file_id = ?`);
  const savePart = db.prepare(
    `insert or replace into session_files (session_id, file_id, first_at, last_at, project_id, project_at, branch, branch_at,
       client_version, client_version_at, entrypoint, parent, misfiled) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const lastAt: Statement<[number], { last_at: number | null }> = db.prepare('select last_at from sessions where id = ?');
  const save = db.prepare(
    `update sessions set first_at = ?, last_at = ?, project_id = ?, branch = ?, client_version = ?, entrypoint = ?, parent = ?, day = ? where id = ?`,
  );
  const projectId = (path: string | null): number | null => (path === null ? null : context.names.project(path));
  const seen = new Map<number, Map<number, Part>>();

  const see = (sessionId: number, fileId: number, event: SessionEvent): void => {
    let files = seen.get(sessionId);
    if (files === undefined) seen.set(sessionId, (files = new Map()));
    let known = files.get(fileId);
    if (known === undefined) files.set(fileId, (known = part.get(sessionId, fileId) ?? { ...EMPTY }));
    const at = event.at ?? null;
    if (at !== null) {
      if (known.first_at === null || at < known.first_at) known.first_at = at;
      if (known.last_at === null || at > known.last_at) known.last_at = at;
    }
    const time = at ?? -1;
    const project = event.project === undefined ? undefined : context.names.projectLabel(event.project);
    if (project !== undefined && isNewer(time, project, known.project_at, known.project)) {
      known.project = project;
      known.project_at = time;
    }
    if (event.branch !== undefined && isNewer(time, event.branch, known.branch_at, known.branch)) {
      known.branch = event.branch;
      known.branch_at = time;
    }
    if (event.clientVersion !== undefined && isNewer(time, event.clientVersion, known.client_version_at, known.client_version)) {
      known.client_version = event.clientVersion;
      known.client_version_at = time;
    }
    known.entrypoint = larger(known.entrypoint, event.entrypoint ?? null);
    known.parent = larger(known.parent, event.parent ?? null);
    if (event.misfiled === true) known.misfiled = 1;
  };

  const flush = (): readonly number[] => {
    for (const [sessionId, files] of seen) {
      for (const [fileId, known] of files) {
        const { project, ...rest } = known;
        savePart.run(
          sessionId,
          fileId,
          rest.first_at,
          rest.last_at,
          projectId(project),
          rest.project_at,
          rest.branch,
          rest.branch_at,
          rest.client_version,
          rest.client_version_at,
          rest.entrypoint,
          rest.parent,
          rest.misfiled,
        );
      }
    }
    const moved = refresh(seen.keys());
    seen.clear();
    return moved;
  };

  const refresh = (sessionIds: Iterable<number>): readonly number[] => {
    const moved: number[] = [];
    for (const sessionId of sessionIds) {
      const whole = parts.all(sessionId).reduce(joinParts, { ...EMPTY });
      const before = lastAt.get(sessionId)?.last_at ?? null;
      const day = whole.first_at === null ? null : context.dayOf(whole.first_at);
      const { first_at, last_at, project, branch, client_version, entrypoint, parent } = whole;
      save.run(first_at, last_at, projectId(project), branch, client_version, entrypoint, parent, day, sessionId);
      if (before !== last_at) moved.push(sessionId);
    }
    return moved;
  };

  return { see, flush, refresh };
}

/** Newest by event time; at equal times the later in the alphabet, so that the order of reading plays no part. */
function isNewer(at: number, value: string, knownAt: number | null, known: string | null): boolean {
  if (knownAt === null || at !== knownAt) return knownAt === null || at > knownAt;
  return known !== null && value > known;
}

const larger = (a: string | null, b: string | null): string | null => (a === null ? b : b === null || a > b ? a : b);

function joinParts(a: Part, b: Part): Part {
  const project = newest(a, b, 'project', 'project_at');
  const branch = newest(a, b, 'branch', 'branch_at');
  const version = newest(a, b, 'client_version', 'client_version_at');
  return {
    first_at: a.first_at === null ? b.first_at : b.first_at === null ? a.first_at : Math.min(a.first_at, b.first_at),
    last_at: a.last_at === null ? b.last_at : b.last_at === null ? a.last_at : Math.max(a.last_at, b.last_at),
    project: project.project,
    project_at: project.project_at,
    branch: branch.branch,
    branch_at: branch.branch_at,
    client_version: version.client_version,
    client_version_at: version.client_version_at,
    entrypoint: larger(a.entrypoint, b.entrypoint),
    parent: larger(a.parent, b.parent),
    misfiled: Math.max(a.misfiled, b.misfiled),
  };
}

function newest(
  a: Part,
  b: Part,
  label: 'project' | 'branch' | 'client_version',
  time: 'project_at' | 'branch_at' | 'client_version_at',
): Part {
  const [value, at] = [b[label], b[time]];
  return value !== null && at !== null && isNewer(at, value, a[time], a[label]) ? b : a;
}
