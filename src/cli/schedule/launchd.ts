import { userInfo } from 'node:os';
import type { World } from '../../model/world.ts';
import { hasProgram, IMPORT, keptEnv, mustRun, runProgram, type Every, type Scheduler } from './schedule.ts';
import { present, removeUnits, shown, writeUnits, type UnitFile } from './unit-files.ts';

const LABEL = 'usage.import';
const path = ({ home }: World): string => `${home}/Library/LaunchAgents/${LABEL}.plist`;
const domain = (): string => `gui/${userInfo().uid}`;

/** An agent of macOS. */
export const launchd: Scheduler = {
  name: 'launchd',
  isHere: (world) => world.platform === 'darwin' && hasProgram(world, 'launchctl'),
  text: (world, every) => shown([agent(world, every)]),
  plan: (world, every) => `One file is written and given to launchctl:\n\n${shown([agent(world, every)])}`,
  install: (world, every) => {
    writeUnits([agent(world, every)]);
    runProgram(world, 'launchctl', ['bootout', `${domain()}/${LABEL}`]); // one that was installed before
    mustRun(world, 'launchctl', ['bootstrap', domain(), path(world)]);
  },
  found: (world) =>
    present([path(world)]).length === 0 ? undefined : `${LABEL} is stopped, and this file is removed:\n\n${path(world)}\n`,
  remove: (world) => {
    runProgram(world, 'launchctl', ['bootout', `${domain()}/${LABEL}`]);
    removeUnits([path(world)]);
  },
};

function agent(world: World, { count, unit }: Every): UnitFile {
  const seconds = count * { m: 60, h: 3600, d: 86_400 }[unit];
  const env = keptEnv(world).map(([name, value]) => `    <key>${name}</key><string>${xml(value)}</string>\n`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${IMPORT.map((each) => `    <string>${xml(each)}</string>\n`).join('')}  </array>
${env.length === 0 ? '' : `  <key>EnvironmentVariables</key>\n  <dict>\n${env.join('')}  </dict>\n`}  <key>StartInterval</key><integer>${seconds}</integer>
  <key>ProcessType</key><string>Background</string>
</dict>
</plist>
`;
  return { path: path(world), text };
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
