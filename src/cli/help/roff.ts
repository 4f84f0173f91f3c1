import { GROUPS } from './about.ts';
import type { Entry, Page, Section } from './page.ts';

export interface Manual {
  readonly version: string;
  readonly program: Page;
  /** The other pages, in the order of the list of commands. */
  readonly pages: readonly Page[];
  /** What follows the commands. */
  readonly more: readonly Section[];
}

/** The man page, for groff and mandoc. */
export function roff({ version, program, pages, more }: Manual): string {
  const shared = sharedBy(pages);
  const [about = '', ...rest] = program.notes ?? [];
  const lines = [
    `.TH USAGE 1 "" "usage ${version}" "User Commands"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    `usage \\- ${escaped(program.summary)}`,
    '.SH SYNOPSIS',
    styled(program.synopsis),
    '.SH DESCRIPTION',
    escaped(program.purpose),
    '.PP',
    escaped(about),
    '.SH EXAMPLES',
    ...examples(program),
    '.SH COMMANDS',
    ...Object.values(GROUPS).flatMap((title) => [
      `.SS ${title}`,
      ...items(program.commands.find((each) => each.title === title)?.entries ?? []),
    ]),
    ...pages.flatMap((page) => command(page, shared)),
    '.SH OPTIONS OF MANY COMMANDS',
    ...shared.flatMap(({ title, entries }) => [`.SS ${title}`, ...items(entries)]),
    ...more.flatMap(({ title, entries }) => [`.SH ${title.toUpperCase()}`, ...items(entries)]),
    ...(rest.length === 0 ? [] : ['.SH SEE ALSO', 'Each command has its own help, such as', styled('usage tools --help') + '.']),
  ];
  return `${lines.join('\n')}\n`;
}

function command(page: Page, shared: readonly Section[]): readonly string[] {
  const toldOnce = new Set(shared.flatMap(({ title, entries }) => entries.map(({ term, text }) => `${title} ${term} ${text}`)));
  const isOwn = (title: string, { term, text }: Entry): boolean => !toldOnce.has(`${title} ${term} ${text}`);
  const own = page.options.flatMap(({ title, entries }) => entries.filter((entry) => isNotHelp(entry) && isOwn(title, entry)));
  const others = page.options.filter(({ title, entries }) => entries.some((entry) => !isOwn(title, entry)));
  // What many have in common may hold another value where nothing is said.
  const differing = others.flatMap(({ entries }) =>
    entries.filter(({ term, mark }) => term.startsWith('--days ') && typeof mark === 'string'),
  );
  return [
    `.SH ${page.path.toUpperCase()}`,
    styled(page.synopsis),
    '.PP',
    escaped(page.purpose),
    ...examples(page),
    ...items(page.arguments),
    ...items((page.words?.rows ?? []).map(([term, text]) => ({ term, text }))),
    ...items([...own, ...differing.map(({ term, mark }) => ({ term, text: '', mark: mark ?? null }))]),
    ...(others.length === 0 ? [] : ['.PP', `Also the options of ${others.map(({ title }) => title).join(', ')}, below.`]),
    ...items((page.exits ?? []).map(([code, meaning]) => ({ term: `exit ${code}`, text: meaning }))),
  ];
}

/** Options that several commands have under one heading, told once. */
function sharedBy(pages: readonly Page[]): readonly Section[] {
  const all = pages.flatMap(({ options }) => options).filter(({ title }) => title !== 'Options' && title !== 'Rows');
  return [...new Set(all.map(({ title }) => title))].map((title) => {
    const entries = all.filter((section) => section.title === title).flatMap((section) => section.entries);
    const terms = [...new Set(entries.map(({ term }) => term))];
    return { title, entries: terms.map((term) => commonOf(entries.filter((entry) => entry.term === term))) };
  });
}

function commonOf(entries: readonly Entry[]): Entry {
  const [first = { term: '', text: '' }] = entries;
  return entries.every(({ mark }) => mark === first.mark) ? first : { term: first.term, text: first.text };
}

const isNotHelp = ({ term }: Entry): boolean => !term.endsWith('--help');

const examples = ({ examples: all }: Page): readonly string[] =>
  items(
    all.map(([line, does]) => ({ term: line, text: does })),
    bold,
  );

/** Terms that are all short have their texts beside them. */
function items(entries: readonly Entry[], style = styled): readonly string[] {
  const widest = Math.max(...entries.map(({ term }) => term.length), 0) + 2;
  const tag = widest <= BESIDE ? `.TP ${widest}` : '.TP';
  return entries.flatMap(({ term, text, mark }) => [
    tag,
    style(term),
    escaped(typeof mark === 'string' ? `${text} (${mark})`.trim() : text) || '\\&',
  ]);
}

const BESIDE = 16;

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;

const slanted = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** Words as they are said are bold, what stands for something else is slanted. */
const styled = (text: string): string =>
  text
    .split(/(<[^>]+>|\[[^\]]+\])/)
    .map((part) => {
      if (part.startsWith('<')) return slanted(part.slice(1, -1));
      if (part.startsWith('[')) return `[${slanted(part.slice(1, -1))}]`;
      return part.trim() === '' ? part : bold(part);
    })
    .join('');

/** No character of a text is a command of roff. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
