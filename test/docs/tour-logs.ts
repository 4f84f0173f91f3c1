import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SAMPLE = fileURLToPath(new URL('../../fixtures/sample/home', import.meta.url));
const WEEK_MS = 7 * 86_400_000;
/** Weeks back, and how much slower everything was then. */
const PACES = [1, 1.2, 0.9, 1.1, 1.3, 0.8, 1, 1.4];
/** From this day on a database does not answer Claude Code. */
const FAILING_FROM = '2026-05-02';
const FAILING_TOOL = 'mcp__postgres__query';

/** Two months of logs: the sample logs again for each week before theirs, under other ids and at another pace. */
export function writeTourLogs(home: string): void {
  cpSync(SAMPLE, home, { recursive: true });
  const logs = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  const texts = logs.map((name) => [name, readFileSync(join(home, name), 'utf8')] as const);
  for (const name of logs) rmSync(join(home, name));
  for (const [week, pace] of PACES.entries()) {
    for (const [name, text] of texts) {
      const path = join(home, renamed(name, week));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, failing(moved(text, week, pace)));
    }
  }
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const ID = /\b(?:msg|toolu|req|call|resp)_[A-Za-z0-9]{12,}/g;

function moved(text: string, week: number, pace: number): string {
  const first = Date.parse(TIME.exec(text)?.[0] ?? '');
  TIME.lastIndex = 0;
  const at = (time: string): string => new Date(first - week * WEEK_MS + Math.round((Date.parse(time) - first) * pace)).toISOString();
  return renamed(text.replace(TIME, at), week);
}

/** Ids of a week, and the dates of names of files. */
const renamed = (text: string, week: number): string =>
  week === 0
    ? text
    : text
        .replace(UUID, (id) => id.replace(/^.{8}/, createHash('sha256').update(`${id} ${week}`).digest('hex').slice(0, 8)))
        .replace(ID, (id) => `${id}w${week}`)
        .replace(/(\/|rollout-)\d{4}([-/])\d\d\2\d\d/g, (date, before: string, between: string) => {
          const day = Date.parse(date.slice(before.length).replaceAll('/', '-'));
          return before + new Date(day - week * WEEK_MS).toISOString().slice(0, 10).replaceAll('-', between);
        });

function failing(text: string): string {
  const ids = new Set([...text.matchAll(new RegExp(`"id":"(toolu_\\w+)","name":"${FAILING_TOOL}"`, 'g'))].map(([, id]) => id));
  const lines = text.split('\n').map((line) => {
    const id = /"tool_use_id":"(toolu_\w+)"/.exec(line)?.[1];
    if (id === undefined || !ids.has(id) || (line.match(TIME)?.[0] ?? '') < FAILING_FROM) return line;
    const parsed = JSON.parse(line);
    for (const part of parsed.message.content) Object.assign(part, { is_error: true, content: REFUSED });
    return JSON.stringify({ ...parsed, toolUseResult: REFUSED });
  });
  return lines.join('\n');
}

const REFUSED = 'Error: connect ECONNREFUSED 127.0.0.1:5432';
