import { command, end, interrupt, progress, prompt, response, start } from '../logs/claude.ts';

const BOM = '\ufeff';

/** A log of many situations, and of every kind of damage that does not end a file: about 30 lines. */
export function variedLog(): Buffer {
  const call = (id: string, name: string) => ({ id, name });
  const inner = response(
    9100,
    'msg_inner',
    { input: 3, output: 4 },
    { sidechain: true, agent: 'a1', calls: [call('toolu_inner', 'Grep')] },
  );
  const lines = [
    BOM + prompt(0, 'Fräse die Welle 🙂'),
    response(1000, 'msg_a', { input: 10, output: 1, cacheRead: 5 }),
    response(1001, 'msg_a', { input: 10, output: 40, cacheRead: 5 }, { calls: [call('toolu_a', 'Bash')] }),
    response(1002, 'msg_a', { input: 10, output: 41, cacheRead: 5 }, { calls: [call('toolu_b', 'mcp__büro__ablage')] }),
    end('toolu_b', 1500, 'err'),
    end('toolu_a', 1600),
    '',
    JSON.stringify({ type: 'summary', summary: 'turned', leafUuid: 'x' }),
    `${prompt(2000, 'again', { uuid: null })}\r`,
    `${prompt(2000, 'again', { uuid: null })}\r`,
    start('toolu_skill', 2500, { tool: 'Skill', input: { skill: 'größen' } }),
    end('toolu_skill', 2600),
    command(3000, 'review'),
    '{"type":"assistant","message":{"id":"msg_',
    start('toolu_never', 3500, { tool: 'Read', message: 'msg_never' }),
    interrupt(3600),
    prompt(9000, 'send someone'),
    start('toolu_task', 9050, { tool: 'Task', input: { subagent_type: 'scout' } }),
    inner,
    progress(9101, inner),
    end('toolu_inner', 9200, 'ok', { sidechain: true, agent: 'a1' }),
    end('toolu_task', 9300, 'ok', { result: { totalDurationMs: 240 } }),
    '\0\0\0' + end('toolu_late', 9400),
    start('toolu_late', 9350),
    prompt(null, 'undated'),
    response(null, 'msg_undated', { input: 1, output: 1 }),
    JSON.stringify({ type: 'hologram', sessionId: 's', uuid: 'u' }),
    response(9900, 'msg_z', { output: 9 }, { cwd: '/home/ada/work/lathe/bed' }),
  ];
  const damaged = Buffer.from(`${prompt(9950, 'caf#').replace('#', '\xe9')}\n`, 'latin1');
  return Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), damaged]);
}
