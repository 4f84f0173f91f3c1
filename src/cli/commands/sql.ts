import { UsageError } from '../../model/errors.ts';
import type { Cell, CellKind, Table } from '../../model/table.ts';
import type { CliCommand, Context } from '../context.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';

interface Options extends CommonOptions {
  readonly views?: boolean;
}

/** A question of one's own. Reads only. */
export const command: CliCommand = {
  name: 'sql',
  summary: 'Ask the store in SQL',
  purpose: 'Ask the store in SQL. It is only read.',
  examples: [
    ['usage sql --views', 'what can be asked'],
    ['usage sql "select tool, count(*) as calls from v_calls group by tool"', 'calls of each tool'],
  ],
  group: 'reach',
  order: 10,
  add: (command, context) => {
    command.argument('[select]', 'one select over the views').option('--views', 'list the views and their columns');
    addCommonOptions(command);
    command.action(async (select: string | undefined) => sql(select, command.optsWithGlobals<Options>(), context));
  },
};

async function sql(select: string | undefined, options: Options, context: Context): Promise<void> {
  if (select === undefined && options.views !== true)
    throw new UsageError('No select was given.', 'usage sql --views lists what can be asked.');
  const [{ openReader }, { VIEWS }] = await Promise.all([import('../../store/reader.ts'), import('../../store/views.ts')]);
  const reader = openReader(context.storePath(options), context.world);
  try {
    const table =
      select === undefined || options.views === true
        ? listOf(VIEWS.map(({ name, holds }) => ({ view: name, holds, columns: reader.columns(name) })))
        : tableOf(reader.select(select));
    await context.print(table, 'sql', options);
  } finally {
    reader.close();
  }
}

const listOf = (rows: readonly { view: string; holds: string; columns: readonly string[] }[]): Table => ({
  columns: [
    { name: 'view', title: 'view', kind: 'text' },
    { name: 'holds', title: 'holds', kind: 'text', wrap: true },
    { name: 'columns', title: 'columns', kind: 'text', wrap: true },
  ],
  rows,
});

/** Kinds follow from the names of columns, as everywhere; two columns of one name both stay. */
function tableOf({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly unknown[])[] }): Table {
  const names = columns.map((name, at) => (columns.indexOf(name) === at ? name : `${name}_${at + 1}`));
  const kindOf = (at: number): CellKind => {
    if (!rows.some((row) => typeof row[at] === 'number')) return 'text';
    return names[at]?.endsWith('_usd') === true ? 'usd' : 'count';
  };
  return {
    columns: names.map((name, at) => ({ name, title: columns[at] ?? name, kind: kindOf(at) })),
    rows: rows.map((row) => Object.fromEntries(names.map((name, at) => [name, cellOf(row[at])]))),
    empty: 'No rows.',
  };
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  // SQLite has no other values.
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : null;
}
