import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SETTLED, WAITING } from '../../src/scores/figures.ts';
import { isOpenSql } from '../../src/scores/sealed.ts';
import { importedAtOnce } from '../import/at-once.ts';
import { importDirectly } from '../import/directly.ts';
import { openHistory, type Step as LogStep } from '../import/history.ts';
import { T0 } from '../logs/claude.ts';
import { expectCarried } from './carried.ts';
import { factsOf, machine, type Machine } from '../world.ts';

/*
 * Logs grow, are forked, copied, renamed and deleted, while the store is read into, pruned, rebuilt and made to forget, in any
 * order. What is added up never gets less but by what was forgotten.
 */

const DAY = 86_400_000;
/** A session each three and a half days, over half a day and often over midnight. */
const SLOWER = 3000;

type Step =
  | LogStep
  | { readonly do: 'rebuild' }
  | { readonly do: 'prune'; readonly days: number }
  | { readonly do: 'forget'; readonly session: number };

const log = fc.nat({ max: 5 });
const growing: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append'), log, lines: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('fork', 'copy', 'rename'), log }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'import' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'rebuild' }) },
];
const losing: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), log }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('prune'), days: fc.integer({ min: 5, max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), session: fc.integer({ min: 1, max: 5 }) }) },
];
const steps = (...kinds: readonly fc.WeightedArbitrary<Step>[]) => fc.array(fc.oneof(...kinds), { minLength: 8, maxLength: 18 });
const history = fc.oneof({ weight: 1, arbitrary: steps(...growing) }, { weight: 4, arbitrary: steps(...growing, ...losing) });

type Sums = ReadonlyMap<string, number>;

/** Sums of each session's day by tool and by model; undated facts are of one day, pruned or not. Open days have their durations in their calls. */
function sumsOf(mac: Machine): Sums {
  const day = 'max(r.day, -1000000)';
  const rows = mac.sql(`
    select s.key as session, ${day} || ' ' || t.name as what, sum(calls) as a, sum(ok) as b, sum(duration_sum_ms) as c, sum(r.cost_nano_usd) as d
      from rollup_calls r join sessions s on s.id = r.session_id join tools t on t.id = r.tool_id group by 1, 2
    union all select s.key, ${day} || ' ' || coalesce(m.name, '-'), sum(requests), sum(output_tokens), sum(input_tokens), sum(r.cost_nano_usd)
      from rollup_requests r join sessions s on s.id = r.session_id left join models m on m.id = r.model_id group by 1, 2
    union all select s.key, ${day} || ' turns', sum(turns), sum(commands), 0, 0 from rollup_turns r join sessions s on s.id = r.session_id group by 1, 2
    union all select key, what || ' durations', sum(calls), 0, 0, 0 from (
      select s.key, ${day} as what, calls from rollup_durations r join sessions s on s.id = r.session_id
      union all select s.key, coalesce(r.day, -1000000), 1 from tool_calls r join sessions s on s.id = r.session_id join tools t on t.id = r.tool_id
        where ${isOpenSql('r.day')} and r.duration_ms is not null and r.outcome in ${SETTLED} and t.name not in ${WAITING}) group by 1, 2`);
  const sums = new Map<string, number>();
  for (const { session, what, ...figures } of rows)
    for (const [name, value] of Object.entries(figures))
      if (Number(value ?? 0) !== 0) sums.set(`${String(session)}/${String(what)}/${name}`, Number(value));
  return sums;
}

/** Sums of sums, by `part` of their names. */
function by(sums: Sums, part: (name: string) => string): Sums {
  const total = new Map<string, number>();
  for (const [name, value] of sums) total.set(part(name), (total.get(part(name)) ?? 0) + value);
  return total;
}

/** Without the session and its day: by tool and by model. */
const kindOf = (name: string): string => name.replace(/^[^/]*\/-?\d+ /, '');
const sessionOf = (name: string): string => name.slice(0, name.indexOf('/'));

function expectNoLess(now: Sums, then: Sums): void {
  for (const [name, value] of then)
    expect([name, now.get(name) ?? 0]).toEqual([name, expect.toSatisfy((figure: number) => figure >= value)]);
}

