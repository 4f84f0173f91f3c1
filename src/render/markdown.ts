import type { Column, Figure, Row, Table } from '../model/table.ts';
import { cellFormat, isLeft, zoneOf, type CellFormat } from './format.ts';
import { safeText } from './safe-text.ts';

/** GitHub's Markdown, padded so that it can be read as it is; nothing that came from a log is markup, a link or a mention. */
export function renderMarkdown(table: Table): string {
  const format = cellFormat(zoneOf(table));
  const blocks = [blocksOf(table, format, '#'), ...(table.sections ?? []).map((section) => blocksOf(section, format, '##'))];
  return `${blocks.flat().join('\n\n')}\n`;
}

function blocksOf(table: Table, format: CellFormat, level: string): readonly string[] {
  const rows = table.rows.length > 0 ? rowsOf(table, format) : prose(table.empty ?? '');
  return [
    table.title === undefined ? '' : `${level} ${prose(table.title)}`,
    ...(table.header ?? []).map(prose),
    figuresOf(table.headline ?? [], format),
    rows,
    ...(table.footer ?? []).map((note) => `<sub>${prose(note)}</sub>`),
  ].filter((block) => block !== '');
}

/** A change is told beside the figure before it. */
function figuresOf(figures: readonly Figure[], format: CellFormat): string {
  return figures
    .map(({ label, kind, value }) =>
      kind === 'change'
        ? value === null
          ? ''
          : ` (${format(value, kind)})`
        : `\n- ${prose(label)}: **${typeof value === 'number' ? format(value, kind).replace('<', '&lt;') : prose(format(value, kind))}**`,
    )
    .join('')
    .trimStart();
}

function rowsOf(table: Table, format: CellFormat): string {
  const columns = table.columns.filter(({ hidden }) => hidden !== true);
  const lines = [columns.map(({ title }) => prose(title)), ...table.rows.map((row) => columns.map((column) => cell(row, column, format)))];
  const widths = columns.map((_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)));
  const draw = (cells: readonly string[]): string =>
    `| ${cells.map((text, at) => (isLeft(columns[at]?.kind) ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = columns.map(({ kind }, at) => (isLeft(kind) ? '-'.repeat(widths[at] ?? 0) : `${'-'.repeat((widths[at] ?? 1) - 1)}:`));
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map(draw).join('\n');
}

function cell(row: Row, { name, kind, mark, exact, none }: Column, format: CellFormat): string {
  const value = row[name] ?? null;
  const about = exact !== undefined && row[exact] === false ? '≈' : '';
  const few = mark !== undefined && row[mark] === true ? ' \\*' : '';
  const text = value === null && none !== undefined ? none : format(value, kind);
  return about + (typeof value === 'number' || PLAIN.test(text) ? text.replace('<', '&lt;') : code(text)) + few;
}

const PLAIN = /^(?!.*(?:\/\/|www\.))[\p{L}\p{N} .,:%+()/$-]*$/iu;

/** A fence longer than any run of backticks inside. */
function code(text: string): string {
  const fence = '`'.repeat(1 + Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length)));
  const gap = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${gap}${text.replaceAll('|', '\\|')}${gap}${fence}`;
}

/** Words within a line: no markup, link or mention; at its beginning no list or quotation either. */
const prose = (text: string): string =>
  safeText(text)
    .trim()
    .replace(/[\\`*_{}[\]|~#]|^[-+=>]|(?<=^\d{1,9})[.)]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '@<!-- -->')
    .replace(/:(?=\/\/)|(?<=www)\./gi, '$&<!-- -->');
