import { inOrder, type Placed } from './help/about.ts';
import { loadCommands, loadReports } from './load.ts';
import { placedOf } from './report-command.ts';

/** What the list of commands shows of one. */
export type Listed = Pick<Placed, 'name' | 'summary' | 'group'>;

/** All commands in their order. The build makes this list (see build.ts): to load everything that can be asked takes longer than to tell it. */
export async function listing(): Promise<readonly Listed[]> {
  const all = [...(await loadReports()).map(placedOf), ...(await loadCommands())];
  return inOrder(all).map(({ name, summary, group }) => ({ name, summary, group }));
}
