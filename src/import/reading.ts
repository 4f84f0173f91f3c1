/* What opens logs, for a run that does: to load it takes as long as to see that nothing is new. */

export { openLog } from './bytes.ts';
export { continues } from './continues.ts';
export { readLog } from './read-log.ts';
