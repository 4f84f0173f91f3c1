import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { renderHtml } from '../../src/render/html.ts';
import type { Table } from '../../src/model/table.ts';

const NASTY = `</script><img src=x onerror=alert(1)>"'&\u202e`;
const TABLE: Table = {
  columns: [{ name: 'tool', title: NASTY, kind: 'text' }],
  rows: [{ tool: NASTY }],
  title: NASTY,
  header: [NASTY],
  footer: [NASTY],
  headline: [{ label: NASTY, kind: 'text', value: NASTY }],
  sections: [
    {
      title: NASTY,
      columns: [{ name: 'tool', title: 'tool', kind: 'text' }],
      rows: [{ tool: NASTY }],
      chart: { shape: 'lines', kind: 'ms', x: [1], series: [{ label: NASTY, values: [1] }] },
    },
  ],
};

test('nothing that came from a log is markup, and the policy lets in the one style and the one script', () => {
  const page = renderHtml(TABLE, { command: 'tools', generatedAt: 0 });
  expect(page).not.toContain('<img');
  const shown = '&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\ufffd';
  for (const place of [
    `<title>${shown}</title>`,
    `<h1>${shown}</h1>`,
    `<h2>${shown}</h2>`,
    `<p class="about">${shown}</p>`,
    `<p class="note">${shown}</p>`,
  ])
    expect(page).toContain(place);
  for (const place of [
    `<dt>${shown}</dt><dd>${shown}</dd>`,
    `<button>${shown}</button>`,
    ` title="${shown}">${shown.replace('/', '/<wbr>')}</td>`,
    `aria-label="${shown}"`,
  ])
    expect(page).toContain(place);
  expect(page).not.toContain('\u202e');
  const sha = (text: string | undefined) =>
    createHash('sha256')
      .update(text ?? '')
      .digest('base64');
  const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
  expect(page).toContain(
    `default-src 'none'; style-src 'sha256-${sha(style)}'; script-src 'sha256-${sha(script)}'; base-uri 'none'; form-action 'none'`,
  );
  expect(page.match(/<script/g)).toHaveLength(2); // the data of the charts, and the script
  const markup = page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>|"[^"]*"/g, '');
  expect(markup).not.toMatch(/<[^>]* (?:src|href|style|on\w+)=/);
});
