import type { Command } from 'commander';
import { EXIT, FailError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { complain } from './complain.ts';
import { COMPLETE } from './complete/words.ts';
import { loadContext, type Context } from './context.ts';
import { addOverview } from './overview.ts';
import { programFor } from './program.ts';
import { checkWords, noCommand } from './wrong-use.ts';

/** Runs one command line; the result is the exit code. Everything it prints goes to `world`. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  if (argv[0] === COMPLETE) {
    await (await import('./complete/answer.ts')).answerShell(argv.slice(1), world);
    return EXIT.ok;
  }
  try {
    if (world.home === '') throw new FailError('The home folder is not known: HOME is not set, and this user has none.', 'Set HOME.');
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
    const context = await loadContext(world);
    const program = await understood(words, context);
    program.hook('preAction', (_, command) => {
      checkWords(command);
      addDefaults(command, context);
    });
    await program.parseAsync(words, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return complain(error, world);
  }
}

/** The program with the command that is named. Alone it answers; a word that is no command is not taken for an argument, nor is it asked for help. */
async function understood(words: readonly string[], context: Context): Promise<Command> {
  const program = await programFor(context, words[0]);
  const [name] = program.parseOptions([...words]).operands;
  if (name === undefined) addOverview(program, context);
  else if (!program.commands.some((command) => command.name() === name)) throw noCommand(program, name);
  // Options may stand before it.
  return name === undefined || name === words[0] ? program : programFor(context, name);
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
