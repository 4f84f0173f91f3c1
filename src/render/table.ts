import { createRequire } from 'node:module';
import { Chalk } from 'chalk';
import type CliTable3 from 'cli-table3';
import type { Cell, Figure, Row, Table } from '../model/table.ts';
import { asciiText, cellFormat, isLeft, zoneOf, type CellFormat } from './format.ts';
import { safeText } from './safe-text.ts';
import { shorten, wrap } from './wrap.ts';

export interface TableStyle {
  /** No line is wider. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether rules and ellipses may be other than ASCII. Data is printed as it is. */
  readonly unicode: boolean;
}

/** A table for people, in blocks with a blank line between: title and figures of the whole; rows; notes. */
export function renderTable(table: Table, { columns, color, unicode }: TableStyle): string {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const dim = (text: string) => chalk.dim(text);
  const format = cellFormat(zoneOf(table), unicode);
  const own = (text: string): string => (unicode ? safeText(text) : asciiText(safeText(text)));
  const prose = (texts: readonly string[] = []) => texts.flatMap((text) => wrap(own(text), columns, widthOf));

  const all = table.rows.length === 0 ? [] : strips(table, format, own);
  const shown = fit(all, columns, own('…'));
  const [titles = '', ...rows] = drawStrips(shown, chalk.red);
  const rule = (unicode ? '─' : '-').repeat(breadth(shown));

  const title = prose(table.header).map(dim);
  const figures = drawFigures(table.headline ?? [], columns, format, own, dim);
  const nothing = prose(table.empty === undefined ? [] : [table.empty]);
  const answer = shown.length > 0 ? [chalk.bold(titles), dim(rule), ...rows] : nothing;
  const notes = prose([...(table.footer ?? []), ...hiddenNote(all, shown)]).map(dim);

  const blocks = [[...title, ...figures], answer, notes].filter((block) => block.length > 0);
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

interface Shape {
  readonly align: 'left' | 'right';
  readonly width: number;
}

/** A column as text. */
interface Strip extends Shape {
  readonly name: string;
  readonly title: string;
  readonly cells: readonly string[];
  /** Names and the like, which are understood when shortened. */
  readonly elastic: boolean;
  /** Sentences, which are broken into lines instead. */
  readonly wraps: boolean;
  readonly drop: number;
  /** By row. */
  readonly isBad: readonly boolean[];
}

const NEVER = -1;

function strips(table: Table, format: CellFormat, own: (text: string) => string): readonly Strip[] {
  const columns = table.columns.filter((column) => column.hidden !== true);
  return columns.map(({ name, title: heading, kind, drop = NEVER, none = '-', mark, exact, bad, wrap: wraps = false }) => {
    const align = isLeft(kind) ? 'left' : 'right';
    const isMarked = (row: Row) => mark !== undefined && row[mark] === true;
    /** Numbers line up: beside a marked one, the others keep its place free. */
    const unmarked = align === 'right' && table.rows.some(isMarked) ? '  ' : '';
    const title = own(heading) + unmarked;
    const before = (row: Row): string => (exact !== undefined && row[exact] === false ? own('≈') : '');
    const words = (cell: Cell): string => (cell === null ? none : format(cell, kind));
    const cells = table.rows.map((row) => before(row) + words(row[name] ?? null) + (isMarked(row) ? ' *' : unmarked));
    const isBad = table.rows.map((row) => bad !== undefined && row[bad] === true);
    return { name, title, cells, align, width: widest([title, ...cells]), elastic: kind === 'text', wraps, drop, isBad };
  });
}

const GAP = '  ';
/** Most names can be told apart by this much. Columns are dropped to give it to them; longer ones are shortened. */
const NAME = 24;
const SHORTEST_NAME = 8;

/** The columns that there is room for, names shortened where they must be. */
function fit(all: readonly Strip[], columns: number, ellipsis: string): readonly Strip[] {
  let shown = all;
  while (breadth(shown, NAME) > columns) {
    const drop = shown.reduce((highest, strip) => Math.max(highest, strip.drop), NEVER);
    if (drop === NEVER) break;
    const at = shown.findLastIndex((strip) => strip.drop === drop);
    shown = shown.toSpliced(at, 1);
  }
  while (shown.length > 1 && breadth(shown, SHORTEST_NAME) > columns) shown = shown.slice(0, -1);
  while (breadth(shown) > columns) {
    const elastic = shown.length === 1 ? shown : shown.filter((strip) => strip.elastic);
    const longest = elastic.reduce((a, b) => (b.width > a.width ? b : a));
    shown = shown.map((strip) => (strip === longest ? { ...strip, width: strip.width - 1 } : strip));
  }
  return shown.map((strip) => {
    const short = (text: string) => shorten(text, strip.width, ellipsis, widthOf);
    return { ...strip, title: short(strip.title), cells: strip.wraps ? strip.cells : strip.cells.map(short) };
  });
}

function breadth(shown: readonly Strip[], name = Infinity): number {
  const widths = shown.map(({ width, elastic }) => (elastic ? Math.min(width, name) : width));
  return total(widths, GAP);
}

function hiddenNote(all: readonly Strip[], shown: readonly Strip[]): readonly string[] {
  const titles = all.filter(({ name }) => shown.every((strip) => strip.name !== name)).map(({ title }) => title.trim());
  if (titles.length === 0) return [];
  const columns = titles.length === 1 ? '1 column' : `${titles.length} columns`;
  return [`${columns} hidden: ${[...new Set(titles)].join(', ')}; a wider terminal or --format json shows all`];
}

/** The titles, then the rows; a row has as many lines as its longest sentence. */
function drawStrips(shown: readonly Strip[], alarm: (text: string) => string): readonly string[] {
  const rows = (shown[0]?.cells ?? []).map((_, at) => {
    const cells = shown.map(({ cells, wraps, width }) => (wraps ? wrap(cells[at] ?? '', width, widthOf) : [cells[at] ?? '']));
    const lines = Math.max(...cells.map(({ length }) => length));
    const paint = ({ isBad }: Strip, text: string): string => (isBad[at] === true && text !== '' ? alarm(text) : text);
    return Array.from({ length: lines }, (_, line) => shown.map((strip, column) => paint(strip, cells[column]?.[line] ?? '')));
  });
  return draw([shown.map((strip) => strip.title), ...rows.flat()], shown, GAP);
}

/** Figures side by side, in as few lines as there is room for. */
function drawFigures(
  figures: readonly Figure[],
  columns: number,
  format: CellFormat,
  own: (label: string) => string,
  dim: (label: string) => string,
): readonly string[] {
  const pairs = figures.map(({ label, kind, value }): [string, string] => [own(label).trim(), format(value, kind)]);
  for (let lines = 1; lines <= pairs.length; lines++) {
    const grid = slices(pairs, Math.ceil(pairs.length / lines)).map((line) =>
      line.flatMap(([label, figure], at) => [(at === 0 ? '' : '  ') + dim(label), figure]),
    );
    const widths = (grid[0] ?? []).map((_, at) => widest(grid.map((line) => line[at] ?? '')));
    if (total(widths, ' ') > columns) continue;
    const shapes = widths.map((width): Shape => ({ align: 'left', width }));
    return draw(grid, shapes, ' ');
  }
  return pairs.flatMap(([label, figure]) => wrap(`${label} ${figure}`, columns, widthOf));
}

function draw(rows: readonly (readonly string[])[], shapes: readonly Shape[], gap: string): readonly string[] {
  const pad = (text: string, { align, width }: Shape): string => {
    const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
    return align === 'left' ? text + blanks : blanks + text;
  };
  return rows.map((row) =>
    shapes
      .map((shape, at) => pad(row[at] ?? '', shape))
      .join(gap)
      .trimEnd(),
  );
}

/** Asked of cli-table3, unless each character surely takes one column: its top border is as long as its only cell is wide. */
function widthOf(text: string): number {
  if (/^[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027]*$/.test(text)) return text.length;
  const table = new (tables())({ ...BARE, chars: { ...BARE.chars, top: '-' } });
  table.push([text]);
  return table.toString().indexOf('\n');
}

/** Few tables need it, and it takes as long to load as all else that draws one. */
const tables = (): typeof CliTable3 => (library ??= createRequire(import.meta.url)('cli-table3'));
let library: typeof CliTable3 | undefined;

const EDGES = ['top', 'bottom', 'left', 'mid', 'right'];
const BARE = {
  chars: Object.fromEntries(EDGES.flatMap((edge) => ['', '-left', '-mid', '-right'].map((end) => [edge + end, '']))),
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 1);

const total = (widths: readonly number[], gap: string): number =>
  widths.reduce((sum, width) => sum + width, gap.length * Math.max(0, widths.length - 1));

const slices = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
