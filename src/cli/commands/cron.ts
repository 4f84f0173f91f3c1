import type { Command } from 'commander';
import { FailError, UsageError } from '../../model/errors.ts';
import type { World } from '../../model/world.ts';
import type { CliCommand, Context } from '../context.ts';
import { verb, type About } from '../help/about.ts';
import { addStoreOption, choice, oneOfThese, type CommonOptions } from '../options.ts';
import { crontab } from '../schedule/crontab.ts';
import { launchd } from '../schedule/launchd.ts';
import { everyOf, shellLine, type Scheduler } from '../schedule/schedule.ts';
import { systemd } from '../schedule/systemd.ts';

interface Options extends CommonOptions {
  readonly every: string;
  readonly with?: string;
  readonly hook?: boolean;
  readonly yes?: boolean;
}

/** In the order in which a machine is asked for them. */
const SCHEDULERS: readonly Scheduler[] = [launchd, crontab, systemd];

/** Runs the import by the clock. */
export const command: CliCommand = {
  name: 'cron',
  summary: 'Import by the clock, with crontab, systemd or launchd',
  purpose: 'Import by the clock, with crontab, a systemd user timer or launchd.',
  examples: [
    ['usage cron print', 'what to put where, by hand'],
    ['usage cron install --every 1h', 'says what it will do, and asks'],
  ],
  group: 'feed',
  order: 40,
  add: (cron, context) => {
    const way = (about: About): Command =>
      verb(cron, about).addOption(
        oneOfThese(
          '--with <way>',
          '',
          SCHEDULERS.map((each) => each.name),
          'what the machine has',
        ),
      );
    const every = (command: Command): Command => addStoreOption(command.option('--every <time>', 'how often: 15m, 1h, 6h, 1d', '15m'));

    const print = every(way(PRINT)).option('--hook', 'a hook for Claude Code, which imports when a session ends');
    print.action(() => context.world.stdout.write(printed(print.optsWithGlobals<Options>(), context)));

    const install = every(way(INSTALL)).option('-y, --yes', 'do not ask');
    install.action(() => installed(install.optsWithGlobals<Options>(), context));

    const remove = way(REMOVE).option('-y, --yes', 'do not ask');
    remove.action(() => removed(remove.optsWithGlobals<Options>(), context));
  },
};

const PRINT: About = {
  name: 'print',
  summary: 'Print what to put where, by hand',
  purpose: 'Print what to put where, by hand. Nothing is changed.',
  examples: [
    ['usage cron print --every 1h', 'for the way that this machine has'],
    ['usage cron print --hook', 'import when a session of Claude Code ends'],
  ],
};
const INSTALL: About = {
  name: 'install',
  summary: 'Put it in place',
  purpose: 'Put it in place: says what it will do, and asks.',
  examples: [['usage cron install --every 15m', 'four times an hour']],
};
const REMOVE: About = {
  name: 'remove',
  summary: 'Take exactly that back',
  purpose: 'Take back exactly what was put in place: says what it will do, and asks.',
  examples: [['usage cron remove', 'wherever it was put']],
};

/** A store that is named counts for the run by the clock, too. */
const worldOf = (options: Options, context: Context): World =>
  options.db === undefined ? context.world : { ...context.world, env: { ...context.world.env, USAGE_DB: context.storePath(options) } };

function printed(options: Options, context: Context): string {
  const world = worldOf(options, context);
  if (options.hook !== true) return schedulerOf(options, world).text(world, everyOf(options.every));
  const hook = { hooks: { SessionEnd: [{ hooks: [{ type: 'command', command: shellLine(world) }] }] } };
  return `${JSON.stringify(hook, null, 2)}\n`;
}

async function installed(options: Options, context: Context): Promise<void> {
  const world = worldOf(options, context);
  const every = everyOf(options.every);
  const scheduler = schedulerOf(options, world);
  if (!(await agreed(scheduler.plan(world, every), options, world))) return;
  scheduler.install(world, every);
  world.stdout.write(`Installed with ${scheduler.name}. To take it back: usage cron remove\n`);
}

async function removed(options: Options, context: Context): Promise<void> {
  const { world } = context;
  const asked = options.with === undefined ? SCHEDULERS.filter((each) => each.isHere(world)) : [schedulerOf(options, world)];
  let any = false;
  for (const scheduler of asked) {
    const plan = scheduler.found(world);
    if (plan === undefined) continue;
    any = true;
    if (!(await agreed(plan, options, world))) continue;
    scheduler.remove(world);
    world.stdout.write(`Removed from ${scheduler.name}.\n`);
  }
  if (!any) world.stdout.write('Nothing is installed.\n');
}

function schedulerOf(options: Options, world: World): Scheduler {
  if (options.with !== undefined) {
    const name = choice(
      '--with',
      options.with,
      SCHEDULERS.map((each) => each.name),
    );
    const named = SCHEDULERS.find((each) => each.name === name);
    if (named !== undefined) return named;
  }
  const found = SCHEDULERS.find((each) => each.isHere(world));
  if (found === undefined)
    throw new FailError(
      'This machine has no crontab, no systemd for users and no launchd.',
      'Show a line for another scheduler with: usage cron print --with crontab',
    );
  return found;
}

/** Says what is going to be done, and asks where somebody can answer. */
async function agreed(plan: string, { yes }: Options, world: World): Promise<boolean> {
  world.stdout.write(`${plan.trimEnd()}\n\n`);
  if (yes === true) return true;
  if (world.ask === undefined) throw new UsageError('There is no terminal to ask at; nothing was changed.', 'Agree with --yes.');
  const isAgreed = /^y(?:es)?$/i.test((await world.ask('Do this? [y/N] ')).trim());
  if (!isAgreed) world.stdout.write('Nothing was changed.\n');
  return isAgreed;
}
