import { asObject } from '../model/json.ts';
import type { Line } from '../model/source.ts';
import { crypto } from '../store/crypto.ts';

/*
 * A writer that was stopped leaves a record without its end, and the next one is written behind it; two writers at once leave
 * two records on one line. What is whole of such a line is read; that it was damaged stays an issue.
 */

/** More places than this are not tried, nor longer records, nor more bytes in all: a line is made by anybody. */
const MAX_TRIED = 200;
const MAX_RECORD = 8 << 20;
const MAX_BYTES = 32 << 20;

/** The whole records of a line that is no JSON, in their order. */
export function wholeRecords(line: Line): readonly Line[] {
  const text = line.text();
  const records: Line[] = [];
  const budget = { tries: MAX_TRIED, bytes: MAX_BYTES };
  let end = text.length;
  while (end > 0) {
    const start = startOfLast(text.slice(0, end), budget);
    if (start === undefined) {
      // A record may stand in front of one that was cut off.
      const seam = end < 2 || budget.tries < 0 ? -1 : text.lastIndexOf('}{"', end - 2);
      if (seam === -1) break;
      end = seam + 1;
      continue;
    }
    records.unshift(recordOf(line, text.slice(start, end), start));
    end = start;
  }
  return records;
}

/**
 * Where the record begins that reaches to the end. Inside of a string a quote is escaped, so `{"` begins an object; one that
 * is part of another is followed by more than the end.
 */
function startOfLast(text: string, budget: { tries: number; bytes: number }): number | undefined {
  if (!text.trimEnd().endsWith('}')) return undefined;
  for (let at = text.indexOf('{"', text.length - MAX_RECORD); at !== -1; at = text.indexOf('{"', at + 1)) {
    budget.tries -= 1;
    budget.bytes -= text.length - at;
    if (budget.tries < 0 || budget.bytes < 0) return undefined;
    if (isObject(text.slice(at))) return at;
  }
  return undefined;
}

function isObject(json: string): boolean {
  try {
    return asObject(JSON.parse(json)) !== undefined;
  } catch {
    return false;
  }
}

/** The text has a character a byte, so places in it are places in the file. */
const recordOf = (line: Line, text: string, start: number): Line => ({
  number: line.number,
  offset: line.offset + start,
  size: text.length,
  head: () => text.slice(0, 1024),
  headTypes: () => [],
  isOneRecord: () => true,
  json: () => JSON.parse(text),
  view: () => JSON.parse(text),
  text: () => text,
  hash: () => crypto().createHash('sha1').update(Buffer.from(text, 'latin1')).digest('base64url'),
});
