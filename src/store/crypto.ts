/** What makes digests. To load it takes a while, and few runs make one. */
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');
