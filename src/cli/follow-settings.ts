import { zone } from '../model/time.ts';
import type { LabelMode } from '../model/labels.ts';
import type { Context } from './context.ts';

export interface StoreSettings {
  readonly labels: LabelMode | undefined;
  readonly timezone: string | undefined;
}

/**
 * Brings a store in line with what is set, under the import lock: its labels and its home zone. Undefined: it keeps its own.
 * Returns false when a reader still holds pages that paths were removed from.
 */
export async function followSettings(storePath: string, context: Context, wanted: StoreSettings = context.settings): Promise<boolean> {
  const { labels, timezone } = wanted;
  if (labels === undefined && timezone === undefined) return true;
  return context.writing(storePath, async (store) => {
    const hasLabels = labels === undefined || store.labels === labels;
    const hasZone = timezone === undefined || store.homeZone.name === timezone;
    if (hasLabels && hasZone) return true;
    const unlock = store.lock(context.world.now());
    try {
      if (!hasZone) store.setHomeZone(zone(timezone));
      return hasLabels || store.setLabels(labels);
    } finally {
      unlock();
    }
  });
}
