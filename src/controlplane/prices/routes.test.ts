import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const MODEL = { provider_id: 'homely', model: 'small-model' };

it('a model is unpriced until a card is set; each card is a new version and the newest is in force', async () => {
  await plane.call('POST', '/connections', { provider_id: 'homely' });
  expect((await plane.call('GET', '/prices')).body).toEqual({ data: [MODEL] });
  for (const usd of ['0.0375', '123456789012.000000001']) {
    const prices = [{ unit: 'input', usd_per_million: usd, above_input_tokens: 200_000 }];
    expect((await plane.call('POST', '/prices', { ...MODEL, prices })).status).toBe(201);
  }
  expect((await plane.call('GET', '/prices?provider_id=homely')).body).toMatchObject({
    data: [
      {
        card: { version: 2, source: 'operator', prices: [{ usd_per_million: '123456789012.000000001', batch: false }] },
      },
    ],
  });
  const history = await plane.call('GET', '/prices/history?provider_id=homely&model=small-model');
  expect(history.body).toMatchObject({
    data: [{ version: 2 }, { version: 1, prices: [{ usd_per_million: '0.0375' }] }],
  });
  expect((await plane.call('GET', '/prices?provider_id=cloudy')).body).toEqual({ data: [] });
});

it('a card may begin at another time, and every condition of a line comes back', async () => {
  const line = {
    unit: 'image',
    usd_per_million: '40000',
    utc_window: { from: '16:30', to: '00:30' },
    image_size: '1024x1024',
    image_quality: 'hd',
    batch: true,
  };
  const body = { ...MODEL, effective_from: '2026-03-01T00:00:00+02:00', prices: [line] };
  expect((await plane.call('POST', '/prices', body)).body).toMatchObject({
    effective_from: '2026-02-28T22:00:00.000Z',
    prices: [line],
  });
});
