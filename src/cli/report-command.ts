import type { Command } from 'commander';
import { EXIT } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import type { Report } from '../reports/common/report.ts';
import type { Context } from './context.ts';
import type { Placed } from './help/about.ts';
import { loadReports, loadSources } from './load.ts';
import { addCommonOptions, addQueryOptions, rendererOf, type QueryOptions } from './options.ts';
import { queryOf } from './question.ts';

export const placedOf = (report: Report): Placed => ({ ...report, purpose: report.question, group: 'answers' });

/** Makes a command of a report: the options, the question, the answer. */
export function addReport(command: Command, report: Report, context: Context): void {
  if (report.argument !== undefined) {
    const { name, summary, required } = report.argument;
    command.argument(required === true ? `<${name}>` : `[${name}]`, summary);
  }
  addCommonOptions(addQueryOptions(command, report));
  command.action(async (...args: unknown[]) => {
    const options = command.optsWithGlobals<QueryOptions>();
    const subject = report.argument !== undefined && typeof args[0] === 'string' ? args[0] : null;
    await answer(report, subject, options, context);
  });
}

export async function answer(report: Report, subject: string | null, options: QueryOptions, context: Context): Promise<void> {
  const sources = options.source === undefined ? [] : await agentsOf(context.world);
  await context.reading(context.storePath(options), async (db, homeZone) => {
    const place = { now: context.now(options), homeZone, cwd: context.world.cwd, sources };
    const asked = queryOf(options, report, place);
    const { project } = asked.filters;
    const filters =
      project === null
        ? asked.filters
        : { ...asked.filters, project: await (await import('../store/labels.ts')).projectAsked(db, project) };
    const query = { ...asked, filters, subject };
    const { document } = rendererOf(options);
    // Who asks for groups wants their table.
    const table =
      document === undefined || report.document === undefined || options.by !== undefined
        ? await report.run(db, query, context.outside)
        : await report.document(db, query, context.outside, { document, named: async (name) => (await loadReports(name))[0] });
    await context.print(table, subject === null ? report.name : report.name.replace(/s$/, ''), options);
    if (table.failed === true) context.exitCode = EXIT.failed;
  });
}

/** What --source can name. A format without places of its own holds other agents' sessions. */
async function agentsOf(world: World): Promise<readonly string[]> {
  const sources = await loadSources();
  return sources.filter((source) => source.roots(world).length > 0).map((source) => source.id);
}
