import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { grouped } from '../../model/number.ts';
import { findLogs } from '../../import/find-logs.ts';
import type { Log } from '../../import/plan.ts';
import { sameStat } from '../../import/scan.ts';
import { EXIT, FailError } from '../../model/errors.ts';
import type { Source } from '../../model/source.ts';
import { lastDays } from '../../model/time.ts';
import type { Context } from '../context.ts';
import { loadSources } from '../load.ts';
import type { CommonOptions } from '../options.ts';
import { plainImport, runImport } from '../run-import.ts';
import { openChanges } from './changes.ts';
import { paperOf, type Sight } from './paper.ts';

/** Goes on until it is interrupted; looks at the logs at least every `intervalMs`. */
export async function watch(intervalMs: number, options: CommonOptions, context: Context): Promise<void> {
  const { world } = context;
  const storePath = context.storePath(options);
  const sources = await loadSources();
  const roots = sources.flatMap((source) => source.roots(world)).map((root) => resolve(world.cwd, root));
  // Where nobody can end it, one look is all.
  const stop = world.interruption?.() ?? AbortSignal.abort();
  const importNew = openImport(storePath, sources, context);
  const changes = openChanges(world.platform);
  const paper = paperOf({ ...world, stdout: context.terminal }, options);
  try {
    do {
      const startedAt = world.now();
      changes.listen(roots);
      const { note, isWhole } = await importNew(stop);
      paper.show(await sightOf(storePath, note, context));
      const spentMs = world.now() - startedAt;
      if (isWhole) await changes.next(intervalMs, stop);
      // Logs are written in bursts; and the machine belongs to the agents.
      await sleep(isWhole ? Math.max(SETTLE_MS, SHARE * spentMs) : 0, stop);
    } while (!stop.aborted);
  } finally {
    changes.close();
    paper.close();
  }
}

const SETTLE_MS = 300;
/** Of the time between two looks, as many times what a look took is left free. */
const SHARE = 4;
/** What is there at first may take minutes to read: it is read in pieces, with a look at it, and at Ctrl-C, after each. */
const PIECE_SECONDS = 3;
/** So soon another import is asked again whether it has finished. */
const BUSY_MS = 1000;
/** So long after the last import another is made though nothing changed: it tells `status --max-lag` that all is well. */
const SIGN_MS = 5 * 60_000;

const sleep = (ms: number, stop: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal: stop }).catch(() => {});

interface Round {
  /** False: there is more to read. */
  readonly isWhole: boolean;
  /** What a person should know of it. */
  readonly note?: string;
}

/** An import, if any log is another than at the last one, or that is long ago: looking at them is cheap, and opens no store. */
function openImport(storePath: string, sources: readonly Source[], context: Context): (stop: AbortSignal) => Promise<Round> {
  const { world } = context;
  let known: readonly Log[] | undefined;
  let importedAt = 0;
  return async (stop) => {
    const { logs } = await findLogs({ sources, paths: [], roots: [], context: world, cwd: world.cwd });
    const now = world.now();
    if (known !== undefined && isSame(logs, known) && now - importedAt < SIGN_MS) return { isWhole: true };
    try {
      const { result } = await runImport(storePath, { ...plainImport(sources, context, now), maxSeconds: PIECE_SECONDS }, context);
      if (result.filesLeft > 0) return { isWhole: false, note: `${grouped(result.filesLeft)} files still to be read` };
      known = logs;
      importedAt = now;
      return { isWhole: true };
    } catch (error) {
      if (!(error instanceof FailError && error.exitCode === EXIT.locked)) throw error;
      await sleep(BUSY_MS, stop);
      return { isWhole: false, note: 'Another import is running; it is waited for' };
    }
  };
}

const isSame = (logs: readonly Log[], known: readonly Log[]): boolean =>
  logs.length === known.length &&
  logs.every((log, at) => {
    const other = known[at];
    return other?.path === log.path && sameStat(other.stat, log.stat);
  });

async function sightOf(storePath: string, note: string | undefined, context: Context): Promise<Sight> {
  return context.reading(storePath, async (db, homeZone) => {
    const [{ liveSessions }, { summaryTable }, { everything }] = await Promise.all([
      import('../../reports/common/running.ts'),
      import('../../reports/report.ts'),
      import('../../reports/common/query.ts'),
    ]);
    const now = context.world.now();
    const today = await summaryTable(db, { ...everything(now, homeZone), window: lastDays(1, now, homeZone) });
    return { at: now, live: await liveSessions(db, now, homeZone, context.outside), today, note };
  });
}
