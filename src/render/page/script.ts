/** What runs in the page, after the chart library: charts as wide as their place, in the colours of the day; tables that sort. */
export const SCRIPT = `
(() => {
'use strict';
const charts = JSON.parse(document.getElementById('charts').textContent);
const dark = matchMedia('(prefers-color-scheme: dark)');
const COLOURS = { light: ['#0b5cad', '#d9822b', '#1a8a6b', '#8a4fbe', '#c2405f', '#7a8490'], dark: ['#6cb2ff', '#f0a860', '#4fc9a4', '#c097ec', '#f08ba3', '#9aa5b1'] };
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumSignificantDigits: 3 });
const FORMATS = {
  usd: (v) => money.format(v),
  percent: (v) => Math.round(v * 1000) / 10 + ' %',
  ms: (v) => v < 999.5 ? Math.round(v) + ' ms' : v < 59950 ? Math.round(v / 100) / 10 + ' s' : Math.round(v / 6000) / 10 + ' m',
};
const text = (kind) => FORMATS[kind] || ((v) => compact.format(v));
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

function options(chart, width) {
  const css = getComputedStyle(document.documentElement);
  const [line, soft] = [css.getPropertyValue('--line'), css.getPropertyValue('--soft')];
  const colours = COLOURS[dark.matches ? 'dark' : 'light'];
  const format = text(chart.kind);
  const stacked = chart.shape === 'stacked';
  const axis = { stroke: soft, font: '12px system-ui, sans-serif', grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const top = Math.max(0, ...stackOf(chart).flat().filter((v) => v !== null));
  return {
    width, height: 240, tzDate: (s) => uPlot.tzDate(new Date(s * 1000), 'UTC'),
    cursor: { y: false, points: { show: !stacked }, drag: { x: false } },
    legend: { markers: { width: 0, fill: (u, at) => at === 0 ? 'transparent' : colours[(at - 1) % colours.length] } },
    scales: {
      x: stacked ? { range: (u, min, max) => [min - 43200, max + 43200] } : { range: (u, min, max) => min === max ? [min - 604800, max + 604800] : [min, max] },
      y: chart.kind === 'percent' ? { range: (u, min) => [Math.max(0, Math.min(Math.floor((min ?? 0) * 10) / 10, 0.9)), 1] } : { range: [0, top > 0 ? top * 1.05 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 64, incrs: [1, 2, 3, 7, 14, 28, 56, 91, 182, 364].map((days) => days * 86400),
        values: (u, splits) => splits.map((s) => new Date(s * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })) },
      { ...axis, size: 64, values: (u, splits) => splits.map((v) => format(v)) },
    ],
    series: [
      { label: stacked ? 'day' : 'week of', value: (u, v) => v === null ? '' : day(v) },
      ...chart.series.map((one, at) => ({
        label: one.label, stroke: colours[at % colours.length], width: stacked ? 0 : 2, spanGaps: !stacked, points: { show: !stacked, size: 5 },
        fill: stacked ? colours[at % colours.length] : undefined,
        paths: stacked ? uPlot.paths.bars({ size: [0.8, 40], gap: 1 }) : undefined,
        value: (u, v, s, index) => { const real = index === null ? null : one.values[index]; return real === null || real === undefined ? '' : format(real); },
      })),
    ],
  };
}

/** Bars are drawn from the whole down: each series is the sum of itself and all below. */
function stackOf(chart) {
  if (chart.shape !== 'stacked') return chart.series.map((one) => one.values);
  const sums = chart.x.map(() => 0);
  const stacks = chart.series.map((one) => one.values.map((v, at) => (v === null ? null : (sums[at] += v))));
  return stacks;
}

function draw(place) {
  const chart = charts[Number(place.dataset.chart)];
  place.replaceChildren();
  const made = options(chart, place.clientWidth);
  const data = stackOf(chart);
  if (chart.shape === 'stacked') {
    // The highest sum lies at the back, so that every part shows.
    made.series = [made.series[0], ...made.series.slice(1).reverse()];
    data.reverse();
    const colours = made.series.slice(1).map((one) => one.fill);
    made.legend.markers.fill = (u, at) => (at === 0 ? 'transparent' : colours[at - 1]);
  }
  const drawn = new uPlot(made, [chart.x.map((d) => d * 86400), ...data], place);
  // The legend names the largest first, as everything else does.
  if (chart.shape === 'stacked') place.querySelectorAll('.u-series').forEach((row, at) => { row.style.order = -at; if (at === 0) row.style.order = -999; });
  return drawn;
}

const places = [...document.querySelectorAll('[data-chart]')];
let drawn = [];
const drawAll = () => { for (const chart of drawn) chart.destroy(); drawn = places.map(draw); };
drawAll();
dark.addEventListener('change', drawAll);
let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; drawAll(); } });

for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener('click', () => {
    const down = head.getAttribute('aria-sort') === 'descending' || (head.getAttribute('aria-sort') === null && !head.classList.contains('n'));
    for (const each of heads) each.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'ascending' : 'descending');
    const value = (row) => { const { v } = row.cells[column].dataset; return v === undefined ? row.cells[column].textContent : v === '' ? null : Number(v); };
    const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en'));
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, v: value(row) }));
    // What is not known comes last, either way.
    rows.sort((a, b) => (a.v === null ? (b.v === null ? 0 : 1) : b.v === null ? -1 : (down ? 1 : -1) * compare(a.v, b.v)));
    table.tBodies[0].append(...rows.map(({ row }) => row));
  }));
}
})();
`;
