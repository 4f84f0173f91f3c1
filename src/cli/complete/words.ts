/** The command that shells call at every Tab, and nobody else: see answer.ts. */
export const COMPLETE = '__complete';

/**
 * The words of a command line up to the cursor, as a shell would understand them; the last is the one that is being typed.
 * Nothing is expanded: a word is what it says.
 */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let isOpen = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote === "'" ? character === "'" : quote === '"' && character === '"') {
      quote = '';
    } else if (character === '\\' && quote !== "'") {
      word += line.charAt(++at);
      isOpen = true;
    } else if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
      isOpen = true;
    } else if (quote === '' && /\s/.test(character)) {
      if (isOpen) words.push(word);
      [word, isOpen] = ['', false];
    } else {
      word += character;
      isOpen = true;
    }
  }
  return [...words, word];
}
