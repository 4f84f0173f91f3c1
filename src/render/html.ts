import { createHash } from 'node:crypto';
import type { Chart, Column, Figure, Row, Table } from '../model/table.ts';
import { cellFormat, isLeft, zoneOf, type CellFormat } from './format.ts';
import { chartLibrary } from './page/charts.ts';
import { SCRIPT } from './page/script.ts';
import { STYLE } from './page/style.ts';
import { safeText } from './safe-text.ts';

/**
 * One file that needs nothing else and asks nobody: its policy lets in the one style and the one script that it carries.
 * What it says stands in its tables; the script draws the charts and sorts.
 */
export function renderHtml(table: Table, { command, generatedAt }: { readonly command: string; readonly generatedAt: number }): string {
  const format = cellFormat(zoneOf(table));
  const parts = [table, ...(table.sections ?? [])];
  const charts = parts.flatMap(({ chart, rows }) => (chart !== undefined && chart.shape !== 'heat' && rows.length > 0 ? [chart] : []));
  const library = charts.length > 0 ? chartLibrary() : { script: '', style: '' };
  const [style, script] = [`${library.style}${STYLE}`, `${library.script}${SCRIPT}`];
  const policy = `default-src 'none'; style-src '${hash(style)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'`;
  const title = table.title ?? `usage ${command}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${escape(title)}</h1>
${prose(table.header, 'about')}
${figures(table.headline ?? [], format)}
${prose(table.footer, 'note')}
</header>
${parts
  .filter((part) => part !== table || part.columns.length > 0 || (part.sections ?? []).length === 0)
  .map((part) => section(part, part === table, format, charts))
  .join('\n')}
</main>
<footer>Made by usage at ${escape(format(generatedAt, 'time'))} ${escape(zoneOf(table))}. Nothing was sent anywhere.</footer>
<script type="application/json" id="charts">${JSON.stringify(charts.map(safeChart)).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`;
}

const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => safeText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const safeChart = (chart: Chart): Chart => ({
  ...chart,
  series: chart.series.map(({ label, values }) => ({ label: safeText(label), values })),
});

const prose = (lines: readonly string[] = [], look: string): string =>
  lines.map((line) => `<p class="${look}">${escape(line)}</p>`).join('\n');

/** A card each; a change stands on the card of the figure before it. */
function figures(all: readonly Figure[], format: CellFormat): string {
  if (all.length === 0) return '';
  const cards = all.map(({ label, kind, value }, at) => {
    if (kind === 'change') return '';
    const next = all[at + 1];
    const change = next?.kind === 'change' && next.value !== null ? `<dd class="change">${escape(format(next.value, 'change'))}</dd>` : '';
    return `<div><dt>${escape(label)}</dt><dd>${escape(format(value, kind))}</dd>${change}</div>`;
  });
  return `<dl class="figures">${cards.join('')}</dl>`;
}

function section(table: Table, isWhole: boolean, format: CellFormat, charts: readonly Chart[]): string {
  const head = isWhole ? '' : `${table.title === undefined ? '' : `<h2>${escape(table.title)}</h2>`}${prose(table.header, 'about')}`;
  const foot = isWhole ? '' : prose(table.footer, 'note');
  const look = table.chart?.shape === 'stacked' || table.chart?.shape === 'lines' ? 'half' : 'whole';
  return `<section class="${look}">${head}${body(table, format, charts)}${foot}</section>`;
}

function body(table: Table, format: CellFormat, charts: readonly Chart[]): string {
  const { chart } = table;
  if (table.rows.length === 0) return `<p class="empty">${escape(table.empty ?? 'Nothing.')}</p>`;
  if (chart === undefined) return grid(table, format);
  if (chart.shape === 'heat') return heat(table, chart, format);
  const name = escape(table.title ?? 'chart');
  return `<div class="chart" role="img" aria-label="${name}" data-chart="${charts.indexOf(chart)}"></div>
<details><summary>Figures</summary>${grid(table, format)}</details>`;
}

function grid(table: Table, format: CellFormat): string {
  const columns = table.columns.filter(({ hidden }) => hidden !== true);
  const heads = columns.map(
    ({ title, kind }) => `<th scope="col"${isLeft(kind) ? '' : ' class="n"'}><button>${escape(title)}</button></th>`,
  );
  const rows = table.rows.map((row) => `<tr>${columns.map((column) => cell(row, column, format)).join('')}</tr>`);
  return `<div class="scroll"><table class="sortable"><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** `data-v`: what the column is sorted by, where it is not the text. */
function cell(row: Row, { name, kind, mark, exact, bad, none }: Column, format: CellFormat): string {
  const value = row[name] ?? null;
  const about = exact !== undefined && row[exact] === false ? '≈' : '';
  const few = mark !== undefined && row[mark] === true ? ' *' : '';
  const look = [isLeft(kind) ? '' : 'n', bad !== undefined && row[bad] === true ? 'bad' : ''];
  const classes = look.filter((each) => each !== '').join(' ');
  const sortBy = typeof value === 'number' ? ` data-v="${value}"` : value === null ? ' data-v=""' : '';
  const words = value === null && none !== undefined ? none : format(value, kind);
  const text = breakable(escape(`${about}${words}${few}`), kind);
  const long = typeof value === 'string' && value.length > 32 ? ` title="${escape(value)}"` : '';
  return `<td${classes === '' ? '' : ` class="${classes}"`}${sortBy}${long}>${text}</td>`;
}

/** Paths and names of servers' tools break where their parts meet. */
const breakable = (text: string, kind: Column['kind']): string => (kind === 'text' ? text.replace(/(\/|__)(?=\w)/g, '$1<wbr>') : text);

/** Shades are steps of the most that any cell has; the figure is in the cell's title. */
function heat(table: Table, { series, x, kind }: Chart, format: CellFormat): string {
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const step = (value: number): number => (value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 5)));
  const heads = x.map((hour) => `<th scope="col">${hour % 3 === 0 ? String(hour).padStart(2, '0') : ''}</th>`).join('');
  const rows = series.map(({ label, values }) => {
    const cells = values.map((value, at) => {
      const said = `${label} ${String(x[at]).padStart(2, '0')}:00, ${format(value, kind)}`;
      return `<td class="h${step(value ?? 0)}" title="${escape(said)}"><span>${escape(format(value, kind))}</span></td>`;
    });
    return `<tr><th scope="row">${escape(label)}</th>${cells.join('')}</tr>`;
  });
  return `<table class="heat"><thead><tr><td></td>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table>
<p class="key">less ${[0, 1, 2, 3, 4, 5].map((each) => `<i class="h${each}"></i>`).join('')} more · darkest: ${escape(format(most, kind))}</p>`;
}
