import { grouped } from '../../model/number.ts';
import type { Row, Table } from '../../model/table.ts';
import { sum, WEIGHT_STATES, type Weight, type WeightState } from './weight.ts';

/** What would be freed. A plugin stands for its parts, so nothing counts twice. */
export function totalsOf(freed: readonly Weight[]) {
  return {
    tokens_per_request: sum(freed.map(({ residentTokens, loadedSessions }) => (loadedSessions === null ? null : residentTokens))),
    exposed_tokens: sum(freed.map(({ exposedTokens }) => exposedTokens)),
    cost_usd: toNanoUsd(sum(freed.map(({ costUsd }) => costUsd))),
  };
}

export function notes(rows: readonly Row[], totals: ReturnType<typeof totalsOf>, freed: number): readonly string[] {
  const n = (value: number): string => grouped(Math.round(value));
  const said: string[] = [];
  if (totals.tokens_per_request !== null && totals.exposed_tokens !== null) {
    const cost = totals.cost_usd === null ? '' : `, ${dollars(totals.cost_usd)} at list prices`;
    said.push(
      `without the ${freed === 1 ? 'one' : freed} that ${freed === 1 ? 'is' : 'are'} dead or dormant: ${n(totals.tokens_per_request)} tokens less in each request that carries them, ${n(totals.exposed_tokens)} in this window${cost}`,
    );
  }
  if (rows.length > 0)
    said.push(
      'loaded: sessions that had it in their context; used: those that called it, typed it or read it',
      'tokens: what it adds to a request; exposed: that × the requests that carried it; cost: what these tokens cost',
    );
  if (rows.some((row) => row['estimated'] === true))
    said.push('* estimated from its files; the others from the text that the logs show, at 4 bytes a token');
  const states = WEIGHT_STATES.filter((state) => rows.some((row) => row['state'] === state));
  const meanings = states.flatMap((state) => (MEANINGS[state] === undefined ? [] : `${state}: ${MEANINGS[state]}`));
  return [...said, ...(meanings.length === 0 ? [] : [meanings.join('; ')])];
}

/** To whole 10⁻⁹ USD: what is beyond them depends on the order in which parts were added. */
export const toNanoUsd = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * 1e9) / 1e9);

/** As in the column of costs: not quite nothing is not `$0.000`. */
const dollars = (usd: number): string => (usd > 0 && usd < 0.001 ? '<$0.001' : `$${usd.toFixed(usd < 1 ? 3 : 2)}`);

const MEANINGS: Readonly<Partial<Record<WeightState, string>>> = {
  dead: 'loaded and never used',
  dormant: 'used before, not in this window',
  low_coverage: 'a server of which few of the many tools are called',
  used_elsewhere: 'used in other projects only',
  no_evidence: 'nothing in the logs tells whether it was loaded; it may well be in use',
  removed: 'listed or used before, not installed any more',
};

/** For people: the command or edit for each row. Machines find it in the row. */
export function removals(rows: readonly Row[]): readonly Table[] {
  const removable = rows.filter((row) => row['state'] !== 'used' && typeof row['remove'] === 'string');
  if (removable.length === 0) return [];
  return [
    {
      columns: [
        { name: 'name', title: 'name', kind: 'text' },
        { name: 'remove', title: 'to remove it', kind: 'text', wrap: true },
      ],
      rows: removable,
    },
  ];
}
