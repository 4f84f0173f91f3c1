import type { Table } from '../model/table.ts';
import type { TableStyle } from './table.ts';

/** An output format: a file of `formats/`, of the format's name, exports one as `renderer`. It loads what it needs when it is asked. */
export interface Renderer {
  readonly name: string;
  /** Rows are cut where people would stop reading. */
  readonly isForPeople: boolean;
  /** What a report that has more to tell than rows is asked for. */
  readonly document?: 'page' | 'digest';
  render(table: Table, place: Place): Promise<string>;
}

export interface Place {
  readonly command: string;
  /** Epoch ms. */
  readonly generatedAt: number;
  readonly style: TableStyle;
}
