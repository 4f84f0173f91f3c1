import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { machine, type Machine } from '../world.ts';
import { importDirectly } from './directly.ts';

/** A store that one import makes of the logs as they are now. */
export async function importedAtOnce({ home }: Machine): Promise<Machine> {
  const other = machine();
  for (const folder of ['.claude', '.codex']) symlinkSync(join(home, folder), join(other.home, folder));
  await importDirectly(other);
  return other;
}
