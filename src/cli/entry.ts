import { optimiseLess } from './engine.ts';
import { run } from './main.ts';
import { systemWorld } from './world.ts';

optimiseLess();
// Never process.exit(): it would cut off output that a pipe has not taken yet.
void run(process.argv.slice(2), systemWorld()).then((code) => (process.exitCode = code));
