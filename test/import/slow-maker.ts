import Sqlite from 'better-sqlite3';
import { migrate } from '../../src/store/migrate.ts';

/* A process that takes its time to make a store: `slow-maker.ts <store>`. It says so when it has begun. */

const db = new Sqlite(process.argv[2]);
db.pragma('journal_mode = wal');
db.exec('begin immediate');
process.stdout.write('begun\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
migrate(db);
db.exec('commit');
