import { EXIT } from '../../model/errors.ts';
import type { CliCommand, Context } from '../context.ts';
import { pageOf, type Section } from '../help/page.ts';
import { roff } from '../help/roff.ts';
import { wholeProgram, withAll } from '../program.ts';
import { configPath, SETTINGS } from '../settings.ts';

/** All that the help of all commands says, on one page. */
export const command: CliCommand = {
  name: 'man',
  summary: 'Print the man page',
  purpose: 'Print the man page: all commands and options on one page.',
  examples: [
    ['usage man | man -l -', 'read it'],
    ['usage man > ~/.local/share/man/man1/usage.1', 'then: man usage'],
  ],
  group: 'reach',
  order: 40,
  add: (man, context) => {
    man.action(async () => {
      const program = await wholeProgram(context);
      const [first, ...rest] = withAll(program).map(pageOf);
      if (first === undefined) return;
      context.world.stdout.write(roff({ version: program.version() ?? '', program: first, pages: rest, more: more(context) }));
    });
  },
};

const more = (context: Context): readonly Section[] => [
  { title: 'Environment', entries: ENVIRONMENT.map(([term, text]) => ({ term, text })) },
  {
    title: 'Files',
    entries: [
      { term: atHome(configPath(context.world), context), text: 'the settings' },
      { term: atHome(context.storePath({}), context), text: 'the store' },
    ],
  },
  { title: 'Exit status', entries: EXITS.map(([code, text]) => ({ term: String(code), text })) },
];

const atHome = (path: string, { world: { home } }: Context): string => (path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path);

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ...SETTINGS.map(({ key, help, allowed }) => [`USAGE_${key.toUpperCase()}`, `${help} (${allowed})`] as const),
  ['NO_COLOR, FORCE_COLOR', 'no colour, or colour also off a terminal'],
  ['COLUMNS', 'the width of an answer, also off a terminal'],
  ['PAGER', 'shows what is taller than the terminal'],
  ['CLAUDE_CONFIG_DIR', 'folders of Claude Code, separated by commas'],
  ['CODEX_HOME', 'the folder of Codex CLI'],
  ['RODER_DATA_DIR', 'the folder of Roder'],
  ['YOI_WORKSPACES', 'the workspaces of yoi'],
];

/** What a code means in every command; some have codes of their own. */
const EXITS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'wrong use'],
  [EXIT.interrupted, 'interrupted'],
];
