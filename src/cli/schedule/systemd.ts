import type { World } from '../../model/world.ts';
import { hasProgram, IMPORT, keptEnv, mustRun, runProgram, type Every, type Scheduler } from './schedule.ts';
import { present, removeUnits, shown, writeUnits, type UnitFile } from './unit-files.ts';

const TIMER = 'usage-import.timer';
const folder = ({ env, home }: World): string => `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/systemd/user`;
const paths = (world: World): readonly string[] => [`${folder(world)}/usage-import.service`, `${folder(world)}/${TIMER}`];

/** A timer of the user's own systemd. */
export const systemd: Scheduler = {
  name: 'systemd',
  isHere: (world) => hasProgram(world, 'systemctl') && (world.env['XDG_RUNTIME_DIR'] ?? '') !== '',
  text: (world, every) => shown(units(world, every)),
  plan: (world, every) => `Two files are written, then ${TIMER} is started with systemctl --user:\n\n${shown(units(world, every))}`,
  install: (world, every) => {
    writeUnits(units(world, every));
    mustRun(world, 'systemctl', ['--user', 'daemon-reload']);
    mustRun(world, 'systemctl', ['--user', 'enable', '--now', TIMER]);
  },
  found: (world) => {
    const files = present(paths(world));
    return files.length === 0 ? undefined : `${TIMER} is stopped, and these files are removed:\n\n${files.join('\n')}\n`;
  },
  remove: (world) => {
    // It may not be running any more; its files go all the same.
    runProgram(world, 'systemctl', ['--user', 'disable', '--now', TIMER]);
    removeUnits(paths(world));
    runProgram(world, 'systemctl', ['--user', 'daemon-reload']);
  },
};

function units(world: World, { count, unit }: Every): readonly UnitFile[] {
  const [service = '', timer = ''] = paths(world);
  const when = { m: `*:0/${count}`, h: `0/${count}:00`, d: '04:00' }[unit];
  const env = keptEnv(world).map(([name, value]) => `Environment=${word(`${name}=${value}`)}\n`);
  return [
    {
      path: service,
      text: `[Unit]\nDescription=usage import\n\n[Service]\nType=oneshot\n${env.join('')}ExecStart=${IMPORT.map(word).join(' ')}\nSuccessExitStatus=4\n`,
    },
    {
      path: timer,
      text: `[Unit]\nDescription=usage import\n\n[Timer]\nOnCalendar=${when}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n`,
    },
  ];
}

const word = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
