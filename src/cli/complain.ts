import { CommanderError } from 'commander';
import { EXIT, FailError, UsageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { safeLines, safeText } from '../render/safe-text.ts';

/** The one place that turns an error into words and an exit code. */
export function complain(error: unknown, world: World): number {
  if (error instanceof CommanderError) return error.exitCode; // help and the version are there by now
  if (error instanceof UsageError) return say(world, error.message, error.hint, EXIT.usage);
  if (error instanceof FailError) return say(world, error.message, error.hint, error.exitCode);
  if (isMissingBinding(error)) {
    return say(
      world,
      'The database binding is missing or was built for another Node.',
      'Run: npm rebuild better-sqlite3 (installed globally: npm i -g usage --allow-scripts=better-sqlite3)',
      EXIT.failed,
    );
  }
  return say(world, `This is a bug in usage: ${bugOf(error)}`, undefined, EXIT.failed, safeLines);
}

/** What was thrown, and where. A parser quotes what it could not read: of that its kind is told alone. */
function bugOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const said = /JSON|SyntaxError/.test(String(error)) ? error.name : safeText(String(error));
  return [said, ...(error.stack ?? '').split('\n').filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line))].join('\n');
}

/** A binding that was not built, or cannot be loaded, is found out when the first database is opened. */
function isMissingBinding(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return code === 'ERR_DLOPEN_FAILED' || /Could not locate the bindings file|better[_-]sqlite3\.node/.test(error.message);
}

function say(
  world: World,
  message: string,
  hint: string | undefined,
  exitCode: number,
  clean: (text: string) => string = safeText,
): number {
  world.stderr.write(`usage: ${clean(message)}${hint === undefined ? '' : ` ${clean(hint)}`}\n`);
  return exitCode;
}
