import type { Command } from 'commander';

/** The headings of the list of all commands, in the order in which a person needs them. */
export const GROUPS = {
  answers: 'Answers',
  feed: 'Keep it fed',
  care: 'Look after it',
  reach: 'Get at it',
} as const;

/** A command line that can be run as it stands, and what it does in a few words. */
export type Example = readonly [line: string, does: string];

/** What a command says of itself, in the list of commands, in its own help and in the man page. */
export interface About {
  readonly name: string;
  /** In a list of commands: fits a line. */
  readonly summary: string;
  /** The first line of its help: the question it answers, or what it does. */
  readonly purpose: string;
  readonly examples: readonly Example[];
  /** Exit codes that not every command has. */
  readonly exits?: readonly (readonly [code: number, meaning: string])[];
  /** Words that it understands and what they mean, below a heading. */
  readonly words?: { readonly title: string; readonly rows: readonly (readonly [word: string, meaning: string])[] };
  /** What else there is to know, a paragraph each, at its end. */
  readonly notes?: readonly string[];
}

/** Of a command of the program itself: where it stands in the list. */
export interface Placed extends About {
  readonly group: keyof typeof GROUPS;
  /** Among those of its group: the smaller, the earlier. */
  readonly order: number;
}

/** The parser keeps no examples. */
const said = new WeakMap<Command, About>();

/** Tells the parser, and whoever asks for its help, what a command is for. */
export function describe(command: Command, about: About): Command {
  said.set(command, about);
  return command.summary(about.summary).description(about.purpose);
}

export function aboutOf(command: Command): About {
  const about = said.get(command);
  if (about === undefined) throw new Error(`${command.name()} is not described`);
  return about;
}

/** A command of a command, such as `config set`; `isDefault`: meant where none is named. */
export function verb(parent: Command, about: About, isDefault = false): Command {
  if (isDefault) answersAlone.add(parent);
  return describe(parent.command(about.name, { isDefault }), about);
}

const answersAlone = new WeakSet<Command>();

/** Does it need one of its commands to be named? */
export const needsVerb = (command: Command): boolean =>
  command.parent !== null && command.commands.length > 0 && !answersAlone.has(command);

/** In the order of the list of all commands. */
export function inOrder<P extends Placed>(commands: readonly P[]): readonly P[] {
  const groups = Object.keys(GROUPS);
  const rank = ({ group, order }: Placed): number => groups.indexOf(group) * 1000 + order;
  return commands.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
