import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { callRoute, EVERY_ROUTE, ROUTE_MODELS } from '../support/every-route.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** Limits that hold, on every route and after every end. */

const MODELS = [...new Set(Object.values(ROUTE_MODELS))];
/** Dollars for a million: so much that a few calls make a dollar. */
const TOKENS: JsonObject[] = [
  { unit: 'input', usd_per_million: '100' },
  { unit: 'output', usd_per_million: '1000' },
];
const PRICES: Readonly<Record<string, JsonObject[]>> = {
  'dall-e-3': [{ unit: 'image', usd_per_million: '90000' }],
  'gpt-image-1': [
    { unit: 'input', usd_per_million: '5' },
    { unit: 'image-input', usd_per_million: '10' },
    { unit: 'image-output', usd_per_million: '40' },
    { unit: 'output', usd_per_million: '10' },
  ],
  'tts-1': [{ unit: 'character', usd_per_million: '9000' }],
  'whisper-1': [{ unit: 'minute', usd_per_million: '900000' }],
  'sora-2': [{ unit: 'video-second', usd_per_million: '60000' }],
};
const DAY = { kind: 'calendar', unit: 'day', time_zone: 'Asia/Taipei' };

let upstream: FakeUpstream;
let hub: HubProcess;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  hub = await startHub({ allow: [new URL(upstream.url).host] });
  await prepare(hub);
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

beforeEach(async () => {
  upstream.setScript(undefined);
  upstream.journal.clear();
  for (const { id } of await listOf(hub, '/limits')) await hub.control('DELETE', `/limits/${textOf(id)}`);
});

async function prepare(of: HubProcess): Promise<void> {
  await of.connectFake(upstream, { name: 'openai' });
  const [connection] = await listOf(of, '/connections');
  for (const model of MODELS) {
    const prices = PRICES[model] ?? TOKENS;
    await of.control('POST', '/prices', { provider_id: connection?.['provider_id'] ?? null, model, prices });
  }
}

async function limit(more: JsonObject, of = hub): Promise<JsonObject> {
  const terms = { name: 'Ours', subject: { kind: 'organization' }, measure: 'requests', amount: '1', mode: 'hard' };
  const window = more['measure'] === 'concurrent' ? {} : { window: DAY };
  return asObject(await of.control('POST', '/limits', { ...terms, ...window, ...more }));
}

let made = 0;

/** A key in a project of its own, so that nothing was used of either. */
async function newKey(): Promise<{ readonly id: string; readonly secret: string; readonly project: JsonObject }> {
  made += 1;
  const { id } = asObject(await hub.control('POST', '/projects', { name: `Project ${made}` }));
  const key = await hub.createKey(`key ${made}`, { project_id: textOf(id) });
  return { ...key, project: { kind: 'project', id: textOf(id) } };
}

const chat = (key: string, more: JsonObject = {}, headers: Record<string, string> = {}) =>
  callHub(hub, key, { body: chatBody({ model: 'openai/fake-small', max_tokens: 64, ...more }), headers });

async function countOf(id: unknown, of = hub): Promise<JsonObject> {
  const found = asObject(await of.control('GET', `/limits/${String(id)}`));
  const { counts } = found;
  return asObject(Array.isArray(counts) ? counts[0] : undefined);
}

async function spentNano(key: string, of = hub): Promise<bigint> {
  const records = await usageRecords(of, `&key_id=${key}`);
  return records.reduce((sum, record) => sum + BigInt(textOf(record['cost_nano_usd'] ?? '0')), 0n);
}

