import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, FailError, UsageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { safeText } from '../render/safe-text.ts';
import { loadContext, type Context } from './context.ts';
import { loadCommands, loadReports } from './load.ts';
import { addCommonOptions } from './options.ts';
import { addOverview } from './overview.ts';
import { packaged } from './packaged.ts';
import { addReport } from './report-command.ts';

/** Runs one command line; the result is the exit code. Everything it prints goes to `world`. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    if (world.home === '') throw new FailError('The home folder is not known: HOME is not set, and this user has none.', 'Set HOME.');
    const context = await loadContext(world);
    const program = addCommonOptions(programOf(world));
    await addCommands(program, argv[0], context);
    inherit(program);
    program.hook('preAction', (_, command) => addDefaults(command, context));
    // Alone it answers; with a word that is no command it must not take it for an argument.
    if (program.parseOptions([...argv]).operands.length === 0) addOverview(program, context);
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return complain(error, world);
  }
}

/** What is set counts where the command line says nothing; setting itself must work where it cannot be understood. */
function addDefaults(command: Command, context: Context): void {
  if (command.name() === 'config' || command.parent?.name() === 'config') return;
  const { days, format, color } = context.settings;
  const said = new Set(Object.keys(command.optsWithGlobals()));
  const add = (name: string, value: string | boolean | undefined): void => {
    if (value !== undefined && !said.has(name) && command.options.some((option) => option.attributeName() === name))
      command.setOptionValueWithSource(name, value, 'config');
  };
  if (!said.has('json')) add('format', format);
  if (color !== 'auto' && !context.world.env['NO_COLOR'] && !context.world.env['FORCE_COLOR']) add('color', color === 'always');
  // Only a question has a window: what deletes by days is told each time.
  const asks = command.options.some((option) => option.attributeName() === 'since');
  if (asks && !said.has('since') && !said.has('until')) add('days', days?.toString());
}

/** A report and a command have the name of their file: when it comes first, only that file is loaded. */
async function addCommands(program: Command, first: string | undefined, context: Context): Promise<void> {
  const [reports, commands] = await Promise.all([loadReports(first), loadCommands(first)]);
  const isNamed = reports.length + commands.length > 0;
  for (const report of isNamed ? reports : await loadReports()) addReport(program, report, context);
  for (const command of isNamed ? commands : await loadCommands()) command.add(program, context);
}

function programOf(world: World): Command {
  const { version } = JSON.parse(readFileSync(packaged('package.json'), 'utf8'));
  return new Command('usage')
    .description('Which tools of your coding agents work, what they cost, and which only take up context.')
    .version(String(version), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => world.stdout.write(text), writeErr: () => {} })
    .exitOverride();
}

/** Sub-commands answer errors and print help like the program itself. */
function inherit(program: Command): void {
  for (const command of program.commands) command.copyInheritedSettings(program).helpOption('-h, --help', 'print help');
}

/** The one place that turns an error into words and an exit code. */
function complain(error: unknown, world: World): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
    return say(
      world,
      `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`,
      rest.join(' ').replace(/^\(|\)$/g, '') || 'See: usage --help',
      EXIT.usage,
    );
  }
  if (error instanceof UsageError) return say(world, error.message, error.hint, EXIT.usage);
  if (error instanceof FailError) return say(world, error.message, error.hint, error.exitCode);
  if (isMissingBinding(error)) {
    return say(
      world,
      'The database binding is missing or was built for another Node.',
      'Run: npm rebuild better-sqlite3 (installed globally: npm i -g usage --allow-scripts=better-sqlite3)',
      EXIT.failed,
    );
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return say(world, `This is a bug in usage: ${trace}`, undefined, EXIT.failed, (text) => text.split('\n').map(safeText).join('\n'));
}

/** A binding that was not built, or cannot be loaded, is found out when the first database is opened. */
function isMissingBinding(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return code === 'ERR_DLOPEN_FAILED' || /Could not locate the bindings file|better[_-]sqlite3\.node/.test(error.message);
}

function say(
  world: World,
  message: string,
  hint: string | undefined,
  exitCode: number,
  clean: (text: string) => string = safeText,
): number {
  world.stderr.write(`usage: ${clean(message)}${hint === undefined ? '' : ` ${clean(hint)}`}\n`);
  return exitCode;
}
