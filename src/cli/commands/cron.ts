import type { Command } from 'commander';
import type { CliCommand } from '../context.ts';
import { verb, type About } from '../help/about.ts';
import { addStoreOption, oneOfThese } from '../options.ts';
import type { CronOptions } from '../schedule/act.ts';
import { WAYS } from '../schedule/ways.ts';

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
    const way = (about: About): Command => verb(cron, about).addOption(oneOfThese('--with <way>', '', WAYS, 'what the machine has'));
    const every = (command: Command): Command => addStoreOption(command.option('--every <time>', 'how often: 15m, 1h, 6h, 1d', '15m'));

    const print = every(way(PRINT)).option('--hook', 'a hook for Claude Code, which imports when a session ends');
    print.action(async () => (await act()).printed(print.optsWithGlobals<CronOptions>(), context));

    const install = every(way(INSTALL)).option('-y, --yes', 'do not ask');
    install.action(async () => (await act()).installed(install.optsWithGlobals<CronOptions>(), context));

    const remove = way(REMOVE).option('-y, --yes', 'do not ask');
    remove.action(async () => (await act()).removed(remove.optsWithGlobals<CronOptions>(), context));
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

/** What starts programs is loaded where it is asked for. */
const act = () => import('../schedule/act.ts');
