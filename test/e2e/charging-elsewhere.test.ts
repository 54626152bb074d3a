import { createServer } from 'node:http';
import { Webhook as StandardVerifier } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject } from '../../src/kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../../src/kernel/money.ts';
import { PURCHASE_URL, setPrices, startCreditHub } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, type HubAnswer, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { closeServer, listenOnLoopback } from '../support/listen.ts';

/** A platform that sells a hub's credit by itself: it makes customers, gives what they bought and is told what they used. */

const WITHIN_MS = 40_000;
/** Pays for some short calls and no more. */
const FIRST = '0.02';
const CUSTOMER = {
  external_id: 'shop|acme-42',
  name: 'Acme',
  project_name: 'Website',
  key: { name: 'platform', allowed_models: ['fake-small'] },
  credit: { reference: 'order-1041', amount: FIRST, name: 'Order 1041' },
};
const ONE = `/installation/customers/${encodeURIComponent(CUSTOMER.external_id)}`;

type Received = { readonly id: string; readonly data: JsonObject };

const received: Received[] = [];
let refusals = 0;
let secretOfHook = '';
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const message = new StandardVerifier(secretOfHook).verify(Buffer.concat(chunks).toString(), headers);
    const { type, data } = isJsonObject(message) ? message : {};
    if (type === 'customer.usage') received.push({ id: headers['webhook-id'] ?? '', data: asObject(data) });
    // The first is answered as if it had not come: it comes again.
    refusals += 1;
    response.writeHead(refusals === 1 ? 503 : 204).end();
  });
});

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;
let organizationId: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const port = await listenOnLoopback(receiver, 0);
  hub = await startCreditHub(upstream, {
    HUB_CREDIT_USAGE_SECONDS: '1',
    HUB_EGRESS_ALLOW: `127.0.0.1:${new URL(upstream.url).port},127.0.0.1:${port}`,
  });
  await setPrices(hub);
  await hub.control('PATCH', '/installation/offers', { offers: [{ name: 'fake-small', published: true }] });
  const hook = { url: `http://127.0.0.1:${port}/usage`, kinds: ['customer.usage'] };
  secretOfHook = textOf(asObject(await hub.control('POST', '/webhooks', hook))['secret']);
}, 120_000);

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
  await closeServer(receiver);
});

/** As a platform calls the hub: with the installation's token. */
const ask = (path: string, body?: JsonObject): Promise<HubAnswer> =>
  callHub(hub, hub.controlToken, {
    method: body === undefined ? 'GET' : 'POST',
    path: `/control/v1${path}`,
    ...(body === undefined ? {} : { body }),
  });

const chat = (secret: string): Promise<HubAnswer> =>
  callHub(hub, secret, { body: chatBody({ model: 'fake-small', max_tokens: 300 }) });

async function callUntilRefused(): Promise<HubAnswer> {
  for (let call = 0; call < 100; call += 1) {
    const answer = await chat(key);
    // What a call before still holds is given back a moment later.
    if (answer.status === 402) return answer;
    expect([200, 429]).toContain(answer.status);
  }
  throw new Error('the credit was never used up');
}

const nanoOf = (credits: unknown): bigint => parseCredits(String(credits)) ?? 0n;

/** What the ledger says that calls took of the customer, in nano-credits. */
async function takenByLedger(): Promise<bigint> {
  const headers = { 'x-hub-organization': organizationId };
  const answer = await callHub(hub, hub.controlToken, {
    method: 'GET',
    path: '/control/v1/credit/entries?limit=500&kind=charge',
    headers,
  });
  const { data } = answer.json;
  const entries = Array.isArray(data) ? data.map((row) => asObject(row)) : [];
  expect(entries.length).toBeLessThan(500);
  return entries.reduce((sum, { amount }) => sum + nanoOf(textOf(amount).slice(1)), 0n);
}

