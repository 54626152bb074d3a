import { expect, test } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { readPriceDocument } from '../metering/price-documents.ts';
import { createPriceProposalService } from '../metering/price-proposal-service.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { connection, model } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { PriceKeeper } from './price-keeper.ts';

const catalogue = createCatalogue(loadBuiltInEntries());
const [sqlite] = TEST_ENGINES;

async function setUp() {
  if (sqlite === undefined) throw new Error('there is an engine');
  const store = await freshStore(sqlite);
  const keeper = new PriceKeeper({
    store: store.rateCards,
    proposals: store.priceProposals,
    catalogue: () => catalogue,
    clock: systemClock,
    newId: createIdMaker(systemClock.now),
  });
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

test('what a catalogue says of a price that is in force is proposed, and comes into force with an approval', async () => {
  const { store, keeper, offers } = await setUp();
  await keeper.seedFor(await offers());
  const told = (usd: string) => ({
    origin: 'prices.json',
    document: readPriceDocument(
      JSON.stringify({
        prices: ['gpt-4o-mini', 'nobody-knows-this-model', 'llama3.2:3b'].map((name) => ({
          provider_id: 'openai',
          model: name,
          prices: [{ unit: 'input', usd_per_million: usd }],
        })),
      }),
      systemClock.now(),
    ),
  });
  // The one without a price has one now.
  expect(await keeper.compare(await offers(), told('7'))).toEqual({ added: 1, proposed: 1 });
  expect(await keeper.compare(await offers(), told('7'))).toEqual({ added: 0, proposed: 1 });
  const service = createPriceProposalService({
    proposals: store.priceProposals,
    cards: store.rateCards,
    refresh: async () => keeper.compare(await offers(), undefined),
    now: systemClock.now,
  });
  const [found] = await service.list();
  expect(found).toMatchObject({ proposal: { model: 'gpt-4o-mini', origin: 'prices.json' } });
  await expect(service.approve(['pp_0'])).rejects.toMatchObject({ code: 'resource.not_found' });
  expect(await service.approve([found?.proposal.id ?? ''])).toMatchObject([{ source: 'catalogue', version: 2 }]);
  expect(await keeper.compare(await offers(), told('7'))).toEqual({ added: 0, proposed: 0 });
  // Without a document, what the price library says is compared.
  expect(await service.refresh()).toEqual({ added: 0, proposed: 1 });
  expect(await service.list()).toMatchObject([{ proposal: { origin: 'built-in' } }]);
});