/** What requests carried, by thing: its sessions, its tokens and their cost. Uses on pruned days are only left as sums. */
async function loaded(mac: Machine, ...how: readonly string[]) {
  const { rows } = await mac.json('dead-weight', '--all', '--days', 'all', '--sort', 'name', ...how);
  return Array.isArray(rows)
    ? rows
        .filter((row) => row.loaded_sessions !== null)
        .map((row) => [row.name, row.kind, row.loaded_sessions, row.resident_tokens, row.resident_basis, row.exposed_tokens, row.cost_usd])
    : [];
}

test('100 random histories: nothing that is added up gets less, but by the share of what is forgotten; nothing comes back', async () => {
  const done = { prune: 0, forget: 0, rebuild: 0, fresh: 0, carried: 0, used: 0 };
  const property = fc.asyncProperty(history, async (steps) => {
    const mac = machine({ now: new Date(T0 + 45 * DAY).toISOString() });
    const forgotten = new Set<string>();
    const taken = { out: false, logs: false };

    const read = async (how: { rebuild?: boolean } = {}): Promise<void> => {
      const before = known();
      await importDirectly(mac, how);
      // A fact may move to another session and day when it turns out whose it is, and its outcome and times with it; the tool of a
      // result whose call was not read yet becomes known.
      const counts = (sums: Sums): Sums =>
        new Map([...by(sums, kindOf)].filter(([name]) => /^(?!\(unknown\)|durations).*\/a$|^claude.*\/[bc]$/.test(name)));
      expectNoLess(counts(sumsOf(mac)), counts(before));
      for (const session of forgotten) expect(mac.sql('select 1 from sessions where key = ?', session)).toEqual([]);
    };
    const known = (): Sums => (existsSync(mac.db) ? sumsOf(mac) : new Map());
    const step = openHistory(mac, { import: () => read(), report: async () => {} }, SLOWER);

    for (const each of steps) {
      if (each.do === 'rebuild') {
        await read();
        const before = sumsOf(mac);
        await importDirectly(mac, { rebuild: true });
        expect(sumsOf(mac)).toEqual(before);
        done.rebuild += 1;
      } else if (each.do === 'prune') {
        await read();
        const before = sumsOf(mac);
        const { rows } = await mac.json('prune', '--days', String(each.days), '--apply');
        expect(sumsOf(mac)).toEqual(before);
        expect(await mac.json('prune', '--days', String(each.days), '--apply')).toMatchObject({ rows: [] });
        done.prune += Number(Array.isArray(rows) && rows.length > 0);
        taken.out = true;
      } else if (each.do === 'forget') {
        await read();
        const session = `session-${each.session}`;
        if (mac.sql('select 1 from sessions where key = ?', session).length === 0) continue;
        const before = sumsOf(mac);
        const others = (sums: Sums): Sums =>
          new Map(
            [...by(sums, (name) => `${sessionOf(name)}/${kindOf(name)}`)].filter(
              ([name]) => sessionOf(name) !== session && name.endsWith('/a'),
            ),
          );
        await mac.json('forget', '--session', session, '--yes');
        forgotten.add(session);
        expectNoLess(others(sumsOf(mac)), others(before));
        expect([...sumsOf(mac).keys()].filter((name) => sessionOf(name) === session)).toEqual([]);
        done.forget += 1;
        taken.out = true;
      } else {
        if (each.do === 'delete') taken.logs = true;
        await step(each);
      }
      if (existsSync(mac.db)) expectCarried(mac.sql);
      if (existsSync(mac.db)) expect([each.do, (await mac.usage('status', '--verify')).code]).toEqual([each.do, 0]);
    }
    await read();
    const { sums, used } = expectCarried(mac.sql);
    done.carried += sums;
    done.used += used;
    expect(await loaded(mac)).toEqual(await loaded(mac, '--raw'));
    const last = sumsOf(mac);
    await importDirectly(mac, { rebuild: true });
    expect(sumsOf(mac)).toEqual(last);
    for (const session of forgotten) expect(mac.sql('select 1 from sessions where key = ?', session)).toEqual([]);
    if (taken.out || taken.logs) return;
    done.fresh += 1;
    expect(factsOf(mac)).toBe(factsOf(await importedAtOnce(mac)));
  });
  await fc.assert(property, { seed: Number(process.env['SEED'] ?? 20260601), numRuns: Number(process.env['RUNS'] ?? 100) });
  for (const count of Object.values(done)) expect(count).toBeGreaterThan(10);
}, 300_000);
