import type { Database } from 'better-sqlite3';

export interface LineIssue {
  readonly line: number;
  readonly offset: number;
  readonly reason: string;
}

/** A file that is no log at all may have millions of bad lines: so many of each are kept, the first ones. */
export const MOST_ISSUES = 1000;

/** Keeps what was wrong with a line of a file. False: it is known, or there is enough of it. */
export function openIssues(db: Database): (fileId: number, issue: LineIssue) => boolean {
  const insert = db.prepare('insert into issues (file_id, line, offset_bytes, reason) values (?, ?, ?, ?) on conflict do nothing');
  const countOf = db.prepare<[number], number>('select count(*) from issues where file_id = ?').pluck();
  const counts = new Map<number, number>();
  return (fileId, { line, offset, reason }) => {
    const count = counts.get(fileId) ?? countOf.get(fileId) ?? 0;
    const isNew = count < MOST_ISSUES && insert.run(fileId, line, offset, reason).changes > 0;
    counts.set(fileId, count + Number(isNew));
    return isNew;
  };
}