describe('every route', () => {
  it.each(EVERY_ROUTE)('$path asks its limits', { timeout: 30_000 }, async (route) => {
    const key = await newKey();
    await limit({ subject: { kind: 'key', id: key.id } });
    const first = await callRoute(hub.address, key.secret, route);
    expect(first, first.text).toMatchObject({ status: 200 });
    const second = await callRoute(hub.address, key.secret, route);
    expect(second.status).toBe(429);
    expect(second.text).toContain('limit.exceeded');
    expect(second.text).toContain('“Ours”');
    const seconds = Number(second.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(86_400);
  });

  it.each(EVERY_ROUTE.filter(({ operation }) => operation !== 'count-tokens'))(
    '$path never spends more than a budget of one dollar, whoever calls it at once',
    { timeout: 120_000 },
    async (route) => {
      const key = await newKey();
      const { id } = await limit({ subject: { kind: 'key', id: key.id }, measure: 'money', amount: '1.00' });
      const answers = await Promise.all(
        Array.from({ length: route.path.startsWith('/v1/') ? 200 : 40 }, () =>
          callRoute(hub.address, key.secret, route),
        ),
      );
      const statuses = new Set(answers.map(({ status }) => status));
      expect([...statuses].filter((status) => status !== 200 && status !== 429)).toEqual([]);
      expect(statuses.has(200)).toBe(true);
      const spent = await spentNano(key.id);
      expect(spent).toBeGreaterThan(0n);
      expect(spent).toBeLessThanOrEqual(1_000_000_000n);
      const refused = answers.find(({ status }) => status === 429);
      if (refused !== undefined) expect(refused.text).toContain('budget.exhausted');
      await eventually('correct every call', async () => nanoOf((await countOf(id))['used']) === spent);
    },
  );
});

function nanoOf(text: unknown): bigint {
  const [whole = '0', part = ''] = String(text).split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0'));
}

describe('several limits', () => {
  it('admit together or not at all, and say which one refuses, whose, and until when', async () => {
    const key = await newKey();
    await limit({ name: 'Wide', subject: key.project, amount: '3' });
    await limit({ name: 'Each key', subject: { kind: 'key' }, amount: '2' });
    const answers = [await chat(key.secret), await chat(key.secret), await chat(key.secret)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.error).toMatchObject({
      code: 'limit.exceeded',
      message: expect.stringContaining('“Each key”'),
    });
    const other = await hub.createKey('other', { project_id: textOf(key.project['id']) });
    expect((await chat(other.secret)).status).toBe(200);
    expect((await chat(other.secret)).error['message']).toContain('“Wide”');
  });

  it('count by end user, tag and model, each with a count of its own', async () => {
    const { secret, project } = await newKey();
    await limit({ name: 'User', subject: { kind: 'end_user' } });
    expect((await chat(secret, { user: 'ann' })).status).toBe(200);
    expect((await chat(secret, { user: 'ann' })).status).toBe(429);
    expect((await chat(secret, { user: 'bob' })).status).toBe(200);
    expect((await chat(secret)).status).toBe(200);
    await limit({ name: 'Run', subject: { kind: 'tag', id: 'run=7' } });
    expect((await chat(secret, {}, { 'x-hub-tags': 'run=7' })).status).toBe(200);
    expect((await chat(secret, {}, { 'x-hub-tags': 'run=7' })).status).toBe(429);
    expect((await chat(secret, {}, { 'x-hub-tags': 'run=8' })).status).toBe(200);
    await limit({ name: 'Model', subject: project, models: ['*embed'], amount: '1' });
    expect((await chat(secret)).status).toBe(200);
    const embed = () =>
      callHub(hub, secret, { path: '/v1/embeddings', body: { model: 'openai/fake-embed', input: 'a' } });
    expect([(await embed()).status, (await embed()).status]).toEqual([200, 429]);
  });
});

describe('answers', () => {
  it('tell how the limits stand, in the form of their dialect', async () => {
    const { secret, project } = await newKey();
    expect((await chat(secret)).headers).not.toHaveProperty('x-ratelimit-limit-requests');
    await limit({ subject: project, amount: '100' });
    await limit({ subject: project, measure: 'total_tokens', amount: '100000' });
    const { headers } = await chat(secret);
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '98',
      'x-ratelimit-reset-requests': expect.stringMatching(/^(\d+h)?(\d+m)?\d+s$/),
      'x-ratelimit-limit-tokens': '100000',
    });
    const body = { model: 'openai/fake-small', max_tokens: 64, messages: [{ role: 'user', content: 'Hello.' }] };
    const anthropic = await callHub(hub, secret, { path: '/v1/messages', body });
    expect(anthropic.headers).toMatchObject({
      'anthropic-ratelimit-requests-limit': '100',
      'anthropic-ratelimit-requests-remaining': '97',
      'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(anthropic.headers).not.toHaveProperty('x-ratelimit-limit-requests');
  });
});

describe('concurrency', () => {
  it('is never more at the provider, and comes back when callers leave', { timeout: 60_000 }, async () => {
    const { secret } = await newKey();
    await limit({ measure: 'concurrent', amount: '3' });
    let now = 0;
    let most = 0;
    upstream.setScript(() => {
      now += 1;
      most = Math.max(most, now);
      return undefined;
    });
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const answer = await chat(secret);
        if (answer.status === 200) now -= 1;
        return answer.status;
      }),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThanOrEqual(3);
    await eventually('serve again', async () => (await chat(secret)).status === 200);
  });
});

