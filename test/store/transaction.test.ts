import { expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { machine } from '../world.ts';

test('what ends in the middle of a transaction was none, and takes back the stretch that it is in', async () => {
  const mac = machine();
  await mac.json('import');
  const store = openStore(mac.db, { timeZone: 'UTC' });
  const none = { cacheReadUsd: null, cacheWriteUsd: null, cacheWrite1hUsd: null };
  const price = (model: string) => ({ model, from: null, inputUsd: 1, outputUsd: 2, ...none });
  const failing = () =>
    store.transaction(() => {
      store.setPrice(price('half'));
      throw new Error('the end');
    });
  expect(failing).toThrow('the end');
  const stretch = store.begin();
  store.transaction(() => store.setPrice(price('before')));
  expect(failing).toThrow('the end');
  stretch.rollback();
  store.transaction(() => store.setPrice(price('whole')));
  store.close();
  expect(mac.sql('select model from price_overrides')).toEqual([{ model: 'whole' }]);
});
