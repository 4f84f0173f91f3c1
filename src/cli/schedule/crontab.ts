import { FailError } from '../../model/errors.ts';
import type { World } from '../../model/world.ts';
import { hasProgram, mustRun, runProgram, shellLine, type Every, type Scheduler } from './schedule.ts';

/** Ends the one line that is ours; to the shell it is a comment. */
const MARK = '# usage cron';

export const crontab: Scheduler = {
  name: 'crontab',
  isHere: (world) => hasProgram(world, 'crontab'),
  text: line,
  plan: (world, every) =>
    `${ours(read(world)).length > 0 ? 'In your crontab the line that ends with' : 'To your crontab a line is added that ends with'} "${MARK}"${ours(read(world)).length > 0 ? ' becomes' : ''}:\n\n${line(world, every)}`,
  install: (world, every) => write(world, without(read(world)) + line(world, every)),
  found: (world) => {
    const lines = ours(read(world));
    return lines.length === 0 ? undefined : `From your crontab this is taken:\n\n${lines.join('')}`;
  },
  remove: (world) => write(world, without(read(world))),
};

function line(world: World, { count, unit }: Every): string {
  const when = { m: count === 1 ? '* * * * *' : `*/${count} * * * *`, h: count === 1 ? '0 * * * *' : `0 */${count} * * *`, d: '0 4 * * *' }[
    unit
  ];
  // To cron a percent sign is the end of the line.
  return `${when} ${shellLine(world).replaceAll('%', '\\%')} ${MARK}\n`;
}

/** Lines with their ends, so that all the others stay byte for byte. */
const linesOf = (table: string): readonly string[] => table.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const isOurs = (text: string): boolean => text.trimEnd().endsWith(` ${MARK}`);
const ours = (table: string): readonly string[] => linesOf(table).filter(isOurs);

function without(table: string): string {
  const rest = linesOf(table)
    .filter((each) => !isOurs(each))
    .join('');
  return rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
}

function read(world: World): string {
  const { code, stdout, stderr } = runProgram(world, 'crontab', ['-l']);
  if (code === 0) return stdout;
  if (/no crontab/i.test(stderr)) return '';
  throw new FailError(`The crontab cannot be read: ${stderr.trim().split('\n')[0] ?? ''}.`, 'Choose another way with --with.');
}

function write(world: World, table: string): void {
  if (table === '') mustRun(world, 'crontab', ['-r']);
  else mustRun(world, 'crontab', ['-'], table);
}
