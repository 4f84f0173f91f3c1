import { fileURLToPath } from 'node:url';

/** The path of a file that is installed with the program. */
export const packaged = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
