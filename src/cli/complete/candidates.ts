import type { Argument, Command, Option } from 'commander';

/** What may stand where the cursor is. */
export type Candidates = readonly Candidate[] | 'files' | 'folders';

export interface Candidate {
  readonly value: string;
  /** In a few words, for shells that show them. */
  readonly note: string;
}

/** What can be said where a value of a name stands, such as <tool>. */
export type Values = (name: string, typed: string, said: Said) => Promise<Candidates>;

/** What stands before the cursor. */
export interface Said {
  readonly command: Command;
  /** Words that are arguments of it. */
  readonly positionals: readonly string[];
  /** What was said of options, by their long names. */
  readonly options: ReadonlyMap<string, string>;
  /** The option whose value comes next. */
  readonly open: Option | undefined;
  /** After `--` there are no options. */
  readonly isOver: boolean;
}

/** What may be the last of the words, by the tree of commands. */
export async function candidatesFor(program: Command, words: readonly string[], values: Values): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const said = walk(program, words.slice(0, -1));
  const { command, isOver, positionals } = said;
  const of = (item: Option | Argument, name: string, part: string): Promise<Candidates> | Candidates =>
    item.argChoices === undefined ? values(name, part, said) : starting(item.argChoices.map(plain), part);

  if (said.open !== undefined) return of(said.open, nameOf(said.open), typed);
  if (typed.startsWith('-') && !isOver) {
    const [, flag, part] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
    if (flag === undefined || part === undefined) return starting(optionsOf(command), typed);
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined || !takesValue(option)) return [];
    const found = await of(option, nameOf(option), part);
    return typeof found === 'string' ? found : found.map(({ value, note }) => ({ value: `${flag}=${value}`, note }));
  }
  if (command.commands.length > 0) {
    if (positionals.length > 0) return [];
    return starting(
      command.commands.map((each) => ({ value: each.name(), note: each.summary() })),
      typed,
    );
  }
  const argument = command.registeredArguments[positionals.length] ?? command.registeredArguments.filter(({ variadic }) => variadic).at(-1);
  if (argument !== undefined) return of(argument, argument.name(), typed);
  return typed === '' && !isOver ? optionsOf(command) : [];
}

function walk(program: Command, words: readonly string[]): Said {
  let command = program;
  const positionals: string[] = [];
  const options = new Map<string, string>();
  let open: Option | undefined;
  let isOver = false;
  for (const word of words) {
    if (open !== undefined) {
      options.set(open.long ?? '', word);
      open = undefined;
    } else if (word === '--' && !isOver) {
      isOver = true;
    } else if (word.startsWith('-') && word !== '-' && !isOver) {
      const option = command.options.find(({ long, short }) => long === word || short === word);
      if (option !== undefined && takesValue(option)) open = option;
    } else {
      const below = positionals.length === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (below === undefined) positionals.push(word);
      else command = below;
    }
  }
  return { command, positionals, options, open, isOver };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** What the flags call the value: `--tool <tool>`. */
const nameOf = ({ flags }: Option): string => /[<[]([^>\].]+)/.exec(flags)?.[1] ?? '';

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description, argChoices = [] }) =>
      long === undefined || long === null ? [] : [{ value: long, note: description || argChoices.join(', ') }],
    );
}

const plain = (value: string): Candidate => ({ value, note: '' });

/** Those that begin with what was typed; where none does, those that do so but for capitals. */
export function starting(all: readonly Candidate[], typed: string): readonly Candidate[] {
  const exact = all.filter(({ value }) => value.startsWith(typed));
  return exact.length > 0 ? exact : all.filter(({ value }) => value.toLowerCase().startsWith(typed.toLowerCase()));
}
