/*
 * Durations of many calls in little room: a bucket holds the durations between 1.01ⁿ and 1.01ⁿ⁺¹ ms, so that whatever is read
 * from it is at most 1 % off. -1 is the bucket of 0 ms.
 */

const WIDTH = 1.01;

/** The bucket of a number of milliseconds, as SQL. */
export const bucketSql = (ms: string): string => `case when ${ms} = 0 then -1 else cast(floor(ln(${ms}) / ln(${WIDTH})) as integer) end`;

/** What stands for a bucket's durations: its middle on the scale of the buckets, in whole ms. */
export const bucketMs = (bucket: number): number => (bucket < 0 ? 0 : Math.round(WIDTH ** (bucket + 0.5)));
