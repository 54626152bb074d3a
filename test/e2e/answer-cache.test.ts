import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  type HubAnswer,
  scriptByUser,
  textOf,
  usageRecords,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { redisMissing, startRedis, type TestRedis } from '../support/redis.ts';
import { openTenants } from '../support/tenants.ts';

/** Answers that are given again to who in an organization asks for the same. */

const redisLack = redisMissing();
const CERTAIN = { temperature: 0, max_tokens: 20 };

describe.each(['memory', 'store', 'redis'] as const)('answers kept in %s', (where) => {
  describe.skipIf(where === 'redis' && redisLack !== undefined)('here', () => {
    let upstream: FakeUpstream;
    let hub: HubProcess;
    let redis: TestRedis | undefined;
    let key: string;
    let plain: string;

    beforeAll(async () => {
      upstream = await startFakeUpstream();
      if (where === 'redis') redis = await startRedis();
      hub = await startHub({
        allow: [new URL(upstream.url).host],
        environment: { HUB_CACHE: where, ...(redis && { HUB_CACHE_REDIS_URL: redis.url }) },
      });
      await hub.connectFake(upstream, { name: 'fake' });
      key = (await hub.createKey('cached', { cache_seconds: 600 })).secret;
      plain = (await hub.createKey('plain')).secret;
    }, 60_000);
    afterAll(async () => {
      await hub?.stop();
      await upstream?.close();
      await redis?.close();
    });
    beforeEach(() => upstream.setScript(undefined));

    const unlike = (): string => `Say ${randomBytes(6).toString('hex')}`;
    const ask = (
      prompt: string,
      more: JsonObject = {},
      { secret = key, headers = {}, path = '/v1/chat/completions' } = {},
    ): Promise<HubAnswer> =>
      callHub(hub, secret, {
        path,
        headers,
        body: { ...chatBody({ ...CERTAIN, ...more }), messages: [{ role: 'user', content: prompt }] },
      });
    const outcomes = async (asked: readonly (() => Promise<HubAnswer>)[]) => {
      const seen: unknown[] = [];
      for (const each of asked) seen.push((await each()).headers['x-hub-cache']);
      return seen;
    };
    /**
     * Gives the answer that was kept, and those that were asked for until it was: it is kept once its request is over, which
     * its caller does not wait for.
     */
    const untilHit = async (prompt: string, more: JsonObject = {}, how: Parameters<typeof ask>[2] = {}) => {
      const asked: string[] = [];
      const hit = await eventually('be a hit', async () => {
        const answer = await ask(prompt, more, how);
        if (answer.headers['x-hub-cache'] === 'hit') return answer;
        asked.push(answer.text);
        return undefined;
      });
      return { hit, asked };
    };
    const calls = (): number => upstream.journal.entries().filter(({ path }) => path.includes('/chat/')).length;

    it('are the same bytes, with their age, whatever the order of fields and who is named as the user', async () => {
      const prompt = unlike();
      const first = await ask(prompt);
      expect([first.status, first.headers['x-hub-cache'], first.headers['age']]).toEqual([200, 'miss', undefined]);
      const { hit: again, asked } = await untilHit(prompt, { user: 'somebody', metadata: { run: '2' } });
      expect([first.text, ...asked]).toContain(again.text);
      expect(Number(again.headers['age'])).toBeGreaterThanOrEqual(0);
      expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
      expect(again.headers['x-hub-cost']).toBe('0');
      const before = calls();
      expect((await ask(prompt)).headers['x-hub-cache']).toBe('hit');
      expect(calls()).toBe(before);
      expect((await ask(prompt, { max_tokens: 21 })).headers['x-hub-cache']).toBe('miss');
      expect(calls()).toBe(before + 1);
    });

    it('are streams where they were streams', async () => {
      const prompt = unlike();
      const first = await ask(prompt, { stream: true });
      const { hit: again, asked } = await untilHit(prompt, { stream: true });
      expect([first.text, ...asked]).toContain(again.text);
      expect(again.headers['content-type']).toMatch(/^text\/event-stream/);
      expect(again.text).toMatch(/data: \[DONE\]\s*$/);
      expect((await ask(prompt)).headers['x-hub-cache']).toBe('miss');
    });

    it('are the organization’s own', async () => {
      const tenants = await openTenants(hub.dataDir);
      const others = tenants.addOrganization('Others');
      const { secret } = await tenants.addKey(others, { cacheSeconds: 600 });
      await tenants.close();
      const prompt = unlike();
      await ask(prompt);
      await untilHit(prompt);
      const answer = await eventually('know the key', async () => {
        const asked = await ask(prompt, {}, { secret });
        return asked.status === 200 ? asked : undefined;
      });
      expect(answer.headers['x-hub-cache']).toBe('miss');
    });

    it('are kept only where somebody asked, and the same would be answered', async () => {
      const prompt = unlike();
      const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
      expect(
        await outcomes([
          () => ask(prompt, {}, { secret: plain }),
          () => ask(prompt, { temperature: 0.7 }),
          () => ask(prompt, { tools }),
          () => ask(prompt, {}, { headers: { 'x-hub-cache': 'off' } }),
        ]),
      ).toEqual([undefined, 'bypass', 'bypass', 'bypass']);
      const any = { secret: plain, headers: { 'x-hub-cache': 'any, ttl=60' } };
      expect((await ask(prompt, { temperature: 0.7, tools }, any)).headers['x-hub-cache']).toBe('miss');
      await untilHit(prompt, { temperature: 0.7, tools }, any);
    });

    it('are asked for anew by refresh, and thrown away together', async () => {
      const prompt = unlike();
      await ask(prompt);
      await untilHit(prompt);
      const before = calls();
      expect((await ask(prompt, {}, { headers: { 'x-hub-cache': 'refresh' } })).headers['x-hub-cache']).toBe('miss');
      expect(calls()).toBe(before + 1);
      await hub.control('DELETE', '/cache');
      await eventually('be forgotten', async () => (await ask(prompt)).headers['x-hub-cache'] === 'miss');
    });

    it('are no answers that failed or broke off', async () => {
      const prompt = unlike();
      upstream.setScript(scriptByUser);
      expect((await ask(prompt, { user: '@500' })).status).toBe(502);
      const cut = await ask(prompt, { stream: true, user: '@cut:reset:events:2' });
      expect([cut.headers['x-hub-cache'], cut.text.includes('[DONE]')]).toEqual(['miss', false]);
      upstream.setScript(undefined);
      expect((await ask(prompt, { stream: true })).headers['x-hub-cache']).toBe('miss');
      expect((await ask(prompt)).headers['x-hub-cache']).toBe('miss');
    });

    it('are none of what a guardrail looks at', async () => {
      const prompt = unlike();
      const made = asObject(
        await hub.control('POST', '/guardrails', {
          name: 'Words',
          check: { kind: 'words', words: ['unheard-of'] },
          action: 'flag',
          place: 'input',
          scope: { kind: 'organization' },
        }),
      );
      await eventually('look', async () => (await ask(prompt)).headers['x-hub-cache'] === 'bypass');
      await hub.control('DELETE', `/guardrails/${textOf(made['id'] ?? '')}`);
      await eventually('look no more', async () => (await ask(prompt)).headers['x-hub-cache'] === 'miss');
    });

    it('refuse a header that says something else', async () => {
      const answer = await ask(unlike(), {}, { headers: { 'x-hub-cache': 'maybe' } });
      expect([answer.status, answer.error['code'], answer.error['param']]).toEqual([
        400,
        'request.invalid',
        'x-hub-cache',
      ]);
    });

    it('leave records that cost nothing, and counts of what they saved', async () => {
      const prompt = unlike();
      await ask(prompt);
      await untilHit(prompt);
      const [hit] = (await usageRecords(hub)).filter(({ usage_basis }) => usage_basis === 'cached');
      expect(hit).toMatchObject({ status: 'success', cost_nano_usd: '0', usage_basis: 'cached' });
      expect(Object.keys(asObject(hit?.['usage'])).length).toBeGreaterThan(0);
      const counted = await eventually('be counted', async () => {
        const said = asObject(await hub.control('GET', '/cache'));
        return Number(said['hits']) > 0 ? said : undefined;
      });
      expect(counted).toMatchObject({ store: where, charged: false });
      expect(Number(counted['misses'])).toBeGreaterThan(0);
    });

    it('are given in each format of callers', async () => {
      const prompt = unlike();
      const how = { path: '/v1/messages', headers: { 'x-hub-cache': 'on', 'anthropic-version': '2023-06-01' } };
      const first = await ask(prompt, {}, how);
      const { hit, asked } = await untilHit(prompt, {}, how);
      expect([first.text, ...asked]).toContain(hit.text);
      expect(asObject(JSON.parse(hit.text))['type']).toBe('message');
    });
  });
});
