import { UsageError } from '../../model/errors.ts';
import type { CliCommand } from '../context.ts';
import { addStoreOption, type CommonOptions } from '../options.ts';

interface Options extends CommonOptions {
  readonly interval?: string;
}

/** `import` again and again, whenever a log changes, and what the sessions that run did. */
export const command: CliCommand = {
  name: 'watch',
  summary: 'Follow the logs live, and show the sessions that run',
  purpose: 'Import what the agents write as they write it, and show the sessions that run. Ctrl-C ends it.',
  examples: [
    ['usage watch', 'a table that stays fresh'],
    ['usage watch --json', 'a line of JSON for each change'],
  ],
  group: 'feed',
  order: 30,
  add: (command, context) => {
    command
      .option('--interval <seconds>', 'look at least this often, also when the system tells of no change', '10')
      .optionsGroup('Output')
      .option('--json', 'a line of JSON for each change')
      .option('--color', 'colour, also off a terminal')
      .option('--no-color', 'no colour');
    addStoreOption(command);
    command.action(async () => {
      const options = command.optsWithGlobals<Options>();
      const intervalMs = intervalOf(options.interval) * 1000;
      const { watch } = await import('../watch/watch.ts');
      await watch(intervalMs, options, context);
    });
  },
};

function intervalOf(value = ''): number {
  if (!/^[1-9]\d{0,3}$/.test(value))
    throw new UsageError(`--interval ${value} is not a whole number of seconds from 1 to 9999.`, 'Use for example --interval 10.');
  return Number(value);
}
