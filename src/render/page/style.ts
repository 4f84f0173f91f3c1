/** Light and dark, phone and paper. */
export const STYLE = `
:root { --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --card: #f6f8fa; --paper: #fff; --bad: #b3261e; --accent: #0b5cad;
  --h0: #eef1f4; --h1: #cfe3f7; --h2: #9cc8f0; --h3: #5ea3e0; --h4: #2a78c2; --h5: #0b4a8c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #9aa5b1; --line: #30363d; --card: #161b22; --paper: #0d1117; --bad: #ff8a80;
  --accent: #79b8ff; --h0: #1a2028; --h1: #123152; --h2: #17487b; --h3: #2367ad; --h4: #4a93dd; --h5: #9ccbff; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main, body > footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 36px 32px; padding-top: 32px; }
main > * { grid-column: 1 / -1; min-width: 0; }
main > .half { grid-column: span 1; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 0 0 8px; }
body > footer { color: var(--soft); font-size: 13px; }
.about, .note, .empty, .key { color: var(--soft); margin: 4px 0; font-size: 13px; overflow-wrap: anywhere; }
.empty { padding: 14px 16px; background: var(--card); border-radius: 8px; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 10px; margin: 20px 0 12px; }
.figures div { background: var(--card); border-radius: 8px; padding: 10px 14px 12px; }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 0; font-size: 22px; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures .change { font-size: 13px; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
.sortable th, .sortable td { padding: 5px 14px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
.sortable th:first-child, .sortable td:first-child { padding-left: 0; position: sticky; left: 0; background: var(--paper); }
.sortable .n { text-align: right; }
.sortable button { font: inherit; font-weight: 600; color: var(--soft); background: none; border: 0; padding: 0; cursor: pointer; }
.sortable button:hover, .sortable [aria-sort] button { color: var(--ink); }
.sortable button:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[aria-sort=ascending] button::after { content: " ↑"; }
[aria-sort=descending] button::after { content: " ↓"; }
.bad { color: var(--bad); font-weight: 600; }
.chart { min-height: 240px; }
.u-legend.u-inline { display: block; text-align: left; margin: 0; color: var(--ink); font-size: 12.5px; }
.u-legend tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); }
.u-legend tr:first-child { grid-column: 1 / -1; min-height: 1.7em; color: var(--soft); }
.u-legend th { font-weight: 400; cursor: pointer; padding: 1px 4px 1px 0; }
.u-legend .u-marker { width: 10px; height: 10px; border-radius: 2px; }
.u-legend .u-value { font-variant-numeric: tabular-nums; padding: 1px 0; color: var(--soft); }
.u-legend.u-inline.u-live th::after { content: ""; }
.u-legend tr:first-child th { display: none; }
details { margin-top: 4px; font-size: 13px; color: var(--soft); }
summary { cursor: pointer; width: max-content; }
.heat { width: 100%; table-layout: fixed; border-spacing: 2px; border-collapse: separate; font-size: 12px; }
.heat th { font-weight: 400; color: var(--soft); text-align: left; overflow: visible; padding: 0; }
.heat th[scope=row], .heat thead td { width: 36px; }
.heat td[class] { height: 24px; border-radius: 3px; }
.heat span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.key i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 1px; vertical-align: -1px; }
.h0 { background: var(--h0); } .h1 { background: var(--h1); } .h2 { background: var(--h2); }
.h3 { background: var(--h3); } .h4 { background: var(--h4); } .h5 { background: var(--h5); }
body > footer { padding-top: 32px; padding-bottom: 40px; }
@media (max-width: 760px) { main { grid-template-columns: minmax(0, 1fr); gap: 28px; padding-top: 20px; } main > .half { grid-column: 1; }
  main, body > footer { padding-left: 16px; padding-right: 16px; } .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .sortable th, .sortable td { padding: 5px 8px; } .sortable td:first-child { min-width: 165px; white-space: normal; overflow-wrap: anywhere; line-height: 1.3; } .heat { border-spacing: 1px; } .heat td[class] { height: 20px; } .heat th[scope=row], .heat thead td { width: 30px; } }
@page { margin: 14mm; }
@media print { body { font-size: 11px; } main, body > footer { padding: 0; max-width: none; } main { gap: 20px; } details { display: none; }
  .uplot, .u-wrap, .u-wrap canvas { width: 100% !important; height: auto !important; } .chart { min-height: 0; } .u-legend tr:first-child { display: none; }
  .half, .figures div, tr { break-inside: avoid; } h2 { break-after: avoid; } .note { break-before: avoid; } thead { display: table-header-group; }
  table { font-size: 10px; } .sortable th, .sortable td { padding: 3px 8px; } .sortable th:first-child, .sortable td:first-child { position: static; }
  .scroll { overflow: visible; } .heat td, .key i, .u-marker { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
