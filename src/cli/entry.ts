import { run } from './main.ts';
import { systemWorld } from './world.ts';

// A reader that has seen enough (`usage tools | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Never process.exit(): it would cut off output that a pipe has not taken yet.
process.exitCode = await run(process.argv.slice(2), systemWorld());
