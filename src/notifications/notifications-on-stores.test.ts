import { Webhook as StandardVerifier } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { permissionsOfRole } from '../identity/roles.ts';
import { createIdMaker } from '../kernel/ids.ts';
import type { User } from '../protocol/people.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { openStore } from '../storage/open-store.ts';
import { connection, credential, model } from '../storage/testing/rows.ts';
import { TEST_ENGINES, type TestEngine } from '../storage/testing/stores.ts';
import { deliverDue } from './deliver.ts';
import { createTeller } from './tell.ts';
import { createWebhookService } from './webhooks.ts';

const HOUR_MS = 3_600_000;
const KINDS = ['credential.failing', 'credential.working', 'models.new', 'models.withdrawn', 'webhook.disabled'];
type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly at: number };

describe.each(TEST_ENGINES)('notifications in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('a credential that fails is told once however many instances see it, and once more when it is used again', async () => {
      const hub = await openHub(engine);
      const other = hub.teller();
      await hub.setAside('401: no');
      await Promise.all([hub.tell(), other.run()]);
      await hub.setAside('401: still no');
      await Promise.all([hub.tell(), other.run()]);
      expect(await hub.kinds()).toEqual(['credential.failing']);
      await hub.restore();
      await Promise.all([hub.tell(), other.run()]);
      expect(await hub.kinds()).toEqual(['credential.working', 'credential.failing']);
      await hub.setAside('401: again');
      await hub.tell();
      expect(await hub.kinds()).toEqual(['credential.failing', 'credential.working', 'credential.failing']);
    });

    test('a hub that starts anew tells nothing that was told before', async () => {
      const hub = await openHub(engine);
      await hub.setAside('401: no');
      await hub.tell();
      await hub.teller().run();
      expect(await hub.kinds()).toHaveLength(1);
    });

    test('models that one look brings or misses are one notification; those of the first look are none', async () => {
      const hub = await openHub(engine);
      await hub.listed(['alpha', 'beta']);
      await hub.tell();
      expect(await hub.kinds()).toEqual([]);
      hub.time.nowMs += HOUR_MS;
      await hub.listed(['beta', 'gamma', 'delta']);
      await hub.tell();
      const told = await hub.list();
      expect(Object.fromEntries(told.map(({ kind, data }) => [kind, [data['count'], data['models']]]))).toEqual({
        'models.new': [2, ['delta', 'gamma']],
        'models.withdrawn': [1, ['alpha']],
      });
      expect(told).toHaveLength(2);
      await hub.teller().run();
      expect(await hub.list()).toHaveLength(2);
    });

    test('a webhook gets what it asked for, signed as Standard Webhooks says', async () => {
      const hub = await openHub(engine);
      const { secret } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://b.example', kinds: ['models.new'] });
      await hub.setAside('401: no');
      await hub.tell();
      await hub.deliver();
      expect(hub.sent).toHaveLength(1);
      expect(verified(hub.sent[0], secret)).toMatchObject({
        type: 'credential.failing',
        data: { reason: '401: no', credential_name: expect.any(String) },
      });
      expect(() => verified(hub.sent[0], `whsec_${Buffer.alloc(32).toString('base64')}`)).toThrow();
    });

    test('after a rotation both secrets sign for 24 hours, then the new one alone', async () => {
      const hub = await openHub(engine);
      const made = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      const rotated = await hub.webhooks.rotate(DEFAULT_TENANT, made.webhook.id);
      await hub.webhooks.test(DEFAULT_TENANT, made.webhook.id);
      await hub.deliver();
      for (const secret of [made.secret, rotated.secret]) {
        expect(verified(hub.sent[0], secret)).toMatchObject({ type: 'webhook.test' });
      }
      hub.time.nowMs += 24 * HOUR_MS;
      await hub.webhooks.test(DEFAULT_TENANT, made.webhook.id);
      await hub.deliver();
      expect(verified(hub.sent[1], rotated.secret)).toMatchObject({ type: 'webhook.test' });
      expect(() => verified(hub.sent[1], made.secret)).toThrow();
    });

    test('a receiver that heals gets the message by a retry, with the same id, and only once', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      await hub.webhooks.test(DEFAULT_TENANT, webhook.id);
      hub.receiver.status = 503;
      await hub.deliver();
      await hub.deliver();
      expect(hub.sent).toHaveLength(1);
      hub.receiver.status = 200;
      hub.time.nowMs += 6000;
      await Promise.all([hub.deliver(), hub.deliver()]);
      hub.time.nowMs += 24 * HOUR_MS;
      await hub.deliver();
      expect(hub.sent).toHaveLength(2);
      expect(new Set(hub.sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      const [delivery] = await hub.deliveries(webhook.id);
      expect(delivery).toMatchObject({ state: 'delivered', attempts: 2, status: 200 });
      expect((await hub.webhooks.get(DEFAULT_TENANT, webhook.id)).failingSince).toBeUndefined();
    });

    test('eight attempts in about a day, then it is given up until somebody has it sent again', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      const start = hub.time.nowMs;
      hub.receiver.status = 500;
      const { id } = await hub.webhooks.test(DEFAULT_TENANT, webhook.id);
      for (let hour = 0; hour < 72; hour += 1) {
        await hub.deliver();
        hub.time.nowMs += HOUR_MS / 2;
      }
      expect(hub.sent).toHaveLength(8);
      expect((hub.sent[7]?.at ?? 0) - start).toBeGreaterThan(20 * HOUR_MS);
      expect(await hub.deliveries(webhook.id)).toMatchObject([{ state: 'failed', status: 500, attempts: 8 }]);
      hub.receiver.status = 204;
      await hub.webhooks.sendAgain(DEFAULT_TENANT, webhook.id, id);
      await hub.deliver();
      expect(await hub.deliveries(webhook.id)).toMatchObject([{ state: 'delivered', status: 204, attempts: 1 }]);
    });

    test('after five days of nothing but failures a webhook is switched off, and that is told in the hub', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      hub.receiver.status = 500;
      for (let day = 0; day < 6; day += 1) {
        await hub.webhooks.test(DEFAULT_TENANT, webhook.id);
        await hub.deliver();
        expect((await hub.webhooks.get(DEFAULT_TENANT, webhook.id)).enabled).toBe(day < 5);
        hub.time.nowMs += 24 * HOUR_MS;
      }
      expect(await hub.kinds()).toEqual(['webhook.disabled']);
    });

    test('what is switched off is sent nothing, and what is removed takes its deliveries along', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      await hub.webhooks.update(DEFAULT_TENANT, { id: webhook.id, ifRevision: 1 }, { enabled: false });
      await hub.setAside('401: no');
      await hub.tell();
      await hub.deliver();
      expect(hub.sent).toEqual([]);
      await hub.webhooks.test(DEFAULT_TENANT, webhook.id);
      await hub.webhooks.remove(DEFAULT_TENANT, webhook.id);
      await hub.deliver();
      expect(hub.sent).toEqual([]);
      await expect(hub.webhooks.get(DEFAULT_TENANT, webhook.id)).rejects.toMatchObject({ code: 'resource.not_found' });
    });

    test('while an organization is suspended, its webhooks are sent nothing and nobody there gets a mail', async () => {
      const hub = await openHub(engine);
      const { store } = hub;
      const { ada } = await hub.people();
      const { organizationId } = DEFAULT_TENANT;
      const membership = { role: 'owner', state: 'active', teamIds: [], createdAt: 1, revision: 1 } as const;
      await store.accounts.join({ ...membership, id: 'mem_1', organizationId, userId: ada });
      const readers = async () => (await store.notifications.mailReaders(organizationId)).map(({ email }) => email);
      expect(await readers()).toEqual(['ada@example.com']);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      await hub.setAside('401: no');
      await hub.tell();
      await hub.webhooks.test(DEFAULT_TENANT, webhook.id);
      const become = (state: 'active' | 'suspended') =>
        store.organizations.update(organizationId, { state }, { check: () => undefined });
      await become('suspended');
      await hub.deliver();
      expect([hub.sent, await readers()]).toEqual([[], []]);
      // What waited is told once the organization may act again.
      await become('active');
      await hub.deliver();
      expect(hub.sent).toHaveLength(2);
      expect(await readers()).toEqual(['ada@example.com']);
    });

    test('a webhook of another organization is not there', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example', kinds: [] });
      const stranger = { organizationId: 'org_stranger' };
      for (const tried of [
        () => hub.webhooks.get(stranger, webhook.id),
        () => hub.webhooks.test(stranger, webhook.id),
        () => hub.webhooks.rotate(stranger, webhook.id),
        () => hub.webhooks.remove(stranger, webhook.id),
        () => hub.webhooks.deliveries(stranger, webhook.id, { limit: 10, beforeId: undefined }),
      ]) {
        await expect(tried()).rejects.toMatchObject({ code: 'resource.not_found' });
      }
    });

    test('a rotation of the master key finds the sealed secrets, bound to the address', async () => {
      const hub = await openHub(engine);
      const { webhook } = await hub.webhooks.create(DEFAULT_TENANT, { url: 'https://a.example/hook?x=1', kinds: [] });
      const [row, ...others] = await hub.store.vault.sealedBelow({ belowVersion: 2, afterId: 'd', limit: 10 });
      expect(others).toEqual([]);
      expect(row).toMatchObject({ table: 'webhooks', rowId: webhook.id, baseUrl: webhook.url, sealed: webhook.sealed });
      if (row === undefined) return;
      expect(await hub.store.vault.replaceSealed(row, 'hv1:2:anew')).toBe(true);
      expect(await hub.store.vault.replaceSealed(row, 'hv1:2:late')).toBe(false);
      expect((await hub.webhooks.get(DEFAULT_TENANT, webhook.id)).sealed).toBe('hv1:2:anew');
      expect(await hub.store.vault.sealedBelow({ belowVersion: 2, afterId: 'd', limit: 10 })).toEqual([]);
    });

    test('what is read is read for one person, and other kinds than theirs are not there', async () => {
      const hub = await openHub(engine);
      const { ada, bob } = await hub.people();
      await hub.setAside('401: no');
      await hub.tell();
      const [told] = await hub.list();
      const { notifications } = hub.store;
      const unread = (userId: string, kinds = KINDS) => notifications.countUnread(DEFAULT_TENANT, { kinds, userId });
      const mark = { userId: ada, kinds: KINDS, id: told?.id, at: hub.time.nowMs };
      expect(await notifications.markRead(DEFAULT_TENANT, mark)).toBe(1);
      expect(await notifications.markRead(DEFAULT_TENANT, mark)).toBe(0);
      expect([await unread(ada), await unread(bob), await unread(bob, ['models.new'])]).toEqual([0, 1, 0]);
      expect(await notifications.isThere({ organizationId: 'org_stranger' }, KINDS, told?.id ?? '')).toBe(false);
    });

    test('after 90 days a notification is gone, and a credential that still fails is not told anew', async () => {
      const hub = await openHub(engine);
      await hub.listed(['alpha']);
      hub.time.nowMs += HOUR_MS;
      await hub.listed(['alpha', 'beta']);
      await hub.setAside('401: no');
      await hub.tell();
      expect(await hub.kinds()).toHaveLength(2);
      hub.time.nowMs += 91 * 24 * HOUR_MS;
      const later = hub.teller();
      await later.removeOld();
      await later.run();
      expect(await hub.kinds()).toEqual(['credential.failing']);
    });

    test('an address with a password in it is refused', async () => {
      const hub = await openHub(engine);
      const made = hub.webhooks.create(DEFAULT_TENANT, { url: 'https://ada:pw@a.example', kinds: [] });
      await expect(made).rejects.toMatchObject({ code: 'request.invalid' });
    });
  });
});