describe('a model without a price', () => {
  it('is refused by a hard budget rather than called for free', async () => {
    const { secret } = await newKey();
    upstream.setModels([...MODELS, 'never-priced']);
    const [connection] = await listOf(hub, '/connections');
    await hub.control('POST', `/connections/${textOf(connection?.['id'])}/refresh`);
    await limit({ measure: 'money', amount: '1' });
    const answer = await chat(secret, { model: 'openai/never-priced' });
    expect([answer.status, answer.error['code']]).toEqual([400, 'budget.no_price']);
  });
});

describe('soft limits', () => {
  it('refuse nothing and count on', async () => {
    const { secret, project } = await newKey();
    const { id } = await limit({ subject: project, mode: 'soft', amount: '1' });
    expect([(await chat(secret)).status, (await chat(secret)).status]).toEqual([200, 200]);
    expect(await countOf(id)).toMatchObject({ used: '2', left: '0' });
  });
});

describe('changes', () => {
  it('of the amount go on with the count; a limit counts what its window saw before it was made', async () => {
    const { id: keyId, secret } = await newKey();
    await chat(secret);
    await chat(secret);
    const terms = {
      name: 'Later',
      subject: { kind: 'key', id: keyId },
      measure: 'requests',
      mode: 'hard',
      window: DAY,
    };
    const { id } = await limit({ ...terms, amount: '3' });
    expect(await countOf(id)).toMatchObject({ used: '2', left: '1' });
    expect([(await chat(secret)).status, (await chat(secret)).status]).toEqual([200, 429]);
    await hub.control('PUT', `/limits/${textOf(id)}`, { ...terms, amount: '4' });
    expect([(await chat(secret)).status, (await chat(secret)).status]).toEqual([200, 429]);
  });
});

describe('thresholds', () => {
  it('are told once in a window, the highest that is reached', { timeout: 60_000 }, async () => {
    const { secret, project } = await newKey();
    const { id } = await limit({ name: 'Watched', subject: project, amount: '4', thresholds: [50, 75, 100] });
    const told = async () =>
      (await listOf(hub, '/notifications'))
        .filter(({ kind, data }) => kind === 'limit.reached' && asObject(data)['limit_id'] === id)
        .map(({ data }) => asObject(data)['percent']);
    for (let turn = 0; turn < 3; turn += 1) await chat(secret);
    await eventually('be told', async () => (await told()).length > 0, 20_000);
    expect(await told()).toEqual([75]);
    for (let turn = 0; turn < 3; turn += 1) await chat(secret);
    await eventually('be told', async () => (await told()).length > 1, 20_000);
    expect(await told()).toEqual([100, 75]);
  });
});

describe('where calls are paid for with credit', () => {
  it('budgets are of credit, which a margin is part of', { timeout: 60_000 }, async () => {
    const environment = { HUB_CREDIT: 'true', HUB_CREDIT_MARGIN_PERCENT: '100' };
    const selling = await startHub({ allow: [new URL(upstream.url).host], environment });
    try {
      await prepare(selling);
      const gift = { organization_id: 'org_default', amount: '1000', name: 'Credit' };
      await selling.control('POST', '/installation/credit/grants', gift);
      const key = await selling.createKey('payer');
      const { id } = await limit({ subject: { kind: 'key', id: key.id }, measure: 'money', amount: '1.00' }, selling);
      const call = () =>
        callHub(selling, key.secret, { body: chatBody({ model: 'openai/fake-small', max_tokens: 64 }) });
      const answers = await Promise.all(Array.from({ length: 200 }, call));
      const served = answers.filter(({ status }) => status === 200);
      const charged = served.reduce((sum, { headers }) => sum + nanoOf(headers['x-hub-charge']), 0n);
      expect(answers.some(({ error }) => error['code'] === 'budget.exhausted')).toBe(true);
      expect(charged).toBeGreaterThan(0n);
      expect(charged).toBeLessThanOrEqual(1_000_000_000n);
      await eventually('correct every call', async () => nanoOf((await countOf(id, selling))['used']) === charged);
      const cost = await spentNano(key.id, selling);
      expect(charged).toBeGreaterThan(cost);
    } finally {
      await selling.stop();
    }
  });
});
