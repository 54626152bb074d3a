import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { PURCHASE_LINK, setPrices, startCreditHub } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, eventually, type HubAnswer, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** What each form of AIGNE's answers says that the call takes, held against what the ledger took. */

const MEDIA = ['gpt-image-1', 'sora-2'];
const MESSAGES = [{ role: 'user', content: 'Say something.' }];
const CHAT = 'fake/fake-small';

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['fake-small', 'fake-embed', ...MEDIA] });
  hub = await startCreditHub(upstream, { HUB_SIMULATED: 'off' });
  await showBefore('€');
  await setPrices(hub);
  await price('gpt-image-1', [
    { unit: 'input', usd_per_million: '5' },
    { unit: 'image-output', usd_per_million: '40' },
    { unit: 'output', usd_per_million: '40' },
  ]);
  await price('sora-2', [{ unit: 'video-second', usd_per_million: '100000' }]);
  key = (await hub.createKey('credit')).secret;
  await give('100');
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

const showBefore = (prefix: string) => hub.control('PATCH', '/installation/charging', { prefix });

const give = (amount: string) =>
  hub.control('POST', '/installation/credit/grants', { organization_id: 'org_default', amount, name: 'Credit' });

async function price(model: string, prices: JsonObject[]): Promise<void> {
  const [connection] = await listOf(hub, '/connections');
  await hub.control('POST', '/prices', { provider_id: textOf(connection?.['provider_id']), model, prices });
}

const post = (path: string, body: JsonObject): Promise<HubAnswer> => callHub(hub, key, { path, body });

/** The usage that an answer tells, wherever in it that stands. */
function usageIn({ text, events }: HubAnswer): JsonObject {
  const parts = events.length === 0 ? [text] : events;
  for (const part of parts.toReversed()) {
    const value = parseJsonOrUndefined(part);
    const whole = isJsonObject(value) ? value : {};
    const delta = isJsonObject(whole['delta']) ? whole['delta'] : {};
    const usage = whole['usage'] ?? (isJsonObject(delta['json']) ? delta['json']['usage'] : undefined);
    if (isJsonObject(usage)) return usage;
  }
  throw new Error(`no usage in ${text}`);
}

async function chargeOf(id: string): Promise<JsonObject> {
  return await eventually('the charge', async () => {
    const answer = await hub.control('GET', `/credit/charges/${id}`).catch(() => undefined);
    return answer === undefined ? undefined : asObject(asObject(answer)['charge'] ?? answer);
  });
}

const framework = (model: string, input: JsonObject, options: JsonObject = {}): JsonObject => ({
  input: { modelOptions: { model }, ...input },
  options,
});

const FORMS: readonly (readonly [string, string, JsonObject])[] = [
  ['a chat of the framework', '/api/v2/chat', framework(CHAT, { messages: MESSAGES })],
  ['a chat of the framework, streamed', '/api/v2/chat', framework(CHAT, { messages: MESSAGES }, { streaming: true })],
  ['a documented chat', '/api/v2/chat/completions', { model: CHAT, messages: MESSAGES }],
  ['a documented chat, streamed', '/api/v2/chat/completions', { model: CHAT, messages: MESSAGES, stream: true }],
  ['embeddings of the framework', '/api/v2/embeddings', framework('fake/fake-embed', { input: 'tide' })],
  ['flat embeddings', '/api/v2/embeddings', { model: 'fake/fake-embed', input: 'tide' }],
  ['a picture of the framework', '/api/v2/image', framework('fake/gpt-image-1', { prompt: 'A lighthouse.' })],
  ['a documented picture', '/api/v2/image/generations', { model: 'fake/gpt-image-1', prompt: 'A lighthouse.' }],
  ['a film', '/api/v2/video', framework('fake/sora-2', { prompt: 'Waves.', seconds: '4' })],
];

