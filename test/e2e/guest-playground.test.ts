import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { setPrices, startCreditHub } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  listOf,
  requestDetail,
  textOf,
  usageRecord,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';
import { visitorOf } from '../support/visitors.ts';

const MUCH = { enabled: true, models: ['fake-small'], visitor_requests_per_day: 1000, requests_per_day: 100_000 };
const ENVIRONMENT = { HUB_TRUSTED_PROXIES: 'loopback' };

let upstream: FakeUpstream;
let serial = 0;
/** An address that nobody has asked from before. */
const somewhere = (): string => `203.0.113.${(serial += 1)}`;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['fake-small', 'fake-secret'] });
});
afterAll(async () => {
  await upstream?.close();
});
beforeEach(() => {
  upstream.setScript(undefined);
  upstream.journal.clear();
});

const setGuests = (hub: HubProcess, guest_playground: JsonObject) =>
  hub.control('PATCH', '/installation', { guest_playground });

describe('the guest playground', () => {
  let hub: HubProcess;

  beforeAll(async () => {
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: ENVIRONMENT });
    await hub.connectFake(upstream, { name: 'hidden-connection' });
  });
  afterAll(async () => {
    await hub?.stop();
  });
  beforeEach(async () => {
    await setGuests(hub, MUCH);
  });

  it('is not there until the operator turns it on, and gone once it is turned off', async () => {
    const visitor = visitorOf(hub, somewhere());
    expect((await visitor.ask()).status).toBe(200);
    await setGuests(hub, { enabled: false });
    const answer = await visitor.ask();
    expect([answer.status, answer.error['code']]).toEqual([404, 'route.not_found']);
    const unknown = await callHub(hub, undefined, { path: '/guest/nothing' });
    expect({ ...answer.error, request_id: '' }).toEqual({ ...unknown.error, request_id: '' });
    expect((await callHub(hub, undefined, { method: 'GET', path: '/playground' })).status).toBe(404);
    expect((await callHub(hub, undefined, { method: 'GET', path: '/' })).text).not.toMatch(/playground|guest/i);
    expect(upstream.journal.calls()).toHaveLength(1);
  });

  it('is not turned on without a model, nor for an organization that is not there', async () => {
    await expect(setGuests(hub, { enabled: true, models: [] })).rejects.toThrow('guest_playground.models');
    await expect(setGuests(hub, { organization_id: 'org_nobody' })).rejects.toThrow('guest_playground.organization_id');
    await expect(setGuests(hub, { output_tokens_max: 1_000_000 })).rejects.toThrow('output_tokens_max');
    await expect(setGuests(hub, { requests_per_day: 0 })).rejects.toThrow('requests_per_day');
  });

  it('streams the text of an answer and why it ended, and nothing else', async () => {
    upstream.setScript(() => ({
      thinks: 'shown',
      cites: true,
      logprobs: true,
      headers: { 'x-secret-header': 'told' },
    }));
    const answer = await visitorOf(hub, somewhere()).ask();
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = answer.events.map((event) => JSON.parse(event) as JsonObject);
    expect(events.slice(0, -1).every((event) => Object.keys(event).join() === 'text')).toBe(true);
    expect(events.at(-1)).toEqual({ end: 'stop' });
    const all = JSON.stringify([answer.text, answer.headers, answer.trailers]);
    expect(all).not.toMatch(/openai|hidden-connection|fake-small|cost|usage|overhead|losses|told|sk-/i);
  });

  it('asks the provider for what the operator allows, in the hub’s own words', async () => {
    await setGuests(hub, { output_tokens_max: 64 });
    await visitorOf(hub, somewhere()).ask({
      text: '你好',
      headers: { 'openai-beta': 'assistants', 'user-agent': 'x' },
    });
    const [received] = upstream.journal.calls();
    const { messages, max_tokens, max_completion_tokens, ...rest } = JSON.parse(
      received?.body.toString() ?? '',
    ) as JsonObject;
    expect(max_tokens ?? max_completion_tokens).toBe(64);
    expect(messages).toEqual([{ role: 'user', content: '你好' }]);
    expect(rest).toEqual({ model: 'fake-small', stream: true, stream_options: { include_usage: true } });
    expect(received?.headers).not.toHaveProperty('openai-beta');
    expect(received?.headers).not.toHaveProperty('cookie');
  });

  it('books each call under a key of its own, and stores nothing of what was said', async () => {
    await hub.control('PUT', '/organization/content-policy', { store: true });
    const from = somewhere();
    const answer = await visitorOf(hub, from).ask({
      headers: { 'x-hub-tags': 'team=others', 'x-title': 'Mine', 'idempotency-key': 'again', traceparent: 'x' },
    });
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    const installation = asObject(await hub.control('GET', '/installation'));
    const { key_id } = asObject(installation['guest_playground']);
    expect(record).toMatchObject({
      key_id,
      application: 'Guest playground',
      status: 'success',
      requested_model: 'fake-small',
    });
    expect(record).not.toHaveProperty('tags');
    const keys = await listOf(hub, '/keys?limit=200');
    expect(keys.find(({ id }) => id === key_id)).toMatchObject({ name: 'Guest playground', state: 'active' });
    // A call with a key, whose words are stored, comes later and is stored first.
    const { secret } = await hub.createKey('with contents');
    const keyed = await callHub(hub, secret, { body: chatBody({ model: 'fake-small' }) });
    await eventually('content', async () => {
      return (await requestDetail(hub, keyed.headers['x-request-id']))['content_expires_at'] !== undefined;
    });
    const detail = await requestDetail(hub, answer.headers['x-request-id']);
    expect(detail['client_address']).toBe(from);
    expect(detail).not.toHaveProperty('content_expires_at');
    // It stays the same key, however often the settings are saved.
    await setGuests(hub, { requests_per_day: 99 });
    expect(asObject(asObject(await hub.control('GET', '/installation'))['guest_playground'])['key_id']).toBe(key_id);
  });

  it.each([
    [
      'a model that is not offered',
      { model: 'fake-secret', messages: [{ role: 'user', content: 'x' }] },
      'guest.unavailable',
    ],
    [
      'a model that is not there',
      { model: 'nothing', messages: [{ role: 'user', content: 'x' }] },
      'guest.unavailable',
    ],
    ['words of a system', { model: 'fake-small', messages: [{ role: 'system', content: 'x' }] }, 'request.invalid'],
    ['tools', { model: 'fake-small', messages: [{ role: 'user', content: 'x' }], tools: [] }, 'request.invalid'],
    [
      'a longer answer',
      { model: 'fake-small', messages: [{ role: 'user', content: 'x' }], max_tokens: 9 },
      'request.invalid',
    ],
    [
      'a picture',
      { model: 'fake-small', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'request.invalid',
    ],
    [
      'a name of the speaker',
      { model: 'fake-small', messages: [{ role: 'user', content: 'x', name: 'y' }] },
      'request.invalid',
    ],
    ['nothing', { model: 'fake-small', messages: [] }, 'request.invalid'],
    ['an answer last', { model: 'fake-small', messages: [{ role: 'assistant', content: 'x' }] }, 'request.invalid'],
    [
      'too many words',
      { model: 'fake-small', messages: [{ role: 'user', content: 'x'.repeat(16_001) }] },
      'request.invalid',
    ],
    [
      'far too many',
      { model: 'fake-small', messages: [{ role: 'user', content: 'x'.repeat(200_000) }] },
      'request.too_large',
    ],
    ['no JSON', Buffer.from('{'), 'request.malformed_json'],
  ])('takes no request with %s', async (_what, body, code) => {
    const answer = await visitorOf(hub, somewhere()).ask({
      body,
      ...(Buffer.isBuffer(body) ? { headers: { 'content-type': 'application/json' } } : {}),
    });
    expect(answer.error['code']).toBe(code);
    expect(upstream.journal.calls()).toEqual([]);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }, 'auth.cross_site'],
    ['another site, as its headers say', { 'sec-fetch-site': 'cross-site' }, 'auth.cross_site'],
    ['a page beside this one', { 'sec-fetch-site': 'same-site' }, 'auth.cross_site'],
    ['a form', { 'content-type': 'text/plain' }, 'request.invalid'],
    ['a browser without a cookie', { cookie: '' }, 'guest.unknown_visitor'],
    [
      'one with a cookie that the hub did not make',
      { cookie: `hub_visitor=${'a'.repeat(22)}.${'0'.repeat(64)}` },
      'guest.unknown_visitor',
    ],
  ])('takes nothing from %s', async (_what, headers, code) => {
    const answer = await visitorOf(hub, somewhere()).ask({ headers });
    expect(answer.error['code']).toBe(code);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('takes nothing from a program that says of no page where it comes from', async () => {
    const answer = await callHub(hub, undefined, { path: '/guest/chat', body: { model: 'fake-small' } });
    expect([answer.status, answer.error['code']]).toEqual([403, 'auth.cross_site']);
    const read = await callHub(hub, undefined, { method: 'GET', path: '/guest/chat' });
    expect([read.status, read.headers['allow']]).toEqual([405, 'POST']);
  });

  it('tells what went wrong in plain words, and the records tell the rest', async () => {
    upstream.setScript(() => ({ instead: { kind: 'echoed-error', status: 500 } }));
    const failed = await visitorOf(hub, somewhere()).ask();
    expect([failed.status, failed.error['code']]).toEqual([503, 'guest.unavailable']);
    expect(JSON.stringify([failed.text, failed.headers])).not.toMatch(/sk-fake|credential|openai|hidden|upstream/i);
    expect(await usageRecord(hub, failed.headers['x-request-id'])).toMatchObject({ status: 'upstream_error' });
    upstream.setScript(() => ({ instead: { kind: 'status', status: 400 } }));
    const refused = await visitorOf(hub, somewhere()).ask();
    expect([refused.status, refused.error['code']]).toEqual([400, 'guest.refused']);
    upstream.setScript(() => ({ cut: { how: 'fin', unit: 'events', after: 3 } }));
    const cut = await visitorOf(hub, somewhere()).ask();
    expect(cut.events.at(-1)).toMatch(/"code":"guest.unavailable"/);
  });

  it('stops at the provider when the visitor stops', async () => {
    upstream.setScript(() => ({ contentEvents: 500, eventDelayMs: 20 }));
    const response = await visitorOf(hub, somewhere()).begin();
    response.once('data', () => response.destroy());
    const stopped = await upstream.journal.waitFor(({ abortedAt }) => abortedAt !== undefined);
    expect(stopped.finishedAt).toBeUndefined();
    const id = String(response.headers['x-request-id']);
    await eventually(
      'the record',
      async () => (await usageRecord(hub, id).catch(() => undefined))?.['status'] === 'client_closed',
    );
  });

  it('counts a browser, an address and all visitors, each for itself', async () => {
    await setGuests(hub, { visitor_requests_per_day: 1, requests_per_day: 100_000 });
    const from = somewhere();
    const first = visitorOf(hub, from);
    expect((await first.ask()).status).toBe(200);
    const again = await first.ask();
    expect([again.status, again.error['code'], again.error['details']]).toEqual([
      429,
      'guest.limit_reached',
      { limit: 'visitor' },
    ]);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
    // Who throws the cookie away is still at the same address.
    for (let other = 0; other < 4; other += 1) expect((await visitorOf(hub, from).ask()).status).toBe(200);
    expect((await visitorOf(hub, from).ask()).error['details']).toEqual({ limit: 'address' });
    expect((await visitorOf(hub, somewhere()).ask()).status).toBe(200);
    // Anybody may have all of a /64 network of IPv6.
    for (let host = 1; host <= 5; host += 1)
      expect((await visitorOf(hub, `2001:db8:1:2::${host}`).ask()).status).toBe(200);
    expect((await visitorOf(hub, '2001:db8:1:2:ffff::9').ask()).error['details']).toEqual({ limit: 'address' });
    expect((await visitorOf(hub, '2001:db8:1:3::1').ask()).status).toBe(200);
    await setGuests(hub, { requests_per_day: 1 });
    expect((await visitorOf(hub, somewhere()).ask()).error['details']).toEqual({ limit: 'all' });
  });

  it('slows down an address that asks without a pause', async () => {
    const visitor = visitorOf(hub, somewhere());
    const answers = [];
    for (let index = 0; index < 11; index += 1) answers.push((await visitor.ask()).status);
    // A minute may end in between.
    expect(answers.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
    for (let index = 0; index < 11; index += 1) answers.push((await visitor.ask()).status);
    expect(answers).toContain(429);
  });

  it('is closed while its key is switched off, and open again with a new one after that was revoked', async () => {
    const keyOf = async () =>
      textOf(asObject(asObject(await hub.control('GET', '/installation'))['guest_playground'])['key_id']);
    const before = await keyOf();
    await hub.control('PATCH', `/keys/${before}`, { enabled: false });
    expect((await visitorOf(hub, somewhere()).ask()).error['code']).toBe('guest.unavailable');
    await hub.control('POST', `/keys/${before}/revoke`);
    await setGuests(hub, MUCH);
    expect(await keyOf()).not.toBe(before);
    expect((await visitorOf(hub, somewhere()).ask()).status).toBe(200);
  });
});

describe('the guest playground of a hub that charges', () => {
  let hub: HubProcess;

  beforeAll(async () => {
    hub = await startCreditHub(upstream, ENVIRONMENT);
    await setPrices(hub);
    await setGuests(hub, MUCH);
  });
  afterAll(async () => {
    await hub?.stop();
  });

  it('is paid for by the organization that the operator names, and by nobody else', async () => {
    const payer = asObject(await hub.control('POST', '/organizations', { name: 'Public relations' }));
    const id = textOf(asObject(payer['organization'])['id']);
    await setGuests(hub, { organization_id: id });
    // Visitors have what that organization may call: of the operator's models what is published.
    await hub.control('PATCH', '/installation/offers', { offers: [{ name: 'fake-small', published: true }] });
    const poor = await visitorOf(hub, somewhere()).ask();
    expect([poor.status, poor.error['code']]).toEqual([503, 'guest.unavailable']);
    expect(upstream.journal.calls()).toEqual([]);
    await hub.control('POST', '/installation/credit/grants', {
      organization_id: id,
      amount: '10',
      name: 'For visitors',
    });
    const answer = await visitorOf(hub, somewhere()).ask();
    expect(answer.status).toBe(200);
    expect(JSON.stringify([answer.headers, answer.trailers, answer.text])).not.toMatch(/charge|credit/i);
  });
});

/** Waits until each instance knows that visitors may ask. */
async function untilOpen(hubs: readonly HubProcess[]): Promise<void> {
  await eventually('the playground everywhere', async () => {
    const looks = hubs.flatMap((hub) => Array.from({ length: 8 }, () => hub));
    const pages = await Promise.all(
      looks.map((hub) => callHub(hub, undefined, { method: 'GET', path: '/playground' })),
    );
    return pages.every(({ text }) => text.includes('fake-small'));
  });
}

describe('the limits of the guest playground', () => {
  it('hold for all workers on one port together', async () => {
    const hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: ENVIRONMENT,
      flags: ['--workers', '2'],
    });
    try {
      await hub.connectFake(upstream);
      await setGuests(hub, { ...MUCH, requests_per_day: 7 });
      await untilOpen([hub]);
      const answers = await Promise.all(Array.from({ length: 20 }, () => visitorOf(hub, somewhere()).ask()));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
      expect(upstream.journal.calls().filter(({ path }) => path.endsWith('/completions'))).toHaveLength(7);
    } finally {
      await hub.stop();
    }
  });

  const postgres = postgresAvailable();

  it.skipIf(!postgres.available)(
    `hold for two instances on one PostgreSQL together${postgres.available ? '' : ` (not run: ${postgres.reason})`}`,
    async () => {
      const database = await postgresDatabase();
      const environment = {
        ...ENVIRONMENT,
        HUB_DATABASE_URL: database.url,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
      };
      const allow = [`127.0.0.1:${upstream.port}`];
      const first = await startHub({ allow, environment });
      const second = await startHub({ allow, environment });
      try {
        await first.connectFake(upstream);
        await setGuests(first, { ...MUCH, requests_per_day: 7 });
        await untilOpen([first, second]);
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) => visitorOf(index % 2 === 0 ? first : second, somewhere()).ask()),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
        // A browser is known by either.
        const visitor = visitorOf(first, somewhere());
        const cookie = await visitor.open();
        const elsewhere = await visitorOf(second, somewhere()).ask({ headers: { cookie } });
        expect(elsewhere.error['details']).toEqual({ limit: 'all' });
      } finally {
        await Promise.all([first.stop(), second.stop()]);
        await database.drop();
      }
    },
  );
});
