import { expect, test } from 'vitest';
import { didYouMean, nearest, oneOf } from '../../src/model/nearest.ts';

test.each([
  ['Bsh', ['Bash', 'Read'], 'Bash'],
  ['bash', ['Read', 'Bash'], 'Bash'],
  ['raed', ['Bash', 'Read'], 'Read'],
  ['moddel', ['day', 'model', 'month'], 'model'],
  ['jsn', ['table', 'json', 'ndjson'], 'json'],
  ['--dayz', ['--days', '--day-off'], '--days'],
  ['forecast', ['Bash', 'mcp__weather__get_forecast'], 'mcp__weather__get_forecast'],
  ['xyz', ['Bash', 'Read'], undefined],
  ['ab', ['cd', 'abcdef'], undefined],
  ['_b', ['ab', 'abc'], undefined],
  ['', ['Bash'], undefined],
])('%s, of %j: probably %s', (said, known, meant) => {
  expect(nearest(said, known)).toBe(meant);
  expect(didYouMean(said, known)).toBe(meant === undefined ? '' : `Did you mean ${meant}? `);
});

test('of a closed list one is taken, and all are named where it is none', () => {
  expect(oneOf('--by', 'day', ['day', 'week'])).toBe('day');
  expect(() => oneOf('--by', 'dya', ['day', 'week'])).toThrow(
    expect.objectContaining({ message: '--by dya is not known.', hint: 'Did you mean day? Use one of: day, week.' }),
  );
});
