import { expect, test } from 'vitest';
import { renderMarkdown } from '../../src/render/markdown.ts';

const table = (cell: string) => renderMarkdown({ columns: [{ name: 'tool', title: 'tool', kind: 'text' }], rows: [{ tool: cell }] });

test.each([
  ['mcp__a__b', '`mcp__a__b`'],
  ['a|b', '`a\\|b`'],
  ['a`b', '``a`b``'],
  ['@someone', '`@someone`'],
  ['https://example.com', '`https://example.com`'],
  ['<b>', '`<b>`'],
  ['a\u001b[31m\u202e', '`a\ufffd[31m\ufffd`'],
  ['Read', 'Read'],
])('%s is a name and nothing else', (cell, shown) => {
  expect(table(cell).split('\n')[2]).toBe(`| ${shown} |`.replace(/ \|$/, `${' '.repeat(Math.max(0, 3 - shown.length))} |`));
});

test('words in notes are no markup, links or mentions', () => {
  const text = renderMarkdown({ columns: [], rows: [], header: ['*a* [b](c) <i> @me https://x.y'], empty: 'none' });
  expect(text).toBe('\\*a\\* \\[b\\](c) &lt;i> @<!-- -->me https:<!-- -->//x.y\n\nnone\n');
});

test.each([
  ['a & b &lt;', 'a &amp; b &amp;lt;'],
  ['WWW.x.y', 'WWW.<!-- -->x.y'],
  ['a\n# b', 'a\ufffd\\# b'],
  ['> said', '\\> said'],
  ['- one', '\\- one'],
  ['+ one', '\\+ one'],
  ['1. one', '1\\. one'],
  ['12) one', '12\\) one'],
  ['===', '\\==='],
  ['    code', 'code'],
  ['2026-05-01 to 2026-05-02', '2026-05-01 to 2026-05-02'],
])('%j in a title, a heading, a note or a figure is words', (text, shown) => {
  expect(renderMarkdown({ columns: [], rows: [], header: [text], empty: text, footer: [text] })).toBe(
    `${shown}\n\n${shown}\n\n<sub>${shown}</sub>\n`,
  );
  const named = renderMarkdown({
    title: text,
    headline: [{ label: text, kind: 'text', value: text }],
    columns: [{ name: 'x', title: text, kind: 'text' }],
    rows: [{ x: null }],
  });
  expect(named).toContain(`# ${shown}\n\n- ${shown}: **${shown}**\n\n| ${shown}`);
});

test('numbers line up, a change stands beside its figure, what is unknown is -', () => {
  const text = renderMarkdown({
    title: 'All',
    headline: [
      { label: 'cost', kind: 'usd', value: 12.3 },
      { label: 'cost change', kind: 'change', value: 0.5 },
      { label: 'calls', kind: 'count', value: 7 },
    ],
    columns: [
      { name: 'a', title: 'tool', kind: 'text' },
      { name: 'b', title: 'cost', kind: 'usd' },
      { name: 'c', title: 'rate', kind: 'percent', mark: 'few' },
    ],
    rows: [
      { a: 'Read', b: 0.0001, c: 1, few: true },
      { a: 'Bash', b: null, c: 0.5 },
    ],
    sections: [{ title: 'More', columns: [], rows: [], empty: 'Nothing.' }],
  });
  expect(text).toBe(`# All

- cost: **$12.30** (+50 %)
- calls: **7**

| tool |       cost |       rate |
| ---- | ---------: | ---------: |
| Read | &lt;$0.001 | 100.0 % \\* |
| Bash |          - |     50.0 % |

## More

Nothing.
`);
});
