import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { setPrices } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, type HubAnswer, type HubCall } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { openTenants, type Tenants } from '../support/tenants.ts';

/** What customers of a hub that charges are offered: one that is published, one that is hidden, and an alias of each. */
const SHOWN = 'fake-small';
const HIDDEN = 'fake-large';
const OFFERS = '/installation/offers';

let folder: string;
let upstream: FakeUpstream;
let tenants: Tenants;
let hub: HubProcess;
let customer: string;
let operator: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-offers-'));
  upstream = await startFakeUpstream();
  tenants = await openTenants(folder);
  const acme = tenants.addOrganization('Acme');
  customer = (await tenants.addKey(acme)).secret;
  const environment = { HUB_CREDIT: 'true', HUB_PUBLIC_MODELS: 'true', HUB_SIMULATED: 'off' };
  hub = await startHub({ dataDir: folder, allow: [`127.0.0.1:${upstream.port}`], environment });
  await hub.connectFake(upstream, { name: 'fake' });
  operator = (await hub.createKey('operator')).secret;
  for (const id of [acme.organizationId, 'org_default']) {
    await hub.control('POST', '/installation/credit/grants', { organization_id: id, amount: '1000', name: 'Credit' });
  }
  await setPrices(hub);
  await hub.control('POST', '/aliases', { name: 'quick', target: SHOWN });
  await hub.control('POST', '/aliases', { name: 'strong', target: HIDDEN });
  await change({ name: SHOWN, published: true }, { name: 'quick', published: true });
});

afterAll(async () => {
  await hub.stop();
  await tenants.close();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

const change = (...offers: readonly JsonObject[]) => hub.control('PATCH', OFFERS, { offers: [...offers] });

const LISTS: readonly (readonly [string, HubCall])[] = [
  ['OpenAI’s', { path: '/v1/models' }],
  ['Anthropic’s', { path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } }],
  ['Gemini’s', { path: '/v1beta/models' }],
  ['AIGNE’s', { path: '/api/ai/models' }],
  ['AIGNE’s other', { path: '/api/ai-providers/models' }],
];

/** What calls a model, in every form in which callers may speak. */
function callsOf(model: string): readonly (readonly [string, HubCall])[] {
  const body = chatBody({ model, max_tokens: 50 });
  return [
    ['/v1/chat/completions', { body }],
    ['/v1/responses', { path: '/v1/responses', body: { model, input: 'hi' } }],
    ['/v1/messages', { path: '/v1/messages', body }],
    [
      '/v1beta/models/{model}:generateContent',
      { path: `/v1beta/models/${model}:generateContent`, body: { contents: [{ parts: [{ text: 'hi' }] }] } },
    ],
    ['/v1beta/models/{id}', { method: 'GET', path: `/v1beta/models/${encodeURIComponent(model)}` }],
    ['/v1/embeddings', { path: '/v1/embeddings', body: { model, input: 'hi' } }],
    ['/v1/images/generations', { path: '/v1/images/generations', body: { model, prompt: 'a lighthouse' } }],
    ['/v1/videos', { path: '/v1/videos', body: { model, prompt: 'a lighthouse' } }],
    ['/api/v2/chat/completions', { path: '/api/v2/chat/completions', body }],
    ['/api/v2/chat', { path: '/api/v2/chat', body: { model, input: { messages: [{ role: 'user', content: 'hi' }] } } }],
    ['/api/v2/status', { method: 'GET', path: `/api/v2/status?model=${encodeURIComponent(model)}` }],
    [
      '/v1/models/{id}',
      {
        method: 'GET',
        path: `/v1/models/${encodeURIComponent(model)}`,
        headers: { 'anthropic-version': '2023-06-01' },
      },
    ],
  ];
}

/** The answer without what is never the same twice. */
function plain({ status, text }: HubAnswer, model: string): readonly [number, string] {
  const told = text.replaceAll(model, '{model}').replaceAll(/req_[a-z0-9]+/g, '{request}');
  return [status, told];
}

describe('to a customer, a hidden model is not there', () => {
  it.each(LISTS)('in %s list, nor is an alias of it', async (_whose, call) => {
    const { status, text } = await callHub(hub, customer, { method: 'GET', ...call });
    expect(status).toBe(200);
    expect(text).toContain(SHOWN);
    expect(text).not.toContain(HIDDEN);
    expect(text).not.toContain('strong');
    expect((await callHub(hub, operator, { method: 'GET', ...call })).text).toContain(HIDDEN);
  });

  it('in the list for whoever has no key', async () => {
    const { text } = await callHub(hub, undefined, { method: 'GET', path: '/api/ai/models' });
    expect(text).toContain(SHOWN);
    expect(text).not.toContain(HIDDEN);
  });

  it.each(callsOf('').map(([path], index) => ({ path, index })))(
    'when it is asked for at $path, as a name that nobody has',
    async ({ path, index }) => {
      for (const [model, unknown] of [
        [HIDDEN, 'made-up-one'],
        ['strong', 'strung'],
        [`fake/${HIDDEN}`, 'fake/made-up-one'],
        [`openai/${HIDDEN}`, 'openai/made-up-one'],
      ] as const) {
        const answer = async (name: string) => plain(await callHub(hub, customer, callsOf(name)[index]?.[1]), name);
        const refused = await answer(model);
        expect(refused).toEqual(await answer(unknown));
        if (path !== '/api/v2/status') expect(refused[0]).toBe(404);
      }
    },
  );

  it('until it is published, from when on it is there like any other', async () => {
    const body = chatBody({ model: HIDDEN, max_tokens: 50 });
    await change({ name: HIDDEN, published: true, display_name: { en: 'Large one' }, description: { en: 'Thinks.' } });
    expect((await callHub(hub, customer, { body })).status).toBe(200);
    const { json } = await callHub(hub, customer, { method: 'GET', path: `/v1/models/${HIDDEN}` });
    expect(json).toMatchObject({ id: HIDDEN, name: 'Large one', description: 'Thinks.', owned_by: 'aigne-hub' });
    await hub.control('PUT', `${OFFERS}/order`, { names: [SHOWN, HIDDEN] });
    const { json: list } = await callHub(hub, customer, { method: 'GET', path: '/v1/models' });
    expect((list['data'] as readonly JsonObject[]).map(({ id }) => id)).toEqual([SHOWN, HIDDEN, 'quick']);
    await change({ name: HIDDEN, published: false });
    expect((await callHub(hub, customer, { body })).status).toBe(404);
  });
});

describe('the operator’s own organization', () => {
  it('calls what is hidden', async () => {
    const body = chatBody({ model: HIDDEN, max_tokens: 50 });
    expect((await callHub(hub, operator, { body })).status).toBe(200);
  });
});