it.each(FORMS)('%s tells what it takes', { timeout: 20_000 }, async (_what, path, body) => {
  const answer = await post(path, body);
  expect(answer.status, answer.text).toBe(200);
  const usage = usageIn(answer);
  expect(usage).toMatchObject({ creditPrefix: '€', modelCallId: expect.stringMatching(/^ur_/) });
  const { amount } = await chargeOf(textOf(usage['modelCallId']));
  expect(Number(amount)).toBeGreaterThan(0);
  expect(usage['aigneHubCredits']).toBe(Number(amount));
  const told = answer.headers['x-hub-charge'] ?? answer.trailers['x-hub-charge'];
  if (told !== undefined) expect(told).toBe(amount);
});

it('a provider that counts more than was held does not make the call dearer than the ledger has it', async () => {
  upstream.setScript(() => ({ usage: { kind: 'hostile', text: '1000000' } }));
  const answer = await post('/api/v2/chat/completions', {
    model: CHAT,
    messages: MESSAGES,
    maxTokens: 20,
  });
  upstream.setScript(undefined);
  const usage = usageIn(answer);
  const charge = await chargeOf(textOf(usage['modelCallId']));
  expect(usage['aigneHubCredits']).toBe(Number(charge['amount']));
  expect(answer.headers['x-hub-charge']).toBe(charge['amount']);
});

describe('what is not for the client', () => {
  it('a prefix that it would refuse is left out, and the charge is not', async () => {
    await showBefore('HK$');
    const usage = usageIn(await post('/api/v2/chat', framework(CHAT, { messages: MESSAGES })));
    expect(usage).not.toHaveProperty('creditPrefix');
    expect(usage['aigneHubCredits']).toBeGreaterThan(0);
  });

  it('OpenAI’s own form stays OpenAI’s', async () => {
    const { text } = await post('/v1/chat/completions', { model: CHAT, messages: MESSAGES });
    expect(text).not.toMatch(/aigneHubCredits|creditPrefix|modelCallId/);
  });
});

describe('out of credit', () => {
  beforeAll(async () => {
    // What a call that has just been answered holds beyond its charge comes back a little later.
    await eventually('no call holds credit', async () =>
      (await listOf(hub, '/credit/holds')).length === 0 ? true : undefined,
    );
    const mine = asObject(await read('/api/user/credit/balance'));
    const left = Number(mine['balance']) / 1e9;
    await hub.control('POST', '/installation/credit/withdrawals', {
      organization_id: 'org_default',
      amount: left.toFixed(9),
      reason: 'The next test.',
    });
  });

  it.each([
    ['/api/v2/chat', framework(CHAT, { messages: MESSAGES })],
    ['/api/v2/chat', framework(CHAT, { messages: MESSAGES }, { streaming: true })],
    ['/api/v2/chat/completions', { model: CHAT, messages: MESSAGES }],
    ['/api/v2/image', framework('fake/gpt-image-1', { prompt: 'A lighthouse.' })],
    ['/api/v2/embeddings', framework('fake/fake-embed', { input: 'tide' })],
  ])('%s says so by the name that clients know, with the link', async (path, body) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(402);
    expect(answer.error).toMatchObject({ type: 'NOT_ENOUGH', link: expect.stringMatching(PURCHASE_LINK) });
    expect(textOf(answer.error['message'])).toContain(textOf(answer.error['link']));
  });

  it('so does the status of a model, which costs nothing', async () => {
    expect(await read(`/api/v2/status?model=${CHAT}`)).toMatchObject({
      available: false,
      code: 402,
      type: 'NOT_ENOUGH',
      link: expect.stringMatching(PURCHASE_LINK),
    });
    await give('1');
    expect(await read(`/api/v2/status?model=${CHAT}`)).toEqual({ available: true });
  });
});

async function read(path: string) {
  const { status, text } = await callHub(hub, key, { method: 'GET', path });
  expect(status, text).toBe(200);
  return parseJson(text);
}
