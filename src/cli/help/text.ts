import { styleText } from 'node:util';
import { wrap } from '../../render/wrap.ts';
import type { Entry, Page } from './page.ts';

export interface HelpStyle {
  /** No line is wider, but for an example that is. */
  readonly columns: number;
  readonly color: boolean;
}

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;
/** A longer term has its text on the line below. */
const LONGEST_TERM = 44;
const GAP = 2;
const BELOW = 6;

/** A command's help: what it is for, how that looks, and then all the rest. */
export function helpText(page: Page, { columns, color }: HelpStyle): string {
  const width = Math.max(NARROWEST, Math.min(columns, WIDEST));
  const section = (title: string, entries: readonly Entry[], terms = entries): readonly string[] =>
    entries.length === 0 ? [] : ['', color ? styleText('bold', `${title}:`) : `${title}:`, ...rows(entries, terms, width)];
  const pairs = (list: readonly (readonly [string | number, string])[] = []): readonly Entry[] =>
    list.map(([term, text]) => ({ term: String(term), text }));

  const commands = page.commands.flatMap(({ entries }) => entries);
  const options = page.options.flatMap(({ entries }) => entries);
  const lines = [
    ...prose(page.purpose, width),
    '',
    ...prose(`Usage: ${page.synopsis}`, width),
    ...section('Examples', pairs(page.examples)),
    ...section('Arguments', page.arguments),
    ...page.commands.flatMap(({ title, entries }) => section(title, entries, commands)),
    ...section(page.words?.title ?? '', pairs(page.words?.rows)),
    ...page.options.flatMap(({ title, entries }) => section(title, entries, options)),
    ...section('Exit codes', pairs(page.exits)),
    ...(page.notes ?? []).flatMap((note) => ['', ...prose(note, width)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Terms in one column, their texts in another; `terms`: all that are to line up. */
function rows(entries: readonly Entry[], terms: readonly Entry[], width: number): readonly string[] {
  const widest = Math.max(...terms.map(({ term }) => term.length).filter((length) => length <= LONGEST_TERM), 0);
  const indent = GAP + widest + GAP;
  return entries.flatMap(({ term, text: words, mark }) => {
    const text = typeof mark === 'string' ? `${words} (${mark.length < SHORT_MARK ? mark.replaceAll(' ', TIED) : mark})`.trim() : words;
    const at = term.length > widest ? BELOW : indent;
    const texts = text === '' ? [] : prose(text, width - at).map((line) => ' '.repeat(at) + line);
    const head = ' '.repeat(GAP) + term;
    const [first, ...rest] = texts;
    return term.length > widest || first === undefined ? [head, ...texts] : [head.padEnd(indent) + first.slice(indent), ...rest];
  });
}

/** Help is plain ASCII: a character is a column. */
const prose = (text: string, width: number): readonly string[] =>
  wrap(text, width, (word) => word.length).map((line) => line.replaceAll(TIED, ' '));

/** A blank that no line ends at: what holds where nothing is said is read at a glance. */
const TIED = '\u00A0';
const SHORT_MARK = 24;
