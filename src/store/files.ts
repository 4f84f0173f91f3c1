import type { Database, Statement } from 'better-sqlite3';
import { openTombstones } from './tombstones.ts';

/** What the file system says about a log. */
export interface FileStat {
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
}

/** How far a log was read, and what its bytes looked like there. */
export interface Cursor {
  readonly offset: number;
  readonly line: number;
  readonly headHash: string;
  readonly tailHash: string;
  readonly readerState: string | null;
  readonly parserVersion: number;
}

export interface LogFile extends FileStat, Cursor {
  readonly id: number;
  readonly source: string;
  readonly path: string;
}

export interface LogFiles {
  /** All files that were there at the last look. */
  present(): readonly LogFile[];
  add(source: string, path: string, stat: FileStat, cursor: Cursor): number;
  save(id: number, stat: FileStat, cursor: Cursor): void;
  move(id: number, path: string): void;
  markGone(id: number): void;
  /** A log in this state tells of forgotten sessions only. It is known by a digest: not even its path is kept. */
  isForgotten(path: string, stat: FileStat): boolean;
  forget(path: string, stat: FileStat): null;
}

export function openLogFiles(db: Database, machineId: number): LogFiles {
  const select: Statement<[], LogFile> = db.prepare(
    `select id, source, path, device, inode, size_bytes as sizeBytes, modified_ms as modifiedMs, changed_ms as changedMs,
       offset_bytes as "offset", line, head_hash as headHash, tail_hash as tailHash, reader_state as readerState,
       parser_version as parserVersion
     from log_files where machine_id = ${machineId} and state = 'present'`,
  );
  const columns =
    'device, inode, size_bytes, modified_ms, changed_ms, offset_bytes, line, head_hash, tail_hash, reader_state, parser_version';
  const insert = db.prepare(
    `insert into log_files (machine_id, source, path, state, ${columns}) values (${machineId}, ?, ?, 'present', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `update log_files set ${columns
      .split(', ')
      .map((column) => `${column} = ?`)
      .join(', ')} where id = ?`,
  );
  const move = db.prepare('update log_files set path = ? where id = ?');
  const gone = db.prepare(`update log_files set state = 'gone' where id = ?`);
  const tombstones = openTombstones(db);
  const nameOf = (path: string, { device, inode, sizeBytes, modifiedMs, changedMs }: FileStat) =>
    ['file', path, device, inode, sizeBytes, modifiedMs, changedMs] as const;
  const values = (stat: FileStat, cursor: Cursor) => [
    stat.device,
    stat.inode,
    stat.sizeBytes,
    stat.modifiedMs,
    stat.changedMs,
    cursor.offset,
    cursor.line,
    cursor.headHash,
    cursor.tailHash,
    cursor.readerState,
    cursor.parserVersion,
  ];
  return {
    present: () => select.all(),
    add: (source, path, stat, cursor) => Number(insert.run(source, path, ...values(stat, cursor)).lastInsertRowid),
    save: (id, stat, cursor) => void update.run(...values(stat, cursor), id),
    move: (id, path) => void move.run(path, id),
    markGone: (id) => void gone.run(id),
    isForgotten: (path, stat) => tombstones.has(...nameOf(path, stat)),
    forget: (path, stat) => {
      // A piece of a log that is still being read has no state yet.
      if (stat.sizeBytes >= 0) tombstones.add(...nameOf(path, stat));
      return null;
    },
  };
}
