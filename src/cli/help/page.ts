import type { Argument, Command, Option } from 'commander';
import { aboutOf, needsVerb, type About } from './about.ts';

/** All that there is to say of a command, for whatever shows it. */
export interface Page extends About {
  /** Its words on the command line: `usage config set`. */
  readonly path: string;
  /** How it is called, arguments and all. */
  readonly synopsis: string;
  readonly arguments: readonly Entry[];
  /** Options by heading. */
  readonly options: readonly Section[];
  /** Commands below it, by heading. */
  readonly commands: readonly Section[];
}

export interface Entry {
  readonly term: string;
  readonly text: string;
  /** Where it must be said, or what holds where it is not. */
  readonly mark?: string | null;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

export function pageOf(command: Command): Page {
  const path = pathOf(command);
  const help = command.createHelp();
  const args = command.registeredArguments;
  const options = help.visibleOptions(command);
  const { commands } = command;
  return {
    ...aboutOf(command),
    path,
    synopsis: [
      path,
      ...(commands.length === 0 ? [] : [needsVerb(command) ? '<command>' : '[command]']),
      ...args.map(termOf),
      '[options]',
    ].join(' '),
    arguments: args.map((argument) => entryOf(termOf(argument), argument)),
    options: sections(
      options,
      // What every command has comes last.
      (option) => (option.long === '--help' || option.long === '--version' ? lastHeading(options) : headingOf(option)),
      (option) => entryOf(option.flags, option),
    ),
    commands: sections(
      commands,
      (each) => each.helpGroup() || 'Commands',
      (each) => ({ term: each.name(), text: each.summary() }),
    ),
  };
}

/** The words that call a command. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

export const termOf = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

const headingOf = (option: Option): string => option.helpGroupHeading ?? 'Options';

const lastHeading = (options: readonly Option[]): string =>
  options
    .filter(({ long }) => long !== '--help' && long !== '--version')
    .map(headingOf)
    .at(-1) ?? 'Options';

/** What it is and what can be said; what holds where nothing is said. */
function entryOf(term: string, item: Option | Argument): Entry {
  const { description, argChoices, defaultValue, defaultValueDescription } = item;
  const preset = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : null);
  const text = [description, ...(argChoices === undefined ? [] : [argChoices.join(', ')])].filter((part) => part !== '').join(': ');
  return { term, text, mark: 'mandatory' in item && item.mandatory ? 'required' : preset === null ? null : `default: ${preset}` };
}

function sections<T>(items: readonly T[], titleOf: (item: T) => string, entry: (item: T) => Entry): readonly Section[] {
  const found = new Map<string, Entry[]>();
  for (const item of items) found.set(titleOf(item), [...(found.get(titleOf(item)) ?? []), entry(item)]);
  return [...found].map(([title, entries]) => ({ title, entries }));
}