describe('a customer', () => {
  it('is made with project, key and credit by one call, and found by the next', async () => {
    const [first, second] = await Promise.all([
      ask('/installation/customers', CUSTOMER),
      ask('/installation/customers', CUSTOMER),
    ]);
    const [made, found] = first.status === 201 ? [first, second] : [second, first];
    expect([made?.status, found?.status]).toEqual([201, 200]);
    expect(made?.json).toMatchObject({
      created: true,
      customer: { id: CUSTOMER.external_id, external_id: CUSTOMER.external_id, name: 'Acme' },
      key: { name: 'platform', allowed_models: ['fake-small'] },
      grant: { reference: 'order-1041', issued: FIRST },
    });
    expect(found?.json).toMatchObject({ created: false, key: { name: 'platform' }, grant: { issued: FIRST } });
    expect(found?.json).not.toHaveProperty('secret');
    const customer = asObject(made?.json['customer']);
    expect(found?.json['customer']).toMatchObject({ organization_id: customer['organization_id'] ?? null });
    organizationId = textOf(customer['organization_id']);
    key = textOf(made?.json['secret']);
    expect((await ask(ONE)).json).toMatchObject({ balance: { remaining: FIRST, held: '0', available: FIRST } });
    expect((await ask(`/installation/customers/${organizationId}`)).json['id']).toBe(CUSTOMER.external_id);
  });

  it('calls until its credit is used up, and is led to the platform, which is told who comes', async () => {
    const { error } = await callUntilRefused();
    const link = new URL(textOf(asObject(error['details'])['link']));
    expect(`${link.origin}${link.pathname}`).toBe(PURCHASE_URL);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      customer_id: CUSTOMER.external_id,
      return_url: `${hub.address}/dashboard/${organizationId}/credit`,
    });
    expect((await ask(ONE)).json['purchase_url']).toBe(link.href);
    const account = asObject((await callHub(hub, key, { method: 'GET', path: '/api/user/info' })).json);
    expect(account['paymentLink']).toBe(link.href);
  });

  it('gets what it bought once, however often and from how many at once it is given', async () => {
    const order = { reference: 'order-1042', amount: '0.5', name: 'Order 1042' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`${ONE}/grants`, order)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(new Set(answers.map(({ json }) => json['id'])).size).toBe(1);
    const other = await ask(`${ONE}/grants`, { ...order, amount: '5' });
    expect(other).toMatchObject({ status: 409, error: { code: 'resource.conflict', param: 'reference' } });
    const taken = await ask('/installation/customers', { ...CUSTOMER, external_id: 'other', name: 'Other' });
    expect(taken.status).toBe(409);
    expect((await ask('/installation/customers/other')).status).toBe(404);
    expect((await chat(key)).status).toBe(200);
  });

  it('gets a new secret of its key where one is asked for, and the one before ends', async () => {
    const before = key;
    const renewed = await ask('/installation/customers', { ...CUSTOMER, new_key: true });
    expect(renewed).toMatchObject({ status: 200, json: { created: false, grant: { reference: 'order-1041' } } });
    key = textOf(renewed.json['secret']);
    expect((await chat(key)).status).toBe(200);
    expect((await chat(before)).status).toBe(401);
    expect(await listOf(hub, '/installation/customers')).toHaveLength(1);
  });
});

it('what a platform is told adds up to the ledger, each charge once', { timeout: 120_000 }, async () => {
  const settled = await eventually('no call holds anything', async () => {
    const { balance } = (await ask(ONE)).json;
    const found = asObject(balance);
    return found['held'] === '0' && found;
  });
  const taken = await takenByLedger();
  expect(nanoOf(FIRST) + nanoOf('0.5') - taken).toBe(nanoOf(settled['remaining']));
  const events = await eventually(
    'all that was used is told',
    () => {
      const once = new Map(received.map(({ id, data }) => [id, data]));
      const sum = [...once.values()].reduce((all, { credits }) => all + nanoOf(credits), 0n);
      return sum === taken && once;
    },
    WITHIN_MS,
  );
  const movements = [...events.values()].flatMap((data) => (Array.isArray(data['movements']) ? data['movements'] : []));
  const ids = movements.map((movement) => textOf(asObject(movement)['charge_id']));
  expect(new Set(ids).size).toBe(ids.length);
  const sum = movements.reduce<bigint>((all, movement) => all + nanoOf(asObject(movement)['credits']), 0n);
  expect(formatCredits(nanoCredits(sum))).toBe(formatCredits(nanoCredits(taken)));
  expect([...events.values()][0]).toMatchObject({
    external_id: CUSTOMER.external_id,
    organization_id: organizationId,
    movements: expect.arrayContaining([
      expect.objectContaining({ kind: 'charge', model: 'fake-small', project_id: expect.any(String) }),
    ]),
  });
  // The one that was refused came again under its own id.
  const [refused, again] = await eventually(
    'the refused message came again',
    () => {
      const same = received.filter(({ id }) => id === received[0]?.id);
      return same.length > 1 && same;
    },
    WITHIN_MS,
  );
  expect(again).toEqual(refused);
});
