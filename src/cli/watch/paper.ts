import { basename } from 'node:path';
import type { Row, Table } from '../../model/table.ts';
import type { World } from '../../model/world.ts';
import { cellFormat, isLeft, zoneOf, type CellFormat } from '../../render/format.ts';
import { renderNdjson } from '../../render/json.ts';
import { renderTable } from '../../render/table.ts';
import type { CommonOptions } from '../options.ts';
import { styleOf } from '../output.ts';

/** What there is to see at a time. */
export interface Sight {
  /** Epoch ms. */
  readonly at: number;
  /** Sessions that said something lately, with their state, the latest first. */
  readonly live: Table;
  /** The figures of the day. */
  readonly today: Table;
  readonly note: string | undefined;
}

/** Where it is shown. */
export interface Paper {
  show(sight: Sight): void;
  close(): void;
}

/** A terminal shows the newest sight in place of the one before; whatever else reads gets a line for each session that changed. */
export function paperOf(world: World, options: CommonOptions): Paper {
  if (world.stdout.isTty && options.json !== true && world.env['TERM'] !== 'dumb') return screen(world, options);
  return lines(world, options.json === true);
}

const [HOME, CLEAR_LINE, CLEAR_BELOW] = ['\u001b[H', '\u001b[K', '\u001b[J'];

function screen(world: World, options: CommonOptions): Paper {
  const { stdout } = world;
  let shown: Sight | undefined;
  const height = (): number => stdout.rows ?? 24;
  const draw = (): void => {
    if (shown === undefined) return;
    // The last line stays free for the cursor.
    const text = renderTable(tableOf(shown, height()), styleOf(world, options));
    const seen = text
      .trimEnd()
      .split('\n')
      .slice(0, height() - 1);
    stdout.write(HOME + seen.map((line) => `${CLEAR_LINE}${line}\n`).join('') + CLEAR_BELOW);
  };
  stdout.stream?.on('resize', draw);
  return {
    show: (sight) => {
      // What stands on the terminal is kept above.
      if (shown === undefined) stdout.write('\n'.repeat(height()));
      shown = sight;
      draw();
    },
    close: () => void stdout.stream?.off('resize', draw),
  };
}

/** Lines around the sessions: the day, its figures, headings, notes, and the blank ones between. */
const OTHER_LINES = 11;

function tableOf({ at, live, today, note }: Sight, height: number): Table {
  const rows = live.rows.filter((row) => row['state'] === 'running');
  const shown = rows.slice(0, Math.max(1, height - OTHER_LINES));
  const others = countBy(live.rows.filter((row) => row['state'] !== 'running'));
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zoneOf(today), timeStyle: 'medium' });
  const timeOf = (row: Row): string => (typeof row['last_at'] === 'number' ? clock.format(row['last_at']) : '-');
  const folderOf = (row: Row): string => basename(typeof row['project'] === 'string' ? row['project'] : '-');
  return {
    columns: live.columns.map((column) => (column.name === 'last_at' ? { ...column, kind: 'text' } : column)),
    rows: shown.map((row) => ({ ...row, project: folderOf(row), last_at: timeOf(row) })),
    query: today.query ?? {},
    header: [[...(today.header ?? []), clock.format(at)].join(' · ')],
    headline: today.headline ?? [],
    footer: [
      ...(shown.length < rows.length ? [`${rows.length - shown.length} more run; a taller terminal shows them`] : []),
      ...(others.length > 0 ? [`in the last 30 minutes also: ${others.map(([state, count]) => `${count} ${state}`).join(', ')}`] : []),
      ...(note === undefined ? [] : [note]),
      'Ctrl-C ends',
    ],
    empty: 'No session is running.',
  };
}

function countBy(rows: readonly Row[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { state } of rows) if (typeof state === 'string') counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts];
}

function lines(world: World, isJson: boolean): Paper {
  /** The sessions as they were last told, by what they are. */
  const told = new Map<string, { readonly row: Row; readonly text: string }>();
  return {
    show: ({ live, today }) => {
      const format = cellFormat(zoneOf(today));
      const now = new Map(live.rows.map((row) => [nameOf(row), row] as const).reverse());
      // A session that was silent for too long has ended, and says so once.
      for (const [key, { row }] of told) {
        if (now.has(key)) continue;
        now.set(key, { ...row, state: row['state'] === 'running' ? 'completed' : (row['state'] ?? null) });
      }
      for (const [key, row] of now) {
        const text = isJson ? renderNdjson({ ...live, rows: [row] }) : `${lineOf(live, row, format)}\n`;
        if (told.get(key)?.text !== text) world.stdout.write(text);
        if (live.rows.includes(row)) told.set(key, { row, text });
        else told.delete(key);
      }
    },
    close: () => {},
  };
}

const nameOf = ({ source, session }: Row): string => JSON.stringify([source, session]);

/** The time, what it is, and its figures by their names. */
function lineOf({ columns }: Table, row: Row, format: CellFormat): string {
  const said = columns.map(({ name, title, kind }) => {
    const value = format(row[name] ?? null, kind);
    return isLeft(kind) && name !== 'last_call' ? value : `${title} ${value}`;
  });
  return [...said.slice(-1), ...said.slice(0, -1)].join('  ');
}
