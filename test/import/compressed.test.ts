import { rmSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { logText, start as claudeStart, writeLog } from '../logs/claude.ts';
import { end, head, logPath, start, tokens, writeBytes } from '../logs/codex.ts';
import { zstd } from '../logs/zstd.ts';
import { factsOf, machine, type Machine } from '../world.ts';

const LINES = [...head(0), start('call_a', 1000), tokens(1100, 100, 10), end('call_a', 1500), tokens(2000, 250, 30)];
const TEXT = logText(LINES);
/** `TEXT` as `zstd -19` packs it, with compressed literals and sequences. */
const PACKED = Buffer.from(
  'KLUv/QRohQwAtlZDHkBvdZ+VvVAbKSoaX04IsjZ/GEBIiDKI6Iq5KgJpRDkAOgA5AA87COY99sAwZq3nwAm23u7AX9qdnZBlo6tvc3Rywlq5vp0jS1+9sdYStLUYbDGGZjVvj+J25Qj7' +
    'lzW6ljxhwDS9nR+VZr36EiAYE1CeXL1SB6HnKuzM93Y6eyWEQDqvzpFeaCChkzJYZwccZ2RAeVdniwl79eny9tqSowShKzfG+dzjSlwJQfv6SemJ3NBxlTOqTBlTYDqCQOzM2BVuOV/T' +
    'OEklh5tuVyep25CAaZqmRSg0S9CwhI90NIV0rEAg0pAScLhhhQO18pt08XZXmKaW5tVarL22FEmGbJUctD3nI+HVW0osmSwzIFCEyBSlD/BwIB2vQAxadHJDVyJA5CnkYhchJKbET7uQ' +
    'EwNmctn0BzWwkVvr5K15QfVxHYvzwrgtLg3pvR0XyI4CrUjf23EZxL5toSSgbsSD/whUeFZ2QSQ67yrBwJVHyCXLwAuuHSdtgyRkG2vAMGwMZRDelrIlRID30gQmE/1Rsjk=',
  'base64',
);

async function imported(ending: string, bytes: string | Uint8Array): Promise<Machine> {
  const mac = machine();
  writeBytes(logPath(mac, ending), bytes);
  await mac.json('import');
  return mac;
}

const keysOf = (mac: Machine) => mac.sql('select key from tool_calls order by key').map(({ key }) => key);

test.each([
  ['packed', PACKED],
  ['of raw blocks', zstd(TEXT)],
  ['of several frames', Buffer.concat([zstd(TEXT.slice(0, 333)), zstd(TEXT.slice(333))])],
])('a compressed log %s tells the same as the plain one', async (_, bytes) => {
  const plain = await imported('.jsonl', TEXT);
  expect(keysOf(plain)).toEqual(['codex:call_a']);
  expect(factsOf(await imported('.jsonl.zst', bytes))).toBe(factsOf(plain));
});

test('a compressed log of more than one slice is read to its end, and not again', async () => {
  const mac = machine();
  const filler = JSON.stringify({ type: 'compacted', payload: { message: 'x'.repeat(1 << 20) } });
  writeBytes(logPath(mac, '.jsonl.zst'), zstd(logText([...LINES, ...Array.from({ length: 20 }, () => filler), start('call_z', 9000)])));
  expect(await mac.json('import')).toMatchObject({ files_read: 1, lines_read: LINES.length + 21 });
  expect(keysOf(mac)).toEqual(['codex:call_a', 'codex:call_z']);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 1 });
});

test('of a log and its compressed copy the plain one is read', async () => {
  const mac = machine();
  writeBytes(logPath(mac), TEXT);
  writeBytes(logPath(mac, '.jsonl.zst'), zstd(logText([...LINES, start('call_other', 5000)])));
  expect(await mac.json('import')).toMatchObject({ files_found: 1, files_opened: 1 });
  expect(keysOf(mac)).toEqual(['codex:call_a']);
});

test('a log that is replaced by its compressed copy tells nothing new', async () => {
  const mac = await imported('.jsonl', TEXT);
  const before = factsOf(mac);
  writeBytes(logPath(mac, '.jsonl.zst'), PACKED);
  rmSync(logPath(mac));
  expect(await mac.json('import')).toMatchObject({ events_new: 0, files_gone: 1, files_opened: 1 });
  expect(factsOf(mac)).toBe(before);
  expect(await mac.json('import')).toMatchObject({ files_opened: 0, files_unchanged: 1 });
  await mac.json('import', '--rebuild');
  expect(factsOf(mac)).toBe(before);
});

test('a compressed log that grew tells what is new in it', async () => {
  const mac = await imported('.jsonl.zst', PACKED);
  const more = logText([...LINES, start('call_b', 3000)]);
  writeBytes(logPath(mac, '.jsonl.zst'), zstd(more));
  expect(await mac.json('import')).toMatchObject({ events_new: 1 });
  expect(factsOf(mac)).toBe(factsOf(await imported('.jsonl', more)));
});

test('a compressed log that is replaced by another one leaves its facts, also after a rebuild', async () => {
  const mac = await imported('.jsonl.zst', PACKED);
  writeBytes(logPath(mac, '.jsonl.zst'), zstd(logText([...head(0), start('call_b', 3000)])));
  await mac.json('import');
  expect(keysOf(mac)).toEqual(['codex:call_a', 'codex:call_b']);
  await mac.json('import', '--rebuild');
  expect(keysOf(mac)).toEqual(['codex:call_a', 'codex:call_b']);
});

test('a compressed log that was only touched tells nothing new', async () => {
  const mac = await imported('.jsonl.zst', PACKED);
  const before = factsOf(mac);
  utimesSync(logPath(mac, '.jsonl.zst'), 1, 1);
  expect(await mac.json('import')).toMatchObject({ events_new: 0 });
  expect(factsOf(mac)).toBe(before);
});

const flipped = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 0xff : byte)));

test.each([
  ['another magic number', flipped(PACKED, 0)],
  ['a damaged block', flipped(PACKED, 20)],
  ['a cut off end', PACKED.subarray(0, PACKED.length - 1)],
  ['a cut off block', PACKED.subarray(0, 100)],
  ['a beginning only', PACKED.subarray(0, 10)],
  ['text', Buffer.from('not compressed at all')],
])('a compressed log with %s is unreadable; the others are imported', async (_, bytes) => {
  const mac = machine();
  const path = writeBytes(logPath(mac, '.jsonl.zst'), bytes);
  writeLog(mac, 's.jsonl', [claudeStart('toolu_c', 1000)]);
  const { code, stdout, stderr } = await mac.usage('import', '--strict');
  expect({ code, stderr }).toEqual({ code: 3, stderr: `${path.replace(mac.home, '~')} could not be read (damaged compression)\n` });
  expect(stdout).toContain('1 unreadable');
  expect(keysOf(mac)).toEqual(['toolu_c']);
  // Nor does it stand in the way of a rebuild; once it is whole it is read.
  expect(await mac.json('import', '--rebuild')).toMatchObject({ files_unreadable: 1 });
  writeBytes(path, PACKED);
  expect(await mac.json('import')).toMatchObject({ files_unreadable: 0 });
  expect(keysOf(mac)).toEqual(['codex:call_a', 'toolu_c']);
});
