import { DAY_MS, formatDay, UNDATED_DAY } from '../../model/time.ts';
import type { Query } from '../../reports/common/query.ts';
import type { Db } from '../../store/db.ts';
import type { Settings } from '../settings.ts';
import type { State } from './state.ts';

/** One thing that is well, or what to do about it. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix: string | null;
  /** What it says to scripts; absent: it only advises. */
  readonly exit?: 'failed' | 'stale';
}

/** What is looked at each time; `cleanupDays`: how long Claude Code keeps logs. None of it reads more than a few rows. */
export function checksOf(state: State, settings: Settings, cleanupDays: number): readonly Check[] {
  return [importsCheck(state), ...logsCheck(state, cleanupDays), pricesCheck(state), sumsCheck(state), ...labelsCheck(state, settings)];
}

function importsCheck({ runs, lockedBy }: State): Check {
  const check = (ok: boolean, detail: string, fix: string | null): Check => ({ name: 'imports', ok, detail, fix });
  if (lockedBy !== null) return check(true, 'one is running', null);
  if (runs.lastAt === null) return check(false, 'never ran', 'Run: usage import');
  if (runs.error !== null) return check(false, 'the last one failed', 'Mend what it says, then run: usage import');
  return check(true, 'the last one ended well', null);
}

/** Claude Code deletes logs after so many days: each must be read before. */
function logsCheck({ sources, runs }: State, cleanupDays: number): readonly Check[] {
  if (runs.largestGapMs === null || !sources.some(({ source }) => source === 'claude')) return [];
  const days = runs.largestGapMs / DAY_MS;
  const ok = days < cleanupDays;
  return [
    {
      name: 'logs',
      ok,
      detail: `deleted after ${cleanupDays} days; at most ${days < 1 ? 'a day' : `${days.toFixed(1)} days`} between two imports`,
      fix: ok ? null : 'Import more often (usage cron install) or raise cleanupPeriodDays',
    },
  ];
}

function pricesCheck({ tokens, unpricedTokens }: State): Check {
  const share = tokens === 0 ? 1 : 1 - unpricedTokens / tokens;
  // Rounded down: 100 % means all of them.
  const percent = (Math.floor(share * 1000) / 10).toFixed(1);
  const ok = unpricedTokens === 0;
  return {
    name: 'prices',
    ok,
    detail: tokens === 0 ? 'no tokens yet' : `${percent} % of all tokens have a price`,
    fix: ok ? null : 'See: usage prices missing',
  };
}

function sumsCheck({ dirtyDays }: State): Check {
  const ok = dirtyDays === 0;
  return {
    name: 'days',
    ok,
    detail: ok ? 'all are added up' : `${dirtyDays} are still to be added up`,
    fix: ok ? null : 'Run: usage import',
  };
}

function labelsCheck({ labels, homeZone }: State, settings: Settings): readonly Check[] {
  const differs = (name: string, set: string | undefined, has: string): readonly Check[] =>
    set === undefined || set === has ? [] : [{ name, ok: false, detail: `${has} in the store, ${set} is set`, fix: 'Run: usage import' }];
  return [...differs('labels', settings.labels, labels), ...differs('timezone', settings.timezone, homeZone.name)];
}

export function lagCheck({ runs, now }: State, maxLag: number | null): readonly Check[] {
  if (maxLag === null) return [];
  const lag = lagSeconds(runs.lastOkAt, now);
  const ok = lag !== null && lag <= maxLag;
  return [
    {
      name: 'lag',
      ok,
      detail: lag === null ? 'never ran' : `${lag} s since the last good import`,
      fix: ok ? null : 'Run: usage import',
      exit: 'stale',
    },
  ];
}

export const lagSeconds = (lastOkAt: number | null, now: number): number | null =>
  lastOkAt === null ? null : Math.max(0, Math.floor((now - lastOkAt) / 1000));

/** Adds up everything anew and compares; reads the whole store. */
export async function verifyChecks(db: Db, everything: Query): Promise<readonly Check[]> {
  const { verifyUsed } = await import('../../store/carried.ts');
  const { verifyExposures } = await import('../../reports/common/exposure.ts');
  const { verifyRollups } = await import('../../store/rollups.ts');
  const { verifyScores } = await import('../../store/scores.ts');
  const wrong = await verifyRollups(db);
  const named = wrong
    .slice(0, 5)
    .map(({ rollup, day, session }) => `${rollup} ${day === UNDATED_DAY ? 'undated' : formatDay(day)} ${session}`);
  const tools = await verifyScores(db);
  const things = [...new Set([...(await verifyUsed(db)), ...(await verifyExposures(db, everything))])];
  const integrity = String((await db.get('pragma integrity_check(1)'))?.['integrity_check'] ?? 'unknown');
  const check = (name: string, ok: boolean, good: string, bad: string, fix: string): Check => ({
    name,
    ok,
    detail: ok ? good : bad,
    fix: ok ? null : fix,
    exit: 'failed',
  });
  const rebuild = 'Run: usage import --rebuild';
  return [
    check(
      'sums',
      wrong.length === 0,
      'every sum of a day equals its facts',
      `${wrong.length} sums differ from their facts: ${named.join(', ')}`,
      rebuild,
    ),
    check(
      'scores',
      tools.length === 0,
      'every score of a tool equals its calls',
      `${tools.length} scores differ from their calls: ${tools.slice(0, 5).join(', ')}`,
      rebuild,
    ),
    check(
      'weights',
      things.length === 0,
      'all that requests carried and what was used equal the facts',
      `of ${things.length} things the sums differ from the facts: ${things.slice(0, 5).join(', ')}`,
      rebuild,
    ),
    check(
      'database',
      integrity === 'ok',
      'the file is sound',
      'the file is damaged',
      'Restore it from a backup, or move it away and run: usage import',
    ),
  ];
}
