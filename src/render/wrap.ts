/** How many columns of a terminal a text takes. */
export type WidthOf = (text: string) => number;

/** Breaks at blanks; a word that is wider than a line is broken where the line ends. */
export function wrap(text: string, columns: number, widthOf: WidthOf): readonly string[] {
  if (widthOf(text) <= columns) return [text.trimEnd()];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, columns, widthOf))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) {
      line = longer;
    } else {
      lines.push(line.trimEnd());
      line = word;
    }
  }
  return [...lines, line.trimEnd()];
}

function pieces(word: string, columns: number, widthOf: WidthOf): readonly string[] {
  if (widthOf(word) <= columns) return [word];
  const found: string[] = [];
  let piece = '';
  for (const character of characters(word)) {
    if (piece !== '' && widthOf(piece + character) > columns) {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}

/** Takes out the middle: names that begin alike (tools of one server, folders of one home) differ at their end. */
export function shorten(text: string, columns: number, ellipsis: string, widthOf: WidthOf): string {
  if (widthOf(text) <= columns) return text;
  const kept = columns - ellipsis.length;
  if (kept <= 0) return ellipsis.slice(0, columns);
  const all = characters(text);
  const head = all.slice(0, Math.ceil(kept / 2));
  const tail = all.slice(all.length - Math.floor(kept / 2));
  const result = () => head.join('') + ellipsis + tail.join('');
  while (widthOf(result()) > columns) {
    if (head.length > tail.length) head.pop();
    else tail.shift();
  }
  return result();
}

/** What a person sees as one character: a flag, a letter with its accents. */
function characters(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Made when a word is too long: it takes longer than all else that wraps a text. */
let segmenter: Intl.Segmenter | undefined;
