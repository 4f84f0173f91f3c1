import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCorpus } from '../../bench/corpus.ts';
import { machine } from '../world.ts';

test('the logs that are measured are read whole, and what they say is in the store', async () => {
  const mac = machine();
  const [claude, codex] = [join(mac.home, '.claude'), join(mac.home, '.codex')];
  const written = writeCorpus(claude, 3e6, 3);
  writeCorpus(codex, 3e6, 3);
  const done = await mac.json('import');
  expect(written.calls).toBeGreaterThan(100);
  expect(done).toMatchObject({ files_read: written.files, calls_total: written.calls, issue_count: 0, unknown_types: {} });
  const [{ n } = {}] = mac.sql(
    "select count(distinct source) as n from sessions where id in (select session_id from tool_calls where outcome <> 'open')",
  );
  expect(n).toBe(2);
});

test('a size and a seed give the same bytes, another seed others', () => {
  const digest = (seed: number): string => {
    const { home } = machine();
    writeCorpus(home, 200_000, seed);
    const hash = createHash('sha1');
    for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' }).sort())
      if (path.endsWith('.jsonl')) hash.update(path).update(readFileSync(join(home, path)));
    return hash.digest('hex');
  };
  expect(digest(1)).toBe(digest(1));
  expect(digest(1)).not.toBe(digest(2));
});
