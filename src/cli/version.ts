import { readFileSync } from 'node:fs';
import { packaged } from './packaged.ts';

/** The build puts it in (see build.ts). */
export const version = (): string => String(JSON.parse(readFileSync(packaged('package.json'), 'utf8')).version);
