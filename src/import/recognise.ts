import type { Source } from '../model/source.ts';
import { openLog, type Inflate } from './bytes.ts';
import { openLines } from './lines.ts';
import { isCompressed } from './plan.ts';
import type { FoundFile } from './scan.ts';

/** Lines are asked until one tells; a log begins with lines of its own format. */
const LINES_ASKED = 20;

/** Whose log it is, by its first lines; undefined: nobody's. */
export function recognise(file: FoundFile, sources: readonly Source[], inflate: Inflate | undefined): Source | 'unreadable' | undefined {
  let found: Source | undefined;
  let asked = 0;
  try {
    const opened = openLog(file.path, isCompressed(file.path) ? inflate : undefined);
    try {
      const lines = openLines(
        opened.read,
        { offset: 0, line: 0 },
        1 << 24,
        {
          line: (line) => {
            if (found !== undefined || asked >= LINES_ASKED) return;
            asked += 1;
            found = sources.find((source) => {
              try {
                return source.recognises(line);
              } catch {
                return false; // not JSON: the next line may tell
              }
            });
          },
          problem: () => {},
        },
        isCompressed(file.path),
      );
      while (found === undefined && asked < LINES_ASKED && lines.next());
    } finally {
      opened.close();
    }
  } catch {
    return 'unreadable';
  }
  return found;
}
