import type { Table } from '../model/table.ts';
import type { Held } from '../store/privacy-scan.ts';

/** What the columns of a store hold, and how many values are something else; no value is shown. */
export function privacyTable(held: readonly Held[]): Table {
  const alien = held.reduce((sum, each) => sum + each.alien, 0);
  return {
    columns: [
      { name: 'table', title: 'table', kind: 'text' },
      { name: 'columns', title: 'columns', kind: 'text' },
      { name: 'holds', title: 'what it holds', kind: 'text' },
      { name: 'writer', title: 'words of', kind: 'text', drop: 2 },
      { name: 'rule', title: 'what is allowed', kind: 'text', drop: 4 },
      { name: 'rows', title: 'rows', kind: 'count', drop: 1 },
      { name: 'distinct', title: 'distinct', kind: 'count', drop: 3 },
      { name: 'longest', title: 'longest', kind: 'count' },
      { name: 'alien', title: 'alien', kind: 'count' },
    ],
    rows: held.map((each) => ({ ...each })),
    footer: [
      'words of: who chose the text; log: the agent or its model; system: this machine; usage: one of its own words, a number or a hash',
      'longest: characters of the longest value; alien: values that are not what is allowed',
    ],
    fields: { alien },
    ...(alien > 0 && { failed: true, warnings: [WHAT_TO_DO] }),
  };
}

const WHAT_TO_DO =
  'Something stands in the store that is none of these things: derive it anew with usage import --rebuild, and erase what stays, which logs that are gone told, with usage forget.';
