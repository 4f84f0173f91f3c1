import { wordsOf, type Cell, type CellKind, type Table } from '../model/table.ts';
import { compact, fixed, grouped } from '../model/number.ts';
import { clockOf, formatDay } from '../model/time.ts';
import { safeText } from './safe-text.ts';

export type CellFormat = (cell: Cell, kind: CellKind) => string;

/** How a cell looks for people, times in the given zone. What is unknown is `-`, never 0. The text is safe to print. */
export function cellFormat(timeZone: string, unicode = true): CellFormat {
  const clock = clockOf(timeZone);
  return (cell, kind) => {
    if (cell === null) return '-';
    if (typeof cell === 'number') return kind === 'time' ? clock(cell) : FIGURES[kind](cell);
    if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
    if (kind === 'spark' && Array.isArray(cell)) return spark(cell, unicode ? BARS : BARS_ASCII);
    const words = wordsOf(cell);
    return safeText(kind === 'id' ? words.slice(0, ID_SHOWN) : words);
  };
}

/** The zone of a table's times. */
export const zoneOf = ({ query }: Table): string => (typeof query?.['timezone'] === 'string' ? query['timezone'] : 'UTC');

const LEFT: ReadonlySet<CellKind | undefined> = new Set(['text', 'day', 'time', 'id', 'counts', 'spark']);
/** Words begin at the left; numbers line up at the right. */
export const isLeft = (kind: CellKind | undefined): boolean => LEFT.has(kind);

/** Commands take the beginning of an id, too. */
const ID_SHOWN = 8;

const FIGURES: Readonly<Record<Exclude<CellKind, 'time'>, (value: number) => string>> = {
  text: String,
  id: String,
  counts: String,
  change,
  spark: String,
  count: grouped,
  tokens: (value) => compact(value).replace('K', 'k'),
  usd,
  ms,
  bytes,
  percent,
  day: formatDay,
};

/** About three significant figures: `$0.042`, `$12.30`, `$1,234`. Only nothing is `$0.00`. */
function usd(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '$0.00';
  if (size < 0.001) return '<$0.001';
  const figures = fixed(size, size < 0.9995 ? 3 : size < 99.995 ? 2 : 0);
  return `${value < 0 ? '-' : ''}$${figures}`;
}

/** `45 ms`, `1.4 s`, `2 m 05 s`, `1 h 12 m`: the unit is chosen after rounding, so `60.0 s` does not occur. */
function ms(value: number): string {
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 59_950) return `${fixed(value / 1000, 1)} s`;
  const seconds = Math.round(value / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(value / 60_000);
  return `${grouped(Math.floor(minutes / 60))} h ${twoDigits(minutes % 60)} m`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `512 B`, `1.2 MB`: decimal units, as disks are sold. */
function bytes(value: number): string {
  if (value < 999.5) return `${Math.round(value)} B`;
  let scaled = value / 1000;
  let unit = 0;
  for (; scaled >= 999.95 && unit < UNITS.length - 1; unit++) scaled /= 1000;
  return `${fixed(scaled, 1)} ${UNITS[unit]}`;
}

const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** `98.6 %`. Not quite all is never `100.0 %`, and not quite nothing never `0.0 %`. */
function percent(share: number): string {
  const value = share * 100;
  return `${fixed(share > 0 && share < 1 ? Math.min(Math.max(value, 0.1), 99.9) : value, 1)} %`;
}

/** `+12 %`, `-4 %`, `0 %`: a change is read by its sign and size. */
function change(share: number): string {
  const percents = Math.round(share * 100);
  return `${percents > 0 ? '+' : ''}${grouped(percents)} %`;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const BARS_ASCII = ['.', ':', '-', '=', '+', '*', '#', '@'];

const ASCII: Readonly<Record<string, string>> = { '▁': '.', '█': '@', '·': '|', '…': '...', '÷': '/', '×': 'x', '≈': '~', '→': '->' };
/** The program's own words for a terminal that shows ASCII only. */
export const asciiText = (text: string): string => text.replace(/[▁█·…÷×≈→]/g, (character) => ASCII[character] ?? '');

/** A bar for each number, from the least to the most of them; a gap where one is not known. */
function spark(values: readonly unknown[], bars: readonly string[]): string {
  const known = values.filter((value) => typeof value === 'number');
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const bar = (value: number): string =>
    bars[most === least ? 0 : Math.round(((value - least) / (most - least)) * (bars.length - 1))] ?? '';
  return values.map((value) => (typeof value === 'number' ? bar(value) : ' ')).join('');
}
