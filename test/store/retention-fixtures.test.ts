import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { machine, type Machine } from '../world.ts';

/* Every format's own logs are pruned and forgotten: their keys, times and names are as different as their authors. */

const FIXTURES = new URL('../../fixtures/', import.meta.url).pathname;
const DAY = 86_400_000;

const homes = readdirSync(FIXTURES)
  .flatMap((source) => readdirSync(`${FIXTURES}${source}`).map((name) => (name === 'home' ? source : `${source}/${name}`)))
  .filter((folder) => existsSync(`${FIXTURES}${folder}/home`));

async function imported(folder: string): Promise<Machine> {
  const mac = machine({ now: '2026-12-31T12:00:00Z', env: { YOI_WORKSPACES: '/nowhere' } });
  cpSync(`${FIXTURES}${folder}/home`, mac.home, { recursive: true });
  await mac.json('import', mac.home);
  return mac;
}

const sums = (mac: Machine) => [
  mac.sql(`select max(r.day, -1000000) as day, s.key, m.name, sum(requests) as requests, sum(input_tokens) as input, sum(output_tokens) as output,
      sum(cost_nano_usd) as cost from rollup_requests r join sessions s on s.id = r.session_id left join models m on m.id = r.model_id group by 1, 2, 3`),
  mac.sql(`select max(r.day, -1000000) as day, s.key, t.name, sum(calls) as calls, sum(ok) as ok, sum(open) as open, sum(duration_n) as n,
      sum(duration_sum_ms) as ms, sum(cost_nano_usd) as cost from rollup_calls r join sessions s on s.id = r.session_id join tools t on t.id = r.tool_id
      group by 1, 2, 3`),
  mac.sql(`select max(day, -1000000) as day, session_id, sum(turns) as turns, sum(commands) as commands from rollup_turns group by 1, 2`),
  mac.sql('select key, first_at, last_at, project_id, branch, client_version, parent from sessions order by key'),
];

test.each(homes)('pruned on any day and rebuilt, sums, sessions and scores are as before: %s', async (folder) => {
  const whole = await imported(folder);
  const days = whole
    .sql(
      'select distinct day from (select day from requests union select day from tool_calls union select day from turns) where day is not null',
    )
    .map(({ day }) => Number(day));
  for (const day of new Set(days)) {
    const mac = await imported(folder);
    const before = sums(mac);
    const scores = () =>
      mac.sql(
        'select tool, calls, ok, errors, open, duration_n, total_cost_nano_usd, sessions, first_used_at, last_used_at from tool_scores order by 1',
      );
    const scored = scores();
    await mac.json('prune', '--days', '1', '--apply', '--now', new Date((day + 2) * DAY + 1).toISOString());
    expect(mac.sql('select 1 from tool_calls where day <= ? and request_id is null', day)).toEqual([]);
    for (let n = 0; n < 2; n++) {
      expect(sums(mac)).toEqual(before);
      expect(scores()).toEqual(scored);
      expect((await mac.usage('status', '--verify')).stdout).toContain('every sum of a day equals its facts');
      await mac.json('import', mac.home, '--rebuild');
    }
  }
});

test.each(homes)('every session can be forgotten, and is not told of again: %s', async (folder) => {
  const mac = await imported(folder);
  const keys = mac.sql('select key from sessions').map(({ key }) => String(key));
  // A column of the schema has the same name.
  const names = keys.filter((key) => key !== 'unknown');
  const found = () => [mac.db, `${mac.db}-wal`].flatMap((file) => names.filter((key) => readFileSync(file, 'latin1').includes(key)));
  for (const key of keys) {
    await mac.json('forget', '--session', key, '--yes');
    expect(mac.sql('select 1 from sessions where key = ?', key)).toEqual([]);
    expect((await mac.usage('status', '--verify')).code).toBe(0);
  }
  for (const how of [[], ['--rebuild']]) {
    await mac.json('import', mac.home, ...how);
    for (const table of [
      'sessions',
      'turns',
      'requests',
      'tool_calls',
      'listings',
      'contexts',
      'compactions',
      'sightings',
      'projects',
      'items',
      'tool_scores',
      'rollup_calls',
    ])
      expect([table, mac.sql(`select 1 from ${table}`)]).toEqual([table, []]);
    expect(found()).toEqual([]);
  }
});
