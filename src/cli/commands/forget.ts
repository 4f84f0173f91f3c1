import { UsageError } from '../../model/errors.ts';
import type { Zone } from '../../model/time.ts';
import type { Db } from '../../store/db.ts';
import type { CliCommand, Context } from '../context.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { projectOf } from '../question.ts';

interface Options extends CommonOptions {
  readonly session?: string;
  readonly project?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Erases sessions, and keeps them from coming in again. */
export const command: CliCommand = {
  name: 'forget',
  summary: 'Erase a session or a project for good',
  purpose: 'Erase a session, or all sessions of a project, for good: facts, sums and names. Logs are not touched.',
  examples: [
    ['usage forget --project lighthouse-log --dry-run', 'what would go'],
    ['usage forget --session 1e685a05 --yes', 'without a question'],
  ],
  group: 'care',
  order: 60,
  add: (command, context) => {
    command
      .option('--session <session>', 'a session, by the beginning of its id')
      .option('--project <project>', 'a folder, the last parts of its path, or . for this one')
      .option('--dry-run', 'show what would go, erase nothing')
      .option('-y, --yes', 'do not ask');
    addCommonOptions(command);
    command.action(() => forget(command.optsWithGlobals<Options>(), context));
  },
};

async function forget(options: Options, context: Context): Promise<void> {
  const { world } = context;
  if ((options.session === undefined) === (options.project === undefined))
    throw new UsageError('What to forget is a session or a project.', 'Use --session ID or --project PATH.');
  if (options.dryRun !== true && options.yes !== true && world.ask === undefined)
    throw new UsageError(
      'There is no terminal to ask at, and forgetting cannot be undone.',
      'Say --yes, or see what would go with --dry-run.',
    );
  const path = context.storePath(options);
  const { ids, what } = await context.reading(path, (db, zone) => targets(db, zone, options, context));
  const { applyForget, forgetTable, planForget } = await import('../../retention/forget.ts');
  const { loadCost } = await import('../../import/prices.ts');
  await context.writing(path, async (store) => {
    const unlock = store.lock(world.now());
    try {
      const applier = store.applier(await loadCost(store));
      if (options.yes !== true || options.dryRun === true) {
        await context.print(forgetTable(await planForget(store, applier, ids), what), 'forget', options);
        if (options.dryRun === true) return;
        const answer = await world.ask?.(`Erase ${ids.length === 1 ? 'this session' : `these ${ids.length} sessions`} for good? [y/N] `);
        if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) return world.stderr.write('Nothing was erased.\n');
      }
      await context.print(forgetTable(applyForget(store, applier, ids), what), 'forget', options);
    } finally {
      unlock();
    }
  });
}

/** The sessions that are meant, and how to name them. */
async function targets(db: Db, zone: Zone, options: Options, context: Context): Promise<{ ids: readonly number[]; what: string }> {
  if (options.session !== undefined) {
    const { findSession } = await import('../../reports/session.ts');
    const session = await findSession(db, options.session);
    return { ids: [Number(session['id'])], what: `Session ${String(session['key'])}` };
  }
  const { everything, NO_FILTERS, sessionsWhere } = await import('../../reports/common/query.ts');
  const project = projectOf(options.project, context.world.cwd);
  if (project === null) throw new UsageError('--project is empty.', 'Name a folder, or "." for this one.');
  const { projectAsked } = await import('../../store/labels.ts');
  const filters = { ...NO_FILTERS, project: await projectAsked(db, project) };
  const where = sessionsWhere({ ...everything(context.now(options), zone), filters });
  const rows = await db.all(
    `select s.id, p.path from sessions s join projects p on p.id = s.project_id where ${where.sql} order by p.path`,
    where.params,
  );
  if (rows.length === 0) {
    const { unknownName } = await import('../../reports/common/why-empty.ts');
    throw await unknownName(db, 'project', project);
  }
  return { ids: rows.map((row) => Number(row['id'])), what: `Project ${[...new Set(rows.map((row) => String(row['path'])))].join(', ')}` };
}
