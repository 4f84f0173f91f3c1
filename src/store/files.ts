import type { Database, Statement } from 'better-sqlite3';
import { openTombstones } from './tombstones.ts';
import type { Labels } from './labels.ts';
import { readMeta, writeMeta } from './meta.ts';

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
  /** As the store shows it. */
  readonly path: string;
  /** As the store knows it. */
  readonly name: string;
}

/** As much of a file as tells whether it changed: an array, as there may be very many, and each time nearly all are as they were. */
export type KnownFile = readonly [
  id: number,
  path: string,
  key: string | null,
  device: number,
  inode: number,
  sizeBytes: number,
  modifiedMs: number,
  changedMs: number,
  parserVersion: number,
];

export interface LogFiles {
  /** What tells all logs of which nothing is left to be read. Any change of what is known of a log forgets it. */
  settled(): string | undefined;
  settle(all: string): void;
  /** All files that were there at the last look. */
  present(): readonly KnownFile[];
  /** The whole row of one. */
  get(id: number): LogFile | undefined;
  /** The same of one that is there and known by its path. */
  at(path: string): LogFile | undefined;
  add(source: string, path: string, stat: FileStat, cursor: Cursor): number;
  save(id: number, stat: FileStat, cursor: Cursor): void;
  move(id: number, path: string): void;
  markGone(id: number): void;
  /** Is any log forgotten at all? */
  readonly isAnyForgotten: boolean;
  /** A log in this state tells of forgotten sessions only. It is known by a digest: not even its path is kept. */
  isForgotten(path: string, stat: FileStat): boolean;
  forget(path: string, stat: FileStat): null;
  /** The names under which a store may know a path. */
  namesOf(path: string): readonly string[];
  /** What may be said of a path. */
  labelOf(path: string): string;
}

export function openLogFiles(db: Database, machineId: number, labels: Labels): LogFiles {
  const select = `select id, source, path, coalesce(key, path) as name, device, inode, size_bytes as sizeBytes, modified_ms as modifiedMs, changed_ms as changedMs,
       offset_bytes as "offset", line, head_hash as headHash, tail_hash as tailHash, reader_state as readerState,
       parser_version as parserVersion
     from log_files`;
  const byId: Statement<[number], LogFile> = db.prepare(`${select} where id = ?`);
  const byPath: Statement<[string], LogFile> = db.prepare(
    `${select} where machine_id = ${machineId} and path = ? and state = 'present' and key is null`,
  );
  const selectAll: Statement<[], KnownFile> = db
    .prepare<[], KnownFile>(
      `select id, path, key, device, inode, size_bytes, modified_ms, changed_ms, parser_version
       from log_files where machine_id = ${machineId} and state = 'present'`,
    )
    .raw();
  const isPlain = labels.mode === 'full_path';
  /** Paths that were replaced by labels are shown again where they are met. */
  let isMixed: boolean | undefined;
  const mixed = (): boolean =>
    (isMixed ??= isPlain && db.prepare('select 1 from log_files where key is not null limit 1').get() !== undefined);
  const key = (path: string): string | null => (isPlain ? null : labels.fileKey(path));
  const columns =
    'device, inode, size_bytes, modified_ms, changed_ms, offset_bytes, line, head_hash, tail_hash, reader_state, parser_version';
  const insert = db.prepare(
    `insert into log_files (machine_id, source, path, key, state, ${columns}) values (${machineId}, ?, ?, ?, 'present', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `update log_files set ${columns
      .split(', ')
      .map((column) => `${column} = ?`)
      .join(', ')} where id = ?`,
  );
  const move = db.prepare('update log_files set path = ?, key = ? where id = ?');
  const gone = db.prepare(`update log_files set state = 'gone' where id = ?`);
  const tombstones = openTombstones(db);
  const nameOf = (path: string, { device, inode, sizeBytes, modifiedMs, changedMs }: FileStat) =>
    ['file', labels.fileKey(path), device, inode, sizeBytes, modifiedMs, changedMs] as const;
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
    cursor.readerState === null ? null : labels.readerState(cursor.readerState),
    cursor.parserVersion,
  ];
  return {
    settled: () => readMeta(db, 'settled_logs'),
    settle: (all) => writeMeta(db, 'settled_logs', all),
    present: () => {
      const rows = selectAll.all();
      isMixed = isPlain && rows.some(([, , key]) => key !== null);
      return rows;
    },
    get: (id) => byId.get(id),
    at: (path) => byPath.get(path),
    add: (source, path, stat, cursor) => Number(insert.run(source, labels.file(path), key(path), ...values(stat, cursor)).lastInsertRowid),
    save: (id, stat, cursor) => void update.run(...values(stat, cursor), id),
    move: (id, path) => void move.run(labels.file(path), key(path), id),
    markGone: (id) => void gone.run(id),
    get isAnyForgotten() {
      return !tombstones.isEmpty;
    },
    isForgotten: (path, stat) => !tombstones.isEmpty && tombstones.has(...nameOf(path, stat)),
    forget: (path, stat) => {
      // A piece of a log that is still being read has no state yet.
      if (stat.sizeBytes >= 0) tombstones.add(...nameOf(path, stat));
      return null;
    },
    namesOf: (path) => (isPlain ? (mixed() ? [path, labels.fileKey(path)] : [path]) : [labels.fileKey(path)]),
    labelOf: labels.file,
  };
}
