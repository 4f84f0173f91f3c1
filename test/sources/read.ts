import { openLines } from '../../src/import/lines.ts';
import type { LogEvent } from '../../src/model/event.ts';
import type { Line, Source } from '../../src/model/source.ts';

/** Feeds the bytes of one log to a source: its events, and the line types that no rule claims. */
export function readLog(source: Source, path: string, content: Uint8Array | string) {
  const events: LogEvent[] = [];
  const unknownTypes: string[] = [];
  const reader = source.open(path, null);
  eachLine(content, (line) => {
    const reading = reader.read(line);
    if ('unknownType' in reading) unknownTypes.push(reading.unknownType);
    else events.push(...reading);
  });
  return { events, unknownTypes, saved: reader.save() };
}

export function eachLine(content: Uint8Array | string, visit: (line: Line) => void): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  const read = (target: Uint8Array, position: number): number => bytes.copy(target, 0, position);
  const lines = openLines(read, { offset: 0, line: 0 }, 1e9, { line: visit, problem: () => {} });
  while (lines.next());
}
