import { expect, it } from 'vitest';
import { startCreditPlace } from '../support/credit-places.ts';
import { eachModel } from '../support/credit-scene.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually } from '../support/hub-calls.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Two hubs on one ledger whose clocks are ten minutes wrong, one either way. */

const MINUTE_MS = 60_000;
const LIVES_MS = 15_000;
/** From the moment at which credit is over to the first refusal that anybody sees. */
const LATE_MS_MAX = 3000;

it.skipIf(!postgresAvailable().available)(
  'use credit until it is over by the store’s clock, and see that it is over at once',
  { timeout: 120_000 },
  async () => {
    const upstream = await startFakeUpstream();
    let secret = '';
    const place = await startCreditPlace('postgres', {
      allow: [new URL(upstream.url).host],
      clocksMs: [-10 * MINUTE_MS, 10 * MINUTE_MS],
      prepare: async (hub) => {
        await hub.connectFake(upstream, { name: 'fake' });
        const prices = [{ unit: 'request', usd_per_million: '1000' }, ...FREE];
        await eachModel(hub, (providerId, model) =>
          hub.control('POST', '/prices', { provider_id: providerId, model, prices, effective_from: LONG_AGO }),
        );
        ({ secret } = await hub.createKey('clocks'));
      },
    });
    try {
      const [behind, ahead = behind] = place.hubs;
      const both = () => Promise.all([behind, ahead].map((hub) => callHub(hub, secret, { body: chatBody() })));
      const overAt = Date.now() + LIVES_MS;
      await behind.control('POST', '/installation/credit/grants', {
        organization_id: 'org_default',
        amount: '1000',
        name: 'for a moment',
        expires_at: new Date(overAt).toISOString(),
      });
      expect((await both()).map(({ status }) => status)).toEqual([200, 200]);
      const refused = await eventually(
        'refusal',
        async () => {
          const answers = await both();
          const at = Date.now();
          const statuses = answers.map(({ status }) => status);
          return statuses.includes(402) && { at, last: await both() };
        },
        2 * LIVES_MS,
      );
      expect(refused.at).toBeGreaterThanOrEqual(overAt);
      expect(refused.at).toBeLessThan(overAt + LATE_MS_MAX);
      expect(refused.last.map(({ error }) => error['code'])).toEqual(['credit.exhausted', 'credit.exhausted']);
    } finally {
      await place.close();
      await upstream.close();
    }
  },
);

const LONG_AGO = '2026-01-01T00:00:00Z';
const FREE = [
  { unit: 'input', usd_per_million: '0' },
  { unit: 'output', usd_per_million: '0' },
];
