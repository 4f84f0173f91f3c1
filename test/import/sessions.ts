import { end, prompt, response, writeLog } from '../logs/claude.ts';
import type { Machine } from '../world.ts';

/** Sessions of some calls each, the middle one larger than what is committed at once. */
export function writeSessions(mac: Machine, count: number): void {
  const filler = prompt(null, 'x'.repeat(1 << 20), { uuid: 'filler' });
  for (let n = 0; n < count; n++) {
    const session = { session: `session-${n}` };
    const lines = [
      prompt(n * 1000, 'turn it', session),
      response(n * 1000 + 1, `msg_${n}`, { input: 10, output: n }, { ...session, calls: [{ id: `toolu_${n}`, name: 'Bash' }] }),
      end(`toolu_${n}`, n * 1000 + 100, n % 3 === 0 ? 'err' : 'ok', session),
    ];
    const isLarge = n === Math.floor(count / 2);
    writeLog(mac, `${String(n).padStart(4, '0')}.jsonl`, isLarge ? [...Array<string>(20).fill(filler), ...lines] : lines);
  }
}
