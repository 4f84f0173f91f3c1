import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../world.ts';

/* Writes the usage log of a yoi workspace, with the times of `claude.ts`: milliseconds after midnight UTC of 2026-06-01. */

const T0 = Date.parse('2026-06-01T00:00:00Z');

export interface Taken {
  readonly kind: string;
  readonly slug: string;
  readonly bytes?: number;
}

let serial = 0;

const line = (at: number, event: string, origin: string, records: readonly Taken[]): string =>
  JSON.stringify({
    id: `019e8000-0000-7000-8000-${String(++serial).padStart(12, '0')}`,
    occurred_at: new Date(T0 + at).toISOString(),
    segment_id: 'segment-1',
    event,
    source: origin,
    records: records.map(({ kind, slug, bytes = 40 }) => ({ kind, slug, file_bytes: bytes, file_tokens_estimate: Math.ceil(bytes / 4) })),
  });

export const use = (at: number, ...records: readonly Taken[]): string => line(at, 'use', 'MemoryRead', records);
export const refer = (at: number, ...records: readonly Taken[]): string => line(at, 'use', 'KnowledgeReference', records);
export const exposure = (at: number, ...records: readonly Taken[]): string => line(at, 'resident_exposure', 'ResidentInjection', records);
export const other = (at: number, event: string, ...records: readonly Taken[]): string => line(at, event, 'MemoryRead', records);

/** Writes the log of a workspace below home and returns the workspace. */
export function writeWorkspace(machine: Machine, lines: readonly string[], name = 'garden'): string {
  const workspace = join(machine.home, name);
  const path = join(workspace, '.yoi/memory/_usage/events.jsonl');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((each) => `${each}\n`).join(''));
  return workspace;
}
