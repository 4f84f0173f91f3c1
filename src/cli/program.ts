import { Command } from 'commander';
import type { Report } from '../reports/common/report.ts';
import { columnsOf, wantsColor } from './output.ts';
import type { CliCommand, Context } from './context.ts';
import { describe, GROUPS, inOrder } from './help/about.ts';
import { pageOf } from './help/page.ts';
import { helpText } from './help/text.ts';
import { listing } from './listing.ts';
import { loadCommands, loadReports } from './load.ts';
import { addCommonOptions } from './options.ts';
import { OVERVIEW } from './overview.ts';
import { version } from './version.ts';
import { wrongUse } from './wrong-use.ts';
import { addReport, placedOf } from './report-command.ts';

/** The command line and all that can be said on it. */
export async function wholeProgram(context: Context): Promise<Command> {
  const [reports, commands] = await Promise.all([loadReports(), loadCommands()]);
  return programOf(context, reports, commands);
}

/** The command line where `first` is its first word: a command is loaded alone; of any other word the commands are listed. */
export async function programFor(context: Context, first: string | undefined): Promise<Command> {
  const [reports, commands] = first === undefined ? [[], []] : await Promise.all([loadReports(first), loadCommands(first)]);
  const program = programOf(context, reports, commands);
  if (program.commands.length > 0) return program;
  for (const { name, summary, group } of await listing()) program.command(name).summary(summary).helpGroup(GROUPS[group]);
  return program;
}

function programOf(context: Context, reports: readonly Report[], commands: readonly CliCommand[]): Command {
  const program = emptyProgram(context);
  const all = [
    ...reports.map((report) => ({ ...placedOf(report), add: (command: Command) => addReport(command, report, context) })),
    ...commands,
  ];
  for (const each of inOrder(all)) each.add(describe(program.command(each.name), each).helpGroup(GROUPS[each.group]), context);
  // Each knows where it stands, so its complaints can tell.
  for (const command of withAll(program))
    command.exitOverride((error) => {
      throw error.exitCode === 0 ? error : wrongUse(error, command);
    });
  return program;
}

/** A command and all below it. */
export const withAll = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withAll)];

function emptyProgram(context: Context): Command {
  const { world } = context;
  const program = new Command('usage')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: (text) => context.terminal.write(text), writeErr: () => {}, getOutHasColors: () => true })
    .configureHelp({
      formatHelp: (command) =>
        helpText(pageOf(command), { columns: columnsOf(world) ?? 80, color: wantsColor(world, {}, world.stdout.isTty) }),
    });
  addCommonOptions(describe(program, OVERVIEW));
  // Its answer takes what every answer takes; the list of commands is what people look for.
  for (const option of program.options) option.hideHelp(option.long !== '--version');
  return program;
}
