import { FailError, UsageError } from '../../model/errors.ts';
import { oneOf } from '../../model/nearest.ts';
import type { World } from '../../model/world.ts';
import type { Context } from '../context.ts';
import type { CommonOptions } from '../options.ts';
import { crontab } from './crontab.ts';
import { launchd } from './launchd.ts';
import { everyOf, shellLine, type Scheduler } from './schedule.ts';
import { systemd } from './systemd.ts';
import { WAYS } from './ways.ts';

export interface CronOptions extends CommonOptions {
  readonly every: string;
  readonly with?: string;
  readonly hook?: boolean;
  readonly yes?: boolean;
}

const BY_NAME = { launchd, crontab, systemd };
const SCHEDULERS: readonly Scheduler[] = WAYS.map((name) => BY_NAME[name]);

/** A store that is named counts for the run by the clock, too. */
const worldOf = (options: CronOptions, context: Context): World =>
  options.db === undefined ? context.world : { ...context.world, env: { ...context.world.env, USAGE_DB: context.storePath(options) } };

export function printed(options: CronOptions, context: Context): void {
  const world = worldOf(options, context);
  const every = everyOf(options.every);
  if (options.hook !== true) return world.stdout.write(schedulerOf(options, world).text(world, every));
  const hook = { hooks: { SessionEnd: [{ hooks: [{ type: 'command', command: shellLine(world) }] }] } };
  world.stdout.write(`${JSON.stringify(hook, null, 2)}\n`);
}

export async function installed(options: CronOptions, context: Context): Promise<void> {
  const world = worldOf(options, context);
  const every = everyOf(options.every);
  const scheduler = schedulerOf(options, world);
  if (!(await agreed(scheduler.plan(world, every), options, world))) return;
  scheduler.install(world, every);
  world.stdout.write(`Installed with ${scheduler.name}. To take it back: usage cron remove\n`);
}

export async function removed(options: CronOptions, context: Context): Promise<void> {
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

function schedulerOf(options: CronOptions, world: World): Scheduler {
  if (options.with !== undefined) {
    const name = oneOf('--with', options.with, WAYS);
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
async function agreed(plan: string, { yes }: CronOptions, world: World): Promise<boolean> {
  world.stdout.write(`${plan.trimEnd()}\n\n`);
  if (yes === true) return true;
  if (world.ask === undefined) throw new UsageError('There is no terminal to ask at; nothing was changed.', 'Agree with --yes.');
  const isAgreed = /^y(?:es)?$/i.test((await world.ask('Do this? [y/N] ')).trim());
  if (!isAgreed) world.stdout.write('Nothing was changed.\n');
  return isAgreed;
}
