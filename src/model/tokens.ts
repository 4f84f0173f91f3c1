/** Where a log has no count of tokens: one for every four bytes, rounded up. An estimate, and to be called one. */
export const estimatedTokens = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** The same in SQL, of a column of whole bytes; null of null. */
export const estimatedTokensSql = (bytes: string): string => `((${bytes} + ${BYTES_PER_TOKEN - 1}) / ${BYTES_PER_TOKEN})`;

const BYTES_PER_TOKEN = 4;
