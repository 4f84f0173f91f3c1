/*
 * Durations of many calls in little room: a bucket holds the durations between 1.01ⁿ and 1.01ⁿ⁺¹ ms, so that whatever is read
 * from it is at most 1 % off. -1 is the bucket of 0 ms.
 */

const WIDTH = 1.01;

/** The bucket of a number of milliseconds, as SQL. */
export const bucketSql = (ms: string): string => `case when ${ms} = 0 then -1 else cast(floor(ln(${ms}) / ln(${WIDTH})) as integer) end`;

/** What stands for a bucket's durations, as SQL: its middle on the scale of the buckets, in whole ms. */
export const bucketMsSql = (bucket: string): string =>
  `case when ${bucket} < 0 then 0 else cast(round(pow(${WIDTH}, ${bucket} + 0.5)) as integer) end`;
