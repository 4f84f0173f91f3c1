import { run } from './main.ts';
import { dateIsIn } from '../model/time.ts';
import { systemWorld, zoneOfDate } from './world.ts';

dateIsIn(zoneOfDate());

// Never process.exit(): it would cut off output that a pipe has not taken yet.
void run(process.argv.slice(2), systemWorld()).then((code) => (process.exitCode = code));
