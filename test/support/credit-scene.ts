import { systemClock } from '../../src/kernel/clock.ts';
import { createIdMaker } from '../../src/kernel/ids.ts';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { nanoCredits } from '../../src/kernel/money.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { awaitJob, giveGrant, placeHold } from '../../src/ledger/testing/operations.ts';
import type { AccountId } from '../../src/protocol/ledger.ts';
import { openStore, type Store, type StoreLocation } from '../../src/storage/open-store.ts';
import type { FakeUpstream } from './fake-upstream.ts';
import { type HubProcess, startHub } from './hub-process.ts';

/** A hub whose calls are paid for with credit: prices for all that is connected, and credit to pay with. */

/** Dollars for a million tokens. */
const INPUT_USD = '2';
const OUTPUT_USD = '8';
const MUCH = 10n ** 17n;
const PAGE = 200;

/** Where whoever is out of credit gets more. */
export const PURCHASE_URL = 'https://example.com/credit';
/** Where whoever calls for the default organization is led to: it says who comes, and where they come back to. */
export const PURCHASE_LINK =
  /^https:\/\/example\.com\/credit\?customer_id=org_default&return_url=http%3A%2F%2F[^&]+%2Fdashboard%2Forg_default%2Fcredit$/;

/** A hub that charges a fifth on top of what calls cost, connected to one provider. */
export async function startCreditHub(
  upstream: FakeUpstream,
  settings: Readonly<Record<string, string>> = {},
): Promise<HubProcess> {
  const hub = await startHub({
    allow: [new URL(upstream.url).host],
    environment: {
      HUB_CREDIT: 'true',
      HUB_CREDIT_MARGIN_PERCENT: '20',
      HUB_CREDIT_PURCHASE_URL: PURCHASE_URL,
      ...settings,
    },
  });
  await hub.connectFake(upstream, { name: 'fake' });
  return hub;
}

/** Sets one price for every model that is connected. */
export async function setPrices(hub: HubProcess): Promise<void> {
  await eachModel(hub, (providerId, model) =>
    hub.control('POST', '/prices', {
      provider_id: providerId,
      model,
      prices: [
        { unit: 'input', usd_per_million: INPUT_USD },
        { unit: 'output', usd_per_million: OUTPUT_USD },
      ],
    }),
  );
}

/** Does something for every model of every provider that is connected, once. */
export async function eachModel(
  hub: HubProcess,
  work: (providerId: string, model: string) => Promise<unknown>,
): Promise<void> {
  const done = new Set<string>();
  const connections = new Map<string, string>();
  for (const row of await rowsOf(hub, '/connections')) connections.set(textAt(row, 'id'), textAt(row, 'provider_id'));
  for (const row of await rowsOf(hub, '/models')) {
    const providerId = connections.get(textAt(row, 'connection_id')) ?? '';
    const model = textAt(row, 'upstream_model');
    if (done.has(`${providerId} ${model}`)) continue;
    done.add(`${providerId} ${model}`);
    await work(providerId, model);
  }
}

async function rowsOf(hub: HubProcess, path: string): Promise<readonly JsonObject[]> {
  const rows: JsonObject[] = [];
  let cursor = '';
  do {
    const page = await hub.control('GET', `${path}?limit=${PAGE}${cursor}`);
    const data = isJsonObject(page) ? page['data'] : undefined;
    if (!Array.isArray(data)) throw new Error(`${path} has no data`);
    rows.push(...data.filter(isJsonObject));
    const next = isJsonObject(page) ? page['next_cursor'] : undefined;
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return rows;
}

function textAt(row: JsonObject, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** Opens a store, a file by its path, beside the hub or after it. */
export async function withStore<T>(place: string | StoreLocation, work: (store: Store) => Promise<T>): Promise<T> {
  const location: StoreLocation = typeof place === 'string' ? { kind: 'sqlite', path: place } : place;
  const store = openStore(location, { clock: systemClock, note: () => undefined });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Gives accounts of the default organization more credit than they can use. */
export async function giveMuch(store: Store, accountIds: readonly AccountId[]): Promise<void> {
  const newId = createIdMaker(systemClock.now);
  const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
  for (const accountId of accountIds) {
    await ledger.do(giveGrant(newId('gr'), MUCH, { accountId, name: 'much' }));
  }
}

const CREDIT = 1_000_000_000n;
const HOUR_MS = 3_600_000;

/** Credit of the default organization as a busy one has it: several grants, accounts of parts, calls of every ending. */
export async function fillCredit(store: Store, { keyId }: { readonly keyId: string }): Promise<void> {
  const newId = createIdMaker(systemClock.now);
  const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
  const whole = 'organization/org_default';
  const part = 'project/proj_default';
  const gifts = [
    { accountId: whole, grantKind: 'purchased', name: 'Order 1042', credits: 250n, reason: 'paid by invoice' },
    {
      accountId: whole,
      grantKind: 'promotional',
      name: 'Welcome',
      credits: 10n,
      priority: 50,
      models: ['fake/fake-small', 'a-model-with-a-name-that-is-longer-than-most-of-them'],
      expiresAt: systemClock.now() + 48 * HOUR_MS,
    },
    { accountId: part, grantKind: 'allotment', name: 'Limit of the quarter', credits: 40n },
    { accountId: `key/${keyId}`, grantKind: 'allotment', name: 'Limit of a key', credits: 25n },
  ] as const;
  for (const { credits, ...gift } of gifts) await ledger.do(giveGrant(newId('gr'), credits * CREDIT, gift));
  const path = [whole, part] as const;
  const place = async (more: { readonly ttlMs?: number } = {}): Promise<string> => {
    const id = newId('ur');
    const fields = { path, model: 'fake/fake-small', fallbackNano: nanoCredits(CREDIT / 4n), ttlMs: HOUR_MS };
    await ledger.do(placeHold(id, 2n * CREDIT, { ...fields, instanceId: 'inst_scene', ...more }));
    return id;
  };
  for (const [state, amount] of [
    ['estimated', CREDIT / 3n],
    ['settled', (5n * CREDIT) / 2n],
    ['estimated', 3n * CREDIT],
    ['settled', CREDIT / 7n],
  ] as const) {
    const basis = state === 'settled' ? 'reported' : 'estimated';
    await ledger.do({ kind: 'end', id: await place(), path, state, amountNano: nanoCredits(amount), basis });
  }
  await ledger.do({ kind: 'sweep', id: await place({ ttlMs: 0 }), path });
  await place();
  // A film, which the hub is not to ask after meanwhile.
  const waits = { ttlMs: 48 * HOUR_MS, firstAskMs: 48 * HOUR_MS, fallbackNano: nanoCredits(CREDIT) };
  await ledger.do(awaitJob(await place(), path, waits));
}
