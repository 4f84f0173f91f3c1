/** The rows that only one of two table expressions has, `stored` and `derived`. */
export const DIFFERING_SQL = `
  select * from (select * from stored except select * from derived)
  union select * from (select * from derived except select * from stored)`;
