import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('providers are listed, searched and shown with their entry', async () => {
  expect((await plane.call('GET', '/catalogue/providers')).body).toMatchObject({
    data: [{ id: 'cloudy' }, { id: 'homely', local: true }],
  });
  expect((await plane.call('GET', '/catalogue/providers?search=HOME')).body).toMatchObject({
    data: [{ id: 'homely' }],
  });
  expect((await plane.call('GET', '/catalogue/providers/cloudy')).body).toMatchObject({ document: { id: 'cloudy' } });
  expect((await plane.call('GET', '/catalogue/providers/none')).status).toBe(404);
});

it('a newer catalogue is compared without a change, then applied, then taken back', async () => {
  const body = { document: [{ id: 'newcomer' }, { id: 'cloudy' }] };
  const difference = { added: ['newcomer'], changed: [{ id: 'cloudy', fields: ['baseUrl'] }], unchanged: [] };
  expect((await plane.call('POST', '/catalogue/compare', body)).body).toEqual(difference);
  expect((await plane.call('GET', '/catalogue/providers/newcomer')).status).toBe(404);
  expect((await plane.call('POST', '/catalogue/apply', body)).body).toEqual(difference);
  expect((await plane.call('GET', '/catalogue/providers/newcomer')).body).toMatchObject({ origin: 'applied' });
  expect((await plane.call('DELETE', '/catalogue/providers/newcomer')).status).toBe(200);
  expect((await plane.call('DELETE', '/catalogue/providers/cloudy')).status).toBe(404);
});

it('a catalogue comes from a document or an address, not from both', async () => {
  const url = 'https://example.com/catalogue.json';
  expect((await plane.call('POST', '/catalogue/compare', { url })).status).toBe(200);
  expect((await plane.call('POST', '/catalogue/compare', { url, document: [] })).status).toBe(400);
  expect((await plane.call('POST', '/catalogue/compare', { url: 'file:///etc/passwd' })).status).toBe(400);
});