function verified(sent: Sent | undefined, secret: string): unknown {
  if (sent === undefined) throw new Error('nothing was sent');
  // The verifier looks at the time of this machine, and the test's clock stands elsewhere.
  const verifier = new StandardVerifier(secret);
  const id = sent.headers['webhook-id'] ?? '';
  const signature = verifier.sign(id, new Date(Number(sent.headers['webhook-timestamp']) * 1000), sent.body);
  if (sent.headers['webhook-signature']?.split(' ').includes(signature) !== true) throw new Error('no such signature');
  return JSON.parse(sent.body);
}

function person(id: string, email: string): User {
  return {
    id,
    email,
    name: undefined,
    locale: undefined,
    passwordHash: undefined,
    emailVerifiedAt: 1,
    state: 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    isOperator: false,
    createdAt: 1,
    lastSeenAt: undefined,
    revision: 1,
  };
}

/** A hub's store with one connection and credential, a clock of its own, and a receiver in memory. */
async function openHub(engine: TestEngine) {
  const time = { nowMs: 1_700_000_000_000 };
  const now = () => time.nowMs;
  const store = openStore(await engine.migratedLocation(), { clock: { now, monotonic: now }, note: () => undefined });
  onTestFinished(() => store.close());
  const newId = createIdMaker(now);
  const link = connection('conn_1');
  const secret = credential('cred_1', link.id);
  await store.connections.insert(DEFAULT_TENANT, link);
  await store.credentials.insert(DEFAULT_TENANT, secret);
  const vault = { seal: (text: string) => `hv1:1:${text}`, open: (sealed: string) => sealed.slice('hv1:1:'.length) };
  const randomBytes = (size: number) =>
    Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + time.nowMs) % 251));
  let made = 0;
  const webhooks = createWebhookService({
    store: store.webhooks,
    vault,
    newId,
    randomBytes: (size) => randomBytes(size + (made += 1)).subarray(made),
    now,
    operatorId: DEFAULT_TENANT.organizationId,
  });
  const teller = () =>
    createTeller({
      store: store.notifications,
      configuration: store.configuration,
      permissionsOf: (role) => new Set<string>(permissionsOfRole(role)),
      mail: () => undefined,
      newId,
      now,
    });
  const receiver = { status: 200 };
  const sent: Sent[] = [];
  const own = teller();
  const change = (state: 'active' | 'set_aside', stateReason: string | undefined) =>
    store.credentials.update(DEFAULT_TENANT, secret.id, { state, stateReason, stateChangedAt: now() });
  const list = () =>
    store.notifications.list(DEFAULT_TENANT, {
      kinds: KINDS,
      userId: undefined,
      unreadOnly: false,
      limit: 100,
      beforeId: undefined,
    });
  return {
    store,
    people: async () => {
      const ids = { ada: newId('usr'), bob: newId('usr') };
      for (const [name, id] of Object.entries(ids)) await store.users.insert(person(id, `${name}@example.com`));
      return ids;
    },
    time,
    webhooks,
    teller,
    tell: own.run,
    sent,
    receiver,
    list,
    kinds: async () => (await list()).map(({ kind }) => kind),
    setAside: (reason: string) => {
      time.nowMs += 1;
      return change('set_aside', reason);
    },
    restore: () => {
      time.nowMs += 1;
      return change('active', undefined);
    },
    listed: (names: readonly string[]) =>
      store.models.reconcile(DEFAULT_TENANT, {
        connectionId: link.id,
        found: names.map((upstreamModel) => ({ upstreamModel, facts: model('mdl_1', link.id).facts })),
        origin: 'discovered',
        state: 'enabled',
        seenAt: now(),
        newId: () => newId('mdl'),
      }),
    deliveries: (id: string) => webhooks.deliveries(DEFAULT_TENANT, id, { limit: 10, beforeId: undefined }),
    deliver: () =>
      deliverDue({
        webhooks: store.webhooks,
        notifications: store.notifications,
        vault,
        send: async ({ headers, body }) => {
          sent.push({ headers, body, at: time.nowMs });
          return receiver.status;
        },
        newId,
        now,
        random: () => 0.5,
      }),
  };
}
