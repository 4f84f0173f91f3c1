import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../../model/world.ts';
import type { CliCommand, Context } from '../context.ts';
import { importLines, lookedFor } from '../import-summary.ts';
import { loadReports, loadSources } from '../load.ts';
import { addStoreOption, type QueryOptions } from '../options.ts';
import { packaged } from '../packaged.ts';
import { openProgress } from '../progress.ts';
import { answer } from '../report-command.ts';
import type { ImportReport } from '../run-import.ts';

/** The main job in one go: import, then the report. Where there are no logs it shows the same on sample logs. */
export const command: CliCommand = {
  name: 'start',
  summary: 'Import, then report; on sample logs where there are none',
  purpose: 'Import, then report: the main job in one go. Where this machine has no logs, sample logs show how it looks.',
  examples: [['usage start', 'begin here']],
  group: 'feed',
  order: 20,
  add: (command, context) => {
    addStoreOption(command);
    command.action(async () => start(command.optsWithGlobals<QueryOptions>(), context));
  },
};

async function start(options: QueryOptions, context: Context): Promise<void> {
  const { world } = context;
  const storePath = context.storePath(options);
  const { findLogs } = await import('../../import/find-logs.ts');
  const { logs, looked } = await findLogs({ sources: await loadSources(), paths: [], roots: [], context: world, cwd: world.cwd });
  if (logs.length > 0 || existsSync(storePath)) {
    const report = await importAll(storePath, context);
    if (report.totals.sessions > 0) return show(report, options, context);
  }
  const folder = mkdtempSync(join(tmpdir(), 'usage-sample-'));
  try {
    for (const line of lookedFor(looked, world.home)) context.say(line);
    context.say('This is what usage says about its sample logs, in a store that is removed again:');
    context.say('');
    const sample = context.at(packaged('fixtures/sample/home'), withoutFolders(world.env));
    const db = join(folder, 'usage.sqlite3');
    await show(await importAll(db, sample), { ...options, db, days: 'all' }, sample);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importAll(storePath: string, context: Context): Promise<ImportReport> {
  const progress = openProgress(context.world, false);
  try {
    const { plainImport, runImport } = await import('../run-import.ts');
    return await runImport(storePath, plainImport(await loadSources(), context, context.now({})), context, progress);
  } finally {
    progress.end();
  }
}

async function show(report: ImportReport, options: QueryOptions, context: Context): Promise<void> {
  const { lines } = importLines(report, { dryRun: false, rebuild: false, home: context.world.home });
  for (const line of [...lines, '']) context.say(line);
  const reports = await loadReports();
  for (const name of ['report', 'tools']) {
    const found = reports.find((each) => each.name === name);
    if (found !== undefined) await answer(found, null, name === 'tools' ? { ...options, limit: '15' } : options, context);
    context.say('');
  }
}

/** Variables that would lead away from the home of the sample logs. */
const withoutFolders = (env: World['env']): World['env'] => ({
  ...env,
  CLAUDE_CONFIG_DIR: undefined,
  CODEX_HOME: undefined,
  XDG_CONFIG_HOME: undefined,
});
