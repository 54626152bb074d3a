import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { giveMuch, setPrices, startCreditHub, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer, textOf, usageRecords } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** Answers that are given again where calls are paid for with credit. */

let upstream: FakeUpstream;
let hub: HubProcess;
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await hub?.stop();
  await upstream?.close();
});

async function hitAfterMiss(): Promise<{ readonly miss: HubAnswer; readonly hit: HubAnswer }> {
  await setPrices(hub);
  const { secret } = await hub.createKey('cached', { cache_seconds: 60 });
  await withStore(join(hub.dataDir, 'hub.db'), (store) => giveMuch(store, ['organization/org_default']));
  const ask = () => callHub(hub, secret, { body: chatBody({ temperature: 0, max_tokens: 50 }) });
  const miss = await ask();
  expect([miss.status, miss.headers['x-hub-cache']]).toEqual([200, 'miss']);
  const hit = await eventually('be a hit', async () => {
    const answer = await ask();
    return answer.headers['x-hub-cache'] === 'hit' ? answer : undefined;
  });
  return { miss, hit };
}

describe('a hit that is paid for with credit', () => {
  it('is free, and holds nothing', async () => {
    hub = await startCreditHub(upstream);
    const { miss, hit } = await hitAfterMiss();
    expect(Number(miss.headers['x-hub-charge'])).toBeGreaterThan(0);
    expect(hit.headers['x-hub-charge']).toBe('0');
    const [record] = (await usageRecords(hub)).filter(({ usage_basis }) => usage_basis === 'cached');
    expect(record).toMatchObject({ cost_nano_usd: '0', status: 'success' });
  });

  it('is charged as the first was where the operator says so, to the last digit', async () => {
    hub = await startCreditHub(upstream, { HUB_CACHE_CHARGED: 'true' });
    const { miss, hit } = await hitAfterMiss();
    expect(hit.headers['x-hub-charge']).toBe(miss.headers['x-hub-charge']);
    const [record] = (await usageRecords(hub)).filter(({ usage_basis }) => usage_basis === 'cached');
    expect(record).toMatchObject({ cost_nano_usd: '0', charge: miss.headers['x-hub-charge'] });
    const requestId = textOf(record?.['request_id'] ?? '');
    await eventually('be settled', async () => {
      const { charge } = (await hub.control('GET', `/usage/requests/${requestId}`)) as { charge?: { state: string } };
      return charge?.state === 'settled';
    });
  });
});
