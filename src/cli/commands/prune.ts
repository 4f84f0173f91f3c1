import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { UsageError } from '../../model/errors.ts';
import type { CliCommand, Context } from '../context.ts';
import { addCommonOptions, withPreset, type CommonOptions } from '../options.ts';

interface Options extends CommonOptions {
  readonly days?: string;
  readonly apply?: boolean;
}

/** Single facts of long ago go; what they add up to stays. */
export const command: CliCommand = {
  name: 'prune',
  summary: 'Remove single facts of long ago; their sums stay',
  purpose: 'Remove the single facts of days long ago. Their sums and scores stay.',
  examples: [
    ['usage prune --days 90', 'what would go'],
    ['usage prune --days 90 --apply', 'remove it'],
  ],
  group: 'care',
  order: 50,
  add: (command, context) => {
    command
      .addOption(withPreset(new Option('--days <n>', 'keep today and the n days before; 0 keeps everything'), 'the setting keep_days'))
      .option('--apply', 'remove it; without this it is only shown');
    addCommonOptions(command);
    command.action(() => prune(command.optsWithGlobals<Options>(), context));
  },
};

async function prune(options: Options, context: Context): Promise<void> {
  const days = options.days === undefined ? context.keepDays() : daysOf(options.days);
  const { applyPrune, planPrune, pruneTable } = await import('../../retention/prune.ts');
  const path = context.storePath(options);
  if (days === 0) return context.reading(path, async (_db, zone) => context.print(pruneTable(null, zone), 'prune', options));
  const now = context.now(options);
  // A plan makes no store.
  const isNothing = options.apply !== true && !existsSync(path);
  await context.writing(isNothing ? ':memory:' : path, async (store) => {
    const unlock = store.lock(context.world.now());
    try {
      const pruned = options.apply === true ? applyPrune(store, days, now) : await planPrune(store, days, now);
      await context.print(pruneTable(pruned, store.homeZone), 'prune', options);
    } finally {
      unlock();
    }
  });
}

/** 0: keep everything. Only a positive number removes anything. */
function daysOf(value: string): number {
  if (!/^\d{1,5}$/.test(value))
    throw new UsageError(`--days ${value} is not a whole number of days.`, 'Use for example --days 90; 0 keeps everything.');
  return Number(value);
}
