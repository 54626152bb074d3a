import { expect, test } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { connection, model } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { PriceKeeper } from './price-keeper.ts';

const catalogue = createCatalogue(loadBuiltInEntries());
const [sqlite] = TEST_ENGINES;

async function setUp() {
  if (sqlite === undefined) throw new Error('there is an engine');
  const store = await freshStore(sqlite);
  const keeper = new PriceKeeper({ store: store.rateCards, catalogue: () => catalogue, clock: systemClock });
  const offers = async () => ({
    connections: [connection('c1', { providerId: 'openai' }), connection('c2', { providerId: 'ollama' })],
    models: [
      model('m1', 'c1', { upstreamModel: 'gpt-4o-mini' }),
      model('m2', 'c1', { upstreamModel: 'nobody-knows-this-model' }),
      model('m3', 'c2', { upstreamModel: 'llama3.2:3b' }),
    ],
    rateCards: await store.rateCards.list(),
  });
  return { store, keeper, offers };
}

test('the price library fills the table once, for what it knows and is not local', async () => {
  const { store, keeper, offers } = await setUp();
  expect(await keeper.seedFor(await offers())).toBeGreaterThan(0);
  const cards = await store.rateCards.list();
  expect(new Set(cards.map(({ providerId, model: name }) => `${providerId}/${name}`))).toEqual(
    new Set(['openai/gpt-4o-mini']),
  );
  expect(await keeper.seedFor(await offers())).toBe(0);
  expect(await keeper.seedFor({ ...(await offers()), models: [] })).toBe(0);
});

test('a provider’s own list adds a version when its price changes, and nothing while it stays', async () => {
  const { store, keeper, offers } = await setUp();
  const listed = (prompt: string) => [
    { connectionId: 'c1', prices: [{ model: 'gpt-4o-mini', prompt, completion: '0.000002' }] },
  ];
  // The keeper reads no more of a refresh than its prices.
  const refreshed = (prompt: string) => listed(prompt) as unknown as Parameters<PriceKeeper['addListed']>[1];
  expect(await keeper.addListed(await offers(), refreshed('0.000001'))).toBe(1);
  expect(await keeper.addListed(await offers(), refreshed('0.000001'))).toBe(0);
  expect(await keeper.addListed(await offers(), refreshed('0.000003'))).toBe(1);
  const cards = await store.rateCards.list();
  expect(new Set(cards.map(({ version, source }) => `${source} ${version}`))).toEqual(
    new Set(['provider 1', 'provider 2']),
  );
});
