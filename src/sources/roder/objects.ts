import type { Line } from '../../model/source.ts';

/**
 * The JSON values of a line. Several objects can stand on one, with nothing between them; then what is no whole object
 * is passed over. Throws SyntaxError when there is none.
 */
export function readObjects(line: Line): readonly unknown[] {
  try {
    return [line.json()];
  } catch (error) {
    const objects = splitObjects(line.text()).flatMap(parse);
    if (objects.length === 0) throw error;
    return objects;
  }
}

function parse(json: string): readonly unknown[] {
  try {
    return [JSON.parse(json)];
  } catch {
    return [];
  }
}

/** Cuts at the ends of the outermost objects. */
function splitObjects(text: string): readonly string[] {
  const objects: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{') {
      if (depth === 0) start = i;
      depth += 1;
    } else if (depth > 0 && character === '"') {
      i = endOfString(text, i);
    } else if (depth > 0 && character === '}') {
      depth -= 1;
      if (depth === 0) objects.push(text.slice(start, i + 1));
    }
  }
  return objects;
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
