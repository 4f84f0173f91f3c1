import { Argument } from 'commander';
import { oneOf } from '../../model/nearest.ts';
import { SCRIPTS } from '../complete/scripts.ts';
import type { CliCommand } from '../context.ts';

const SHELLS = Object.keys(SCRIPTS);

/** Prints what makes a shell complete commands, options and names from the store. */
export const command: CliCommand = {
  name: 'completion',
  summary: 'Complete commands, options and names in bash, zsh or fish',
  purpose:
    'Print a script that lets a shell complete commands, options and values: also tools, projects, models and sessions of the store.',
  examples: [
    ['source <(usage completion bash)', 'this shell; a line for ~/.bashrc'],
    ['source <(usage completion zsh)', 'in ~/.zshrc, after compinit'],
    ['usage completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  group: 'reach',
  order: 30,
  add: (completion, { world }) => {
    const argument = new Argument('<shell>');
    argument.argChoices = [...SHELLS];
    completion.addArgument(argument).action((shell: string) => world.stdout.write(SCRIPTS[oneOf('The shell', shell, SHELLS)] ?? ''));
  },
};
