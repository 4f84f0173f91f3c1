import type { Database } from 'better-sqlite3';

/**
 * Counts the statements that a connection runs from here on: how much work was done, told without a clock. A script of several
 * counts as one.
 */
export function countStatements(db: Database): () => number {
  let count = 0;
  const counting = (owner: object, name: string): void => {
    const run: unknown = Reflect.get(owner, name);
    if (typeof run !== 'function') throw new TypeError(`no method ${name}`);
    const value = (...args: unknown[]): unknown => {
      count += 1;
      return Reflect.apply(run, owner, args);
    };
    Object.defineProperty(owner, name, { value });
  };
  const { prepare } = db;
  Object.defineProperty(db, 'prepare', {
    value: (sql: string): unknown => {
      const statement = prepare.call(db, sql);
      for (const name of ['run', 'get', 'all', 'iterate']) counting(statement, name);
      return statement;
    },
  });
  counting(db, 'exec');
  return () => count;
}
