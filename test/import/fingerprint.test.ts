import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { fingerprint, hasFingerprint } from '../../src/import/bytes.ts';
import { openDigest } from '../../src/import/digest.ts';
import type { ReadBytes } from '../../src/import/lines.ts';
import { appendLog, logText, prompt, writeLog } from '../logs/claude.ts';
import { machine } from '../world.ts';

const over =
  (bytes: Buffer): ReadBytes =>
  (target, position) =>
    bytes.copy(target, 0, position, position + target.length);

test('any byte of the beginning and of the end that is another one makes another fingerprint', () => {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 31 + (n >> 5)) & 0x7f));
  const print = fingerprint(over(bytes), bytes.length);
  expect(hasFingerprint(over(bytes), bytes.length, print)).toBe(true);
  const looked = [...Array(1024).keys(), ...Array.from({ length: 512 }, (_, n) => bytes.length - 512 + n)];
  for (const at of looked) {
    for (const other of [0, 1, 0x20, 0xff].filter((byte) => byte !== bytes[at])) {
      const changed = Buffer.from(bytes);
      changed[at] = other;
      expect(hasFingerprint(over(changed), bytes.length, print), `${at}: ${other}`).toBe(false);
    }
  }
});

test('no two of a million like texts have the same digest', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 1_000_000; n += 1) seen.add(fingerprint(over(Buffer.from(`{"n":${n}}`)), 9).headHash);
  // Of those that go on beyond the offset the first nine bytes are the same.
  const firsts = new Set(Array.from({ length: 1_000_000 }, (_, n) => `{"n":${n}}`.slice(0, 9)));
  expect(seen.size).toBe(firsts.size);
});

test('any character of a text that is another one makes another digest, whatever its length and that of its letters', () => {
  const digest = openDigest();
  const of = (text: string): string => {
    digest.text(text);
    return digest.end();
  };
  for (const letter of ['a', 'é', '語', '🎣']) {
    for (const length of [0, 1, 2, 3, 4, 5, 511, 512, 1023, 1024, 1025, 3000]) {
      const text = letter.repeat(length);
      expect(of(text)).toBe(of(text.slice(0, 7) + text.slice(7)));
      const others = [0, length >> 1, length - 1]
        .filter((at) => at >= 0 && at < length)
        .map((at) => `${letter.repeat(at)}x${letter.repeat(length - at - 1)}`);
      const all = [text, `${text}\0`, `${text}${letter}`, ...others];
      expect(new Set(all.map(of)).size, `${length} ${letter}`).toBe(new Set(all).size);
    }
  }
});

test('a log whose fingerprint was made as stores of before have it is read on from where it ended', async () => {
  const mac = machine();
  const path = writeLog(mac, 's.jsonl', [prompt(0, 'one'), prompt(1000, 'two')]);
  await mac.json('import');
  const bytes = readFileSync(path);
  const sha1 = (part: Buffer): string => createHash('sha1').update(part).digest('base64url');
  const db = new Sqlite(mac.db);
  db.prepare('update log_files set head_hash = ?, tail_hash = ?').run(sha1(bytes.subarray(0, 1024)), sha1(bytes.subarray(-512)));
  const more = [prompt(2000, 'three')];
  appendLog(path, more);
  expect(await mac.json('import')).toMatchObject({ files_read: 1, files_gone: 0, bytes_read: logText(more).length, events_new: 1 });
  expect(db.prepare('select length(head_hash) from log_files').pluck().all()).toEqual([16]);
  // One that was written anew is noticed by the same digests.
  db.prepare('update log_files set head_hash = ?').run(sha1(Buffer.from('another')));
  appendLog(path, [prompt(3000, 'four')]);
  expect(await mac.json('import')).toMatchObject({ files_read: 1, files_gone: 1, events_new: 1 });
  db.close();
});
