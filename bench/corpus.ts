import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS } from '../src/model/time.ts';

/*
 * Writes logs of Claude Code and Codex as they look: a turn is a prompt, responses over several lines that repeat their
 * usage, calls, results whose texts make up most bytes, and lines that carry nothing. The same size and seed always give
 * the same bytes. The folder serves as CLAUDE_CONFIG_DIR and as CODEX_HOME.
 */

export interface Corpus {
  readonly files: number;
  readonly bytes: number;
  readonly calls: number;
}

/** No log goes on beyond it. */
export const END = Date.parse('2026-06-01T00:00:00Z');
const DAYS = 180;
const WORDS =
  'const return import error value index string module path test file line number under while branch 12 0x7f \n  \t "quoted" {} => é';
const TOOLS = ['Bash', 'Bash', 'Read', 'Read', 'Edit', 'Grep', 'Glob', 'Write', 'WebFetch', 'mcp__docs__search', 'Task'];
const MODELS = ['claude-sonnet-4-5-20250929', 'claude-opus-4-20250514', 'claude-haiku-4-5-20251001'];

export function writeCorpus(folder: string, targetBytes: number, seed: number): Corpus {
  const random = generator(seed);
  let [files, bytes, calls] = [0, 0, 0];
  while (bytes < targetBytes) {
    const session = openSession(random, files);
    const lines = files % 5 === 4 ? codexLines(session) : claudeLines(session);
    const path = join(folder, files % 5 === 4 ? codexPath(session) : claudePath(session));
    const text = `${lines.join('\n')}\n`;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    files += 1;
    bytes += Buffer.byteLength(text);
    calls += session.calls;
  }
  return { files, bytes, calls };
}

type Random = () => number;

/** mulberry32: numbers from 0 to 1 that are the same everywhere. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Session {
  readonly id: string;
  readonly cwd: string;
  readonly startedAt: number;
  readonly random: Random;
  /** A text whose length is log-normal around `median`. */
  text(median: number): string;
  calls: number;
}

function openSession(random: Random, nth: number): Session {
  const words = WORDS.split(' ');
  const text = (median: number): string => {
    const length = Math.min(400_000, median * Math.exp(1.2 * normal(random)));
    // Of pieces, as a word at a time would take longer than all that is measured.
    const piece = Array.from({ length: 40 }, () => words[Math.floor(random() * words.length)]).join(' ');
    return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  };
  return {
    id: uuid(`session ${nth} ${random()}`),
    cwd: `/home/ada/work/project-${Math.floor(random() * 20)}`,
    startedAt: END - Math.floor(random() * DAYS * DAY_MS),
    random,
    text,
    calls: 0,
  };
}

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const digest = (of: string): string => createHash('sha1').update(of).digest('hex');
const uuid = (of: string): string => digest(of).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const claudePath = ({ id, cwd }: Session): string => `projects/${cwd.replace(/[^A-Za-z0-9]/g, '-')}/${id}.jsonl`;

function claudeLines(session: Session): readonly string[] {
  const { id, cwd, random, text } = session;
  const model = MODELS[Math.floor(random() * MODELS.length)];
  const lines: string[] = [];
  let at = session.startedAt;
  const write = (type: string, more: object): void => {
    at += 200 + Math.floor(random() * 8000);
    const base = {
      parentUuid: uuid(`${id} ${lines.length - 1}`),
      isSidechain: false,
      userType: 'external',
      cwd,
      sessionId: id,
      version: '2.1.40',
    };
    const tail = { uuid: uuid(`${id} ${lines.length}`), timestamp: new Date(at).toISOString() };
    lines.push(JSON.stringify({ ...base, gitBranch: 'main', type, ...more, ...tail }));
  };
  const turns = 1 + Math.floor(random() * 12);
  for (let turn = 0; turn < turns; turn++) {
    write('user', { message: { role: 'user', content: text(200) } });
    const responses = 1 + Math.floor(random() * 8);
    for (let nth = 0; nth < responses; nth++) {
      const key = digest(`${id} ${turn} ${nth}`).slice(0, 22);
      const call = {
        type: 'tool_use',
        id: `toolu_${key}`,
        name: TOOLS[Math.floor(random() * TOOLS.length)],
        input: { command: `npm test -- ${text(80)}` },
      };
      const usage = { input_tokens: 4, cache_creation_input_tokens: 900, cache_read_input_tokens: 30_000, output_tokens: 300 };
      const response = (block: object) => ({
        message: { model, id: `msg_${key}`, type: 'message', role: 'assistant', content: [block], usage },
      });
      write('assistant', { ...response({ type: 'text', text: text(300) }), requestId: `req_${key}` });
      write('assistant', { ...response(call), requestId: `req_${key}` });
      if (random() < 0.2) write('progress', { data: { type: 'hook_progress', output: text(800) } });
      const content = text(2500);
      const isError = random() < 0.06;
      const block = {
        tool_use_id: call.id,
        type: 'tool_result',
        content: isError ? `Exit code 1\n${content}` : content,
        ...(isError && { is_error: true }),
      };
      write('user', { message: { role: 'user', content: [block] }, toolUseResult: { stdout: content, stderr: '', interrupted: false } });
      session.calls += 1;
    }
  }
  return lines;
}

const codexPath = ({ id, startedAt }: Session): string => {
  const time = new Date(startedAt).toISOString();
  return `sessions/${time.slice(0, 10).replaceAll('-', '/')}/rollout-${time.slice(0, 19).replaceAll(':', '-')}-${id}.jsonl`;
};

function codexLines(session: Session): readonly string[] {
  const { id, cwd, random, text } = session;
  const lines: string[] = [];
  let at = session.startedAt;
  const write = (type: string, payload: object): void => {
    at += 200 + Math.floor(random() * 8000);
    lines.push(JSON.stringify({ timestamp: new Date(at).toISOString(), type, payload }));
  };
  write('session_meta', { id, cwd, originator: 'codex_cli_rs', cli_version: '0.118.0', source: 'cli' });
  const total = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 };
  const turns = 1 + Math.floor(random() * 12);
  for (let turn = 0; turn < turns; turn++) {
    const turnId = uuid(`${id} turn ${turn}`);
    write('event_msg', { type: 'task_started', turn_id: turnId });
    write('turn_context', { turn_id: turnId, cwd, model: 'gpt-5-codex' });
    write('event_msg', { type: 'user_message', message: text(200) });
    const responses = 1 + Math.floor(random() * 8);
    for (let nth = 0; nth < responses; nth++) {
      const key = `call_${digest(`${id} ${turn} ${nth}`).slice(0, 24)}`;
      write('response_item', { type: 'reasoning', summary: [], encrypted_content: text(1500) });
      write('response_item', {
        type: 'function_call',
        name: 'exec_command',
        arguments: JSON.stringify({ cmd: `rg ${text(60)}` }),
        call_id: key,
      });
      total.input_tokens += 9000;
      total.cached_input_tokens += 8000;
      total.output_tokens += 200;
      write('event_msg', { type: 'token_count', info: { total_token_usage: total } });
      const output = `Chunk ID: 1\nWall time: 0.5 seconds\nProcess exited with code ${random() < 0.06 ? 1 : 0}\nOutput:\n${text(2000)}`;
      write('response_item', { type: 'function_call_output', call_id: key, output });
      session.calls += 1;
    }
    write('event_msg', { type: 'task_complete', turn_id: turnId });
  }
  return lines;
}
