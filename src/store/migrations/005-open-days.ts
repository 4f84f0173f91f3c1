import type { Migration } from '../migrate.ts';

/*
 * Durations of days that are not sealed are read from their calls: only the histograms of sealed days are of use. -1000000 is
 * the day of undated facts.
 */
export const migration: Migration = {
  name: '005-open-days',
  sql: `
delete from rollup_durations
  where day = -1000000 or day >= coalesce((select cast(value as integer) from meta where key = 'floor_day'), -2000000);
`,
};
