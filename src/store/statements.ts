import type { Database, Statement } from 'better-sqlite3';

/**
 * From here on a connection prepares a statement when it is first run: most runs need few of those that they might. And it
 * counts the statements that it runs: how much work was done, told without a clock. A script of several counts as one.
 */
export function deferStatements(db: Database): () => number {
  let count = 0;
  const prepare = db.prepare.bind(db);

  const later = (sql: string): unknown => {
    let statement: Statement | undefined;
    let isPlucked = false;
    let isRaw = false;
    const made = (): Statement => {
      count += 1;
      if (statement !== undefined) return statement;
      statement = prepare(sql);
      if (isPlucked) statement.pluck();
      if (isRaw) statement.raw();
      return statement;
    };
    const runner = {
      run: (...args: unknown[]) => made().run(...args),
      get: (...args: unknown[]) => made().get(...args),
      all: (...args: unknown[]) => made().all(...args),
      iterate: (...args: unknown[]) => made().iterate(...args),
      pluck: () => ((isPlucked = true), runner),
      raw: () => ((isRaw = true), runner),
    };
    return runner;
  };
  Object.defineProperty(db, 'prepare', { value: later });

  const exec = db.exec.bind(db);
  Object.defineProperty(db, 'exec', {
    value: (sql: string): unknown => {
      count += 1;
      return exec(sql);
    },
  });
  return () => count;
}
