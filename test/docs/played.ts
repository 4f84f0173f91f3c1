import type { Result } from '../world.ts';

const BLOCK = /```console\n([\s\S]*?)```/g;

/** Runs every `$ …` line of a text and puts what it prints below it. */
export async function played(text: string, run: (words: readonly string[]) => Promise<Result>): Promise<string> {
  let result = '';
  let position = 0;
  for (const block of text.matchAll(BLOCK)) {
    const commands = (block[1] ?? '').split('\n').filter((line) => line.startsWith('$ '));
    const shown: string[] = [];
    for (const command of commands) {
      // As a shell does: blanks inside of quotes are no border.
      const words = [...command.slice(2).matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      const { code, stdout, stderr } = await run(words);
      if (code !== 0 || stderr !== '') throw new Error(`${command}: exit ${code}: ${stderr}`);
      shown.push(`${command}\n${stdout.trimEnd()}\n`);
    }
    result += `${text.slice(position, block.index)}\`\`\`console\n${shown.join('\n')}\`\`\``;
    position = block.index + block[0].length;
  }
  return result + text.slice(position);
}
