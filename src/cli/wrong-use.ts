import type { Command, CommanderError } from 'commander';
import { UsageError } from '../model/errors.ts';
import { didYouMean, oneOf } from '../model/nearest.ts';
import { aboutOf } from './help/about.ts';
import { pathOf, termOf } from './help/page.ts';

/** What the parser turns down at a command, in the words of all other errors. */
export function wrongUse({ code, message }: CommanderError, command: Command): UsageError {
  const name = nameOf(command);
  const help = `See: ${pathOf(command)} --help`;
  const example = `For example: ${aboutOf(command).examples[0]?.[0] ?? pathOf(command)}`;
  const [, quoted = ''] = /'([^']*)'/.exec(message) ?? [];
  switch (code) {
    case 'commander.unknownOption': {
      const flag = quoted.replace(/=.*/s, '');
      return new UsageError(
        `${flag} is no option${name === '' ? '' : ` of ${name}`}.`,
        didYouMean(flag, longOptions(command)).trim() || help,
      );
    }
    case 'commander.unknownCommand':
      return noCommand(command, quoted);
    case 'commander.help':
      return new UsageError(`${name} needs a command.`, `Use one of: ${command.commands.map((each) => each.name()).join(', ')}.`);
    case 'commander.missingArgument':
      return new UsageError(
        `${name} needs ${command.registeredArguments
          .filter(({ required }) => required)
          .map(termOf)
          .join(' and ')}.`,
        example,
      );
    case 'commander.missingMandatoryOptionValue':
      return new UsageError(`${name} needs ${quoted}.`, example);
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => flags === quoted);
      const choices = option?.argChoices;
      return new UsageError(
        `${option?.long ?? quoted} needs a value: ${quoted}.`,
        choices === undefined ? help : `Use one of: ${choices.join(', ')}.`,
      );
    }
    case 'commander.excessArguments': {
      const { length } = command.registeredArguments;
      const extra = command.args[length] ?? '';
      if (length === 0 && command.parent !== null && isUnsaid(command)) return noCommand(command.parent, extra);
      const takes = length === 0 ? 'no argument' : length === 1 ? 'one argument' : `${length} arguments`;
      return new UsageError(
        `${name} takes ${takes}, and ${extra} is one too many.`,
        length === 0 ? help : `Quote what belongs together, or see: ${pathOf(command)} --help`,
      );
    }
    default:
      return new UsageError(`${message.replace(/^error: /, '').replace(/\.$/, '')}.`, help);
  }
}

/** Turns down a word that no option takes, before anything is done. Blanks and dashes are as good as the lines between its parts. */
export function checkWords(command: Command): void {
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.argChoices === undefined || typeof value !== 'string') continue;
    if (!option.argChoices.includes(value.replaceAll(/[ -]/g, '_'))) oneOf(option.long ?? option.flags, value, option.argChoices);
  }
}

export const noCommand = (parent: Command, name: string): UsageError =>
  new UsageError(
    `${name} is no command${parent.parent === null ? '' : ` of ${nameOf(parent)}`}.`,
    didYouMean(
      name,
      parent.commands.map((each) => each.name()),
    ).trim() || `See: ${pathOf(parent)} --help`,
  );

/** Its words without the name of the program, which begins every error; empty: the program itself. */
const nameOf = (command: Command): string => pathOf(command).split(' ').slice(1).join(' ');

const longOptions = (command: Command): readonly string[] => [
  '--help',
  ...command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []),
];

/** It was taken because none was named that is there. */
function isUnsaid(command: Command): boolean {
  const program = command.parent?.parent;
  return program !== null && program !== undefined && !program.args.includes(command.name());
}
