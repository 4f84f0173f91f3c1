import { cpSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, type Machine, type MachineOptions } from '../world.ts';

const HOME = fileURLToPath(new URL('../../fixtures/catalog/home', import.meta.url));

/** Stands in a fixture for the home folder. */
const PLACEHOLDER = '/home/sam';

/** Made long ago, but for what its name says. */
const OLD = new Date('2026-01-05T12:00:00Z');
const NEW = new Date('2026-06-04T12:00:00Z');

/** A machine with things of every kind, scope and state, and logs of three sessions that had some of them. */
export function withCatalog(options: MachineOptions = {}): Machine {
  // Codex CLI lists skills with their paths, so their size depends on where the home is.
  const mac = machine({ ...options, homeLength: 90 });
  cpSync(HOME, mac.home, { recursive: true });
  for (const name of readdirSync(mac.home, { recursive: true, encoding: 'utf8' })) {
    const path = join(mac.home, name);
    if (!statSync(path).isFile()) continue;
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(PLACEHOLDER, mac.home));
    const madeAt = name.includes('/fresh/') ? NEW : OLD;
    utimesSync(path, madeAt, madeAt);
  }
  return mac;
}

/** What was printed, with the home folder as a person writes it. */
export const homely = (mac: Machine, text: string): string => text.replaceAll(mac.home, '~');
