import { expect, test } from 'vitest';
import { VIEWS } from '../../src/store/views.ts';
import { end, start, writeLog } from '../logs/claude.ts';
import { machine, type Machine } from '../world.ts';

async function withCalls(): Promise<Machine> {
  const mac = machine();
  writeLog(mac, 's.jsonl', [
    start('toolu_1', 0, { tool: 'Read' }),
    end('toolu_1', 5),
    start('toolu_2', 10, { tool: 'Bash' }),
    end('toolu_2', 11),
  ]);
  await mac.usage('import');
  return mac;
}

test('a select is answered in every format', async () => {
  const mac = await withCalls();
  const select = 'select tool, count(*) as calls from v_calls group by tool order by tool';
  expect((await mac.json('sql', select))['rows']).toEqual([
    { tool: 'Bash', calls: 1 },
    { tool: 'Read', calls: 1 },
  ]);
  expect((await mac.usage('sql', select, '--format', 'csv')).stdout).toBe('tool,calls\nBash,1\nRead,1\n');
});

test('views count what the tables hold', async () => {
  const mac = await withCalls();
  for (const [view, table] of [
    ['v_calls', 'tool_calls'],
    ['v_requests', 'requests'],
    ['v_sessions', 'sessions'],
    ['v_tools', 'tool_scores'],
  ] as const) {
    const { rows } = await mac.json('sql', `select count(*) as n from ${view}`);
    expect({ view, rows }).toEqual({ view, rows: mac.sql(`select count(*) as n from ${table}`) });
  }
});

test.each(VIEWS.map(({ name }) => name))('%s answers on an empty store, and is listed', async (view) => {
  const mac = machine();
  expect((await mac.json('sql', `select * from ${view}`))['rows']).toEqual([]);
  expect((await mac.usage('sql', '--views')).stdout).toContain(view);
});

test.each([
  ['delete from sessions'],
  ["insert into meta values ('a', 'b') returning key"],
  ['with x as (select 1) delete from sessions returning id'],
  ['pragma writable_schema = 1'],
  ["attach 'other.sqlite3' as other"],
  ['create temp table t (a)'],
  ['select 1; delete from sessions'],
  ['select nothing'],
  [''],
])('%j is refused, and changes nothing', async (statement) => {
  const mac = await withCalls();
  const before = mac.sql('select * from sessions');
  const { code, stdout, stderr } = await mac.usage('sql', statement);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^usage: .+\. Ask one select; usage sql --views lists what there is\.\n$/);
  expect(mac.sql('select * from sessions')).toEqual(before);
});
