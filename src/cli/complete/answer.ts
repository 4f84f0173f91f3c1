import type { World } from '../../model/world.ts';
import { safeText } from '../../render/safe-text.ts';
import { loadContext } from '../context.ts';
import { programFor, wholeProgram } from '../program.ts';
import { candidatesFor, type Candidate } from './candidates.ts';
import { valuesOf } from './values.ts';
import { wordsOf } from './words.ts';

/**
 * Prints what may stand where the cursor is, a line each. `bash LINE WORD` is a line up to the cursor and what bash holds for its
 * last word; `zsh WORD...` and `fish WORD...` are its words. Whatever goes wrong, it prints nothing: a shell shows it to nobody.
 */
export async function answerShell(argv: readonly string[], world: World): Promise<void> {
  try {
    const [shell = '', ...rest] = argv;
    const words = shell === 'bash' ? wordsOf(rest[0] ?? '').slice(1) : rest;
    const context = await loadContext(world);
    const [first] = words.length > 1 ? words : [];
    const program = await (first?.startsWith('-') === true ? wholeProgram(context) : programFor(context, first));
    const found = await candidatesFor(program, words, (name, typed, said) => valuesOf(name, typed, said, context));
    const lines =
      typeof found === 'string' ? [`:${found}`] : found.map((candidate) => lineOf(shell, candidate, words.at(-1) ?? '', rest[1] ?? ''));
    world.stdout.write(lines.map((line) => `${line}\n`).join(''));
  } catch {
    // As if there were nothing to say.
  }
}

/** A candidate as the shell takes it. */
function lineOf(shell: string, { value, note }: Candidate, typed: string, held: string): string {
  const [word, words] = [safeText(value), safeText(note)];
  // Bash takes a word apart at = and : and holds its last part alone.
  if (shell === 'bash') return word.slice(typed.endsWith(held) ? typed.length - held.length : 0);
  if (shell === 'fish') return `${word}\t${words}`;
  return words === '' ? word.replaceAll(':', '\\:') : `${word.replaceAll(':', '\\:')}:${words}`;
}
