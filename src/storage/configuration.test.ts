import { describe, expect, test } from 'vitest';
import { nanoUsdPerMillion } from '../kernel/money.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import { connection, credential, model, NO_FACTS, virtualKey } from './testing/rows.ts';
import { freshStore, openAt, TEST_ENGINES } from './testing/stores.ts';

const STRANGER: Tenant = { organizationId: 'org_other', projectId: 'proj_other' };

describe.each(TEST_ENGINES)('configuration in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('virtual keys come back as they went in, and change field by field', async () => {
      const store = await freshStore(engine);
      const full = virtualKey('vk_full', {
        allowedModels: ['gpt-*'],
        expiresAt: 2 ** 42,
        createdAt: 2,
        source: 'file',
      });
      await store.keys.insert(DEFAULT_TENANT, full);
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_bare', { createdAt: 1 }));
      expect(await store.keys.list(DEFAULT_TENANT)).toEqual([virtualKey('vk_bare', { createdAt: 1 }), full]);
      expect(
        await store.keys.update(DEFAULT_TENANT, 'vk_full', { name: 'new', enabled: false, expiresAt: undefined }),
      ).toBe(true);
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_full')).toEqual({
        ...full,
        name: 'new',
        enabled: false,
        expiresAt: undefined,
        revision: 2,
      });
      expect(await store.keys.update(DEFAULT_TENANT, 'vk_none', { name: 'x' })).toBe(false);
      expect(await store.keys.remove(DEFAULT_TENANT, 'vk_bare')).toBe(true);
      expect(await store.keys.remove(DEFAULT_TENANT, 'vk_bare')).toBe(false);
    });

    test('the last use of a key only moves forward and bumps no version', async () => {
      const store = await freshStore(engine);
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_a'));
      const before = await store.configuration.version();
      await store.keys.touch([{ id: 'vk_a', usedAt: 500 }]);
      await store.keys.touch([{ id: 'vk_a', usedAt: 400 }]);
      expect((await store.keys.get(DEFAULT_TENANT, 'vk_a'))?.lastUsedAt).toBe(500);
      expect(await store.configuration.version()).toBe(before);
    });

    test('a new admin token can end the old ones', async () => {
      const store = await freshStore(engine);
      await store.adminTokens.insert({ id: 'adm_1', hash: 'one', createdAt: 1 });
      await store.adminTokens.insert({ id: 'adm_2', hash: 'two', createdAt: 2 });
      expect(await store.adminTokens.listHashes()).toEqual(['one', 'two']);
      await store.adminTokens.keepOnly('adm_2');
      expect(await store.adminTokens.listHashes()).toEqual(['two']);
    });

    test('a connection’s address and its resealed secrets change in one commit, or not at all', async () => {
      const store = await freshStore(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('conn_r', { baseUrl: 'https://old.test' }));
      await store.credentials.insert(DEFAULT_TENANT, credential('cred_r', 'conn_r', { sealed: 'old' }));
      const before = await store.configuration.version();
      const move = (baseUrl: string, sealed: string) =>
        store.connections.update(DEFAULT_TENANT, 'conn_r', { baseUrl }, [{ id: 'cred_r', change: { sealed } }]);
      expect(await move('https://new.test', 'new')).toBe(true);
      expect(await store.configuration.version()).toBe(before + 1);
      expect((await store.credentials.get(DEFAULT_TENANT, 'cred_r'))?.sealed).toBe('new');
      // A name that is taken fails the change of the connection, and with it that of the secret.
      await store.connections.insert(DEFAULT_TENANT, connection('conn_s', { name: 'taken' }));
      const failing = store.connections.update(DEFAULT_TENANT, 'conn_r', { name: 'taken' }, [
        { id: 'cred_r', change: { sealed: 'lost' } },
      ]);
      await expect(failing).rejects.toMatchObject({ code: 'resource.conflict' });
      expect((await store.credentials.get(DEFAULT_TENANT, 'cred_r'))?.sealed).toBe('new');
    });

    test('connections come back as they went in, in the operator’s order, and go with all that hangs on them', async () => {
      const store = await freshStore(engine);
      const second = connection('conn_a', { position: 2, refreshError: 'refused', refreshedAt: 9 });
      const first = connection('conn_b', { position: 1, enabled: false, newModelPolicy: 'awaiting_approval' });
      await store.connections.insert(DEFAULT_TENANT, second);
      await store.connections.insert(DEFAULT_TENANT, first);
      await store.credentials.insert(DEFAULT_TENANT, credential('cred_a', 'conn_a'));
      await store.models.insert(DEFAULT_TENANT, model('mdl_a', 'conn_a'));
      expect(await store.connections.list(DEFAULT_TENANT)).toEqual([first, second]);
      expect(await store.connections.findByName(DEFAULT_TENANT, second.name)).toEqual(second);
      await store.connections.update(DEFAULT_TENANT, 'conn_a', { refreshedAt: 10, refreshError: undefined });
      expect(await store.connections.get(DEFAULT_TENANT, 'conn_a')).toEqual({
        ...second,
        refreshedAt: 10,
        refreshError: undefined,
        revision: 2,
      });
      expect(await store.connections.remove(DEFAULT_TENANT, 'conn_a')).toBe(true);
      expect(await store.credentials.get(DEFAULT_TENANT, 'cred_a')).toBeUndefined();
      expect(await store.models.get(DEFAULT_TENANT, 'mdl_a')).toBeUndefined();
    });

    test('credentials come back as they went in, and uses add up without a bump', async () => {
      const store = await freshStore(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('conn_a'));
      const stored = credential('cred_a', 'conn_a', { state: 'set_aside', stateReason: '401', stateChangedAt: 7 });
      await store.credentials.insert(DEFAULT_TENANT, stored);
      expect(await store.credentials.list(DEFAULT_TENANT, 'conn_a')).toEqual([stored]);
      const before = await store.configuration.version();
      const use = { credentialId: 'cred_a', lastError: undefined, lastErrorAt: undefined };
      await store.credentials.noteUses([{ ...use, uses: 3, lastUsedAt: 50, lastError: 'late', lastErrorAt: 40 }]);
      await store.credentials.noteUses([{ ...use, uses: 2, lastUsedAt: 30, lastError: 'early', lastErrorAt: 20 }]);
      expect(await store.credentials.get(DEFAULT_TENANT, 'cred_a')).toEqual({
        ...stored,
        useCount: 5,
        lastUsedAt: 50,
        lastError: 'late',
        lastErrorAt: 40,
      });
      expect(await store.configuration.version()).toBe(before);
      await store.credentials.update(DEFAULT_TENANT, 'cred_a', { state: 'active', stateReason: undefined });
      expect(await store.credentials.get(DEFAULT_TENANT, 'cred_a')).toMatchObject({
        state: 'active',
        stateReason: undefined,
        stateChangedAt: 7,
      });
    });

    test('a refresh adds, marks and brings back models, and bumps only when a caller can notice', async () => {
      const store = await freshStore(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('conn_a'));
      await store.models.insert(DEFAULT_TENANT, model('mdl_hand', 'conn_a', { upstreamModel: 'by-hand' }));
      const refresh = refresher(store);
      const start = await store.configuration.version();
      expect(await refresh(['m1', 'm2'], 100)).toEqual({ added: ['m1', 'm2'], withdrawn: [], returned: [] });
      expect(await store.configuration.version()).toBe(start + 1);
      expect(await refresh(['m2', 'm1'], 200)).toEqual({ added: [], withdrawn: [], returned: [] });
      expect(await store.configuration.version()).toBe(start + 1);
      expect(await refresh(['m1'], 300)).toEqual({ added: [], withdrawn: ['m2'], returned: [] });
      const listed = await store.models.list(DEFAULT_TENANT, 'conn_a');
      expect(listed.map((row) => [row.upstreamModel, row.firstSeenAt, row.lastSeenAt, row.withdrawnAt])).toEqual([
        ['by-hand', 1_000, 1_000, undefined],
        ['m1', 100, 300, undefined],
        ['m2', 100, 200, 300],
      ]);
      expect(await refresh(['m1', 'm2'], 400)).toEqual({ added: [], withdrawn: [], returned: ['m2'] });
      expect(await refresh(['m1', 'm2'], 500, { ...NO_FACTS, contextTokens: 8192 })).toMatchObject({ added: [] });
      expect((await store.models.list(DEFAULT_TENANT, 'conn_a'))[1]?.facts.contextTokens).toBe(8192);
      expect(await store.configuration.version()).toBe(start + 4);
    });

    test('a refresh of a connection that is gone or another tenant’s is refused', async () => {
      const store = await freshStore(engine);
      await expect(refresher(store)(['m1'], 1)).rejects.toMatchObject({ code: 'resource.not_found' });
    });

    test('aliases, identity overrides and catalogue entries come back as they went in', async () => {
      const store = await freshStore(engine);
      const alias = { ...DEFAULT_TENANT, id: 'alias_a', name: 'fast', target: 'openai/gpt', source: 'store' } as const;
      const override = {
        ...DEFAULT_TENANT,
        id: 'over_a',
        providerId: 'bedrock',
        upstreamModel: 'a.b-v1:0',
        canonicalModel: 'b',
        source: 'file',
      } as const;
      await store.aliases.insert(DEFAULT_TENANT, alias);
      await store.identityOverrides.insert(DEFAULT_TENANT, override);
      await store.catalogue.apply([{ id: 'p', document: '{"v":1}', source: 'file:a', appliedAt: 1 }]);
      await store.catalogue.apply([{ id: 'p', document: '{"v":2}', source: 'file:b', appliedAt: 2 }]);
      expect(await store.aliases.list(DEFAULT_TENANT)).toEqual([alias]);
      expect(await store.identityOverrides.list(DEFAULT_TENANT)).toEqual([override]);
      expect(await store.catalogue.list()).toEqual([{ id: 'p', document: '{"v":2}', source: 'file:b', appliedAt: 2 }]);
      expect(await store.aliases.remove(DEFAULT_TENANT, 'alias_a')).toBe(true);
      expect(await store.identityOverrides.remove(DEFAULT_TENANT, 'over_a')).toBe(true);
      expect(await store.catalogue.remove('p')).toBe(true);
    });

    test('rate cards keep prices beyond 2^53 exactly, and one that exists is left as it is', async () => {
      const store = await freshStore(engine);
      const card = rateCard('rc_a', 9_007_199_254_740_993n);
      await store.rateCards.insert([card]);
      const before = await store.configuration.version();
      await store.rateCards.insert([rateCard('rc_a', 1n)]);
      expect(await store.rateCards.list()).toEqual([card]);
      expect(await store.rateCards.get('rc_a')).toEqual(card);
      expect(await store.rateCards.get('rc_none')).toBeUndefined();
      expect(await store.configuration.version()).toBe(before);
      await store.rateCards.insert(Array.from({ length: 1201 }, (_, index) => rateCard(`rc_${index}`, 1n)));
      expect(await store.rateCards.list()).toHaveLength(1202);
    });

    test('no call sees or changes another tenant’s rows', async () => {
      const store = await freshStore(engine);
      await fill(store);
      expect(await store.keys.list(STRANGER)).toEqual([]);
      expect(await store.keys.get(STRANGER, 'vk_a')).toBeUndefined();
      expect(await store.keys.update(STRANGER, 'vk_a', { enabled: false })).toBe(false);
      expect(await store.keys.remove(STRANGER, 'vk_a')).toBe(false);
      expect(await store.connections.list(STRANGER)).toEqual([]);
      expect(await store.connections.findByName(STRANGER, 'connection-conn_a')).toBeUndefined();
      expect(await store.connections.update(STRANGER, 'conn_a', { name: 'x' })).toBe(false);
      expect(await store.connections.remove(STRANGER, 'conn_a')).toBe(false);
      expect(await store.credentials.list(STRANGER, 'conn_a')).toEqual([]);
      expect(await store.credentials.update(STRANGER, 'cred_a', { sealed: 'x' })).toBe(false);
      expect(await store.credentials.remove(STRANGER, 'cred_a')).toBe(false);
      expect(await store.models.list(STRANGER, 'conn_a')).toEqual([]);
      expect(await store.models.update(STRANGER, 'mdl_a', { state: 'hidden' })).toBe(false);
      expect(await store.models.remove(STRANGER, 'mdl_a')).toBe(false);
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_a')).toEqual(virtualKey('vk_a'));
      // Not even by naming another tenant's connection as the parent.
      await expect(store.credentials.insert(STRANGER, credential('cred_x', 'conn_a'))).rejects.toMatchObject({
        code: 'resource.not_found',
      });
    });

    test.each<[string, (store: Store) => Promise<void>]>([
      [
        'a key of the same secret',
        (store) => store.keys.insert(DEFAULT_TENANT, virtualKey('vk_b', { hash: 'hash-of-vk_a' })),
      ],
      ['a key of the same id', (store) => store.keys.insert(DEFAULT_TENANT, virtualKey('vk_a', { hash: 'other' }))],
      [
        'a connection of the same name',
        (store) => store.connections.insert(DEFAULT_TENANT, connection('c', { name: 'connection-conn_a' })),
      ],
      [
        'a model the connection has',
        (store) => store.models.insert(DEFAULT_TENANT, model('m', 'conn_a', { upstreamModel: 'model-mdl_a' })),
      ],
    ])('%s is a conflict, and bumps no version', async (_, insert) => {
      const store = await freshStore(engine);
      await fill(store);
      const before = await store.configuration.version();
      await expect(insert(store)).rejects.toMatchObject({ name: 'GatewayError', code: 'resource.conflict' });
      expect(await store.configuration.version()).toBe(before);
    });

    test('every change bumps the version by one, and a change of nothing does not', async () => {
      const store = await freshStore(engine);
      let version = await store.configuration.version();
      const steps: [bump: number, step: () => Promise<unknown>][] = [
        [1, () => store.keys.insert(DEFAULT_TENANT, virtualKey('vk_a'))],
        [1, () => store.keys.update(DEFAULT_TENANT, 'vk_a', { revokedAt: 5 })],
        [0, () => store.keys.update(DEFAULT_TENANT, 'vk_none', { revokedAt: 5 })],
        [1, () => store.connections.insert(DEFAULT_TENANT, connection('conn_a'))],
        [1, () => store.credentials.insert(DEFAULT_TENANT, credential('cred_a', 'conn_a'))],
        [1, () => store.credentials.remove(DEFAULT_TENANT, 'cred_a')],
        [0, () => store.credentials.remove(DEFAULT_TENANT, 'cred_a')],
        [1, () => store.models.insert(DEFAULT_TENANT, model('mdl_a', 'conn_a'))],
        [1, () => store.models.update(DEFAULT_TENANT, 'mdl_a', { state: 'hidden' })],
        [1, () => store.connections.remove(DEFAULT_TENANT, 'conn_a')],
        [0, () => store.catalogue.apply([])],
        [0, () => store.adminTokens.insert({ id: 'adm_1', hash: 'h', createdAt: 1 })],
      ];
      for (const [bump, step] of steps) {
        await step();
        version += bump;
        expect(await store.configuration.version(), String(step)).toBe(version);
      }
    });

    test('the whole configuration loads in one view with its version', async () => {
      const store = await freshStore(engine);
      await fill(store);
      const state = await store.configuration.load();
      expect(state).toMatchObject({
        version: await store.configuration.version(),
        keys: [{ id: 'vk_a' }],
        connections: [{ id: 'conn_a' }],
        credentials: [{ id: 'cred_a' }],
        models: [{ id: 'mdl_a' }],
        aliases: [],
        identityOverrides: [],
        rateCards: [],
        catalogueEntries: [],
      });
    });

    test('a load never sees half of a change made beside it', async () => {
      const location = await engine.migratedLocation();
      const writer = openAt(location);
      const reader = openAt(location);
      await writer.connections.insert(DEFAULT_TENANT, connection('conn_a'));
      const start = await writer.configuration.version();
      const writing = (async () => {
        for (let index = 0; index < 40; index += 1) {
          await writer.models.insert(DEFAULT_TENANT, model(`mdl_${index}`, 'conn_a'));
        }
      })();
      for (let loads = 0; loads < 20; loads += 1) {
        const state = await reader.configuration.load();
        expect(state.models.length).toBe(state.version - start);
      }
      await writing;
    });
  });
});

const postgres = TEST_ENGINES.find((engine) => engine.kind === 'postgres');

describe.skipIf(postgres?.skip !== undefined)('hints in postgres', () => {
  test('a change in one process is told to another, also after its connection was cut', async () => {
    if (postgres === undefined) throw new Error('no PostgreSQL engine in the table');
    const location = await postgres.migratedLocation();
    const [one, other] = [openAt(location), openAt(location)];
    let tell: () => void = () => undefined;
    const stop = other.configuration.onHint(() => tell());
    const hinted = (): Promise<void> => new Promise((resolve) => (tell = resolve));
    // The listener may still be connecting, so changes are made until one is heard.
    await changeUntil(one, hinted());
    if (location.kind === 'postgres') await cutListeners(location.url);
    await changeUntil(one, hinted());
    stop();
  });
});

async function changeUntil(store: Store, heard: Promise<void>): Promise<void> {
  let isHeard = false;
  const listening = heard.then(() => (isHeard = true));
  while (!isHeard) await store.catalogue.apply([{ id: 'p', document: '{}', source: 'test', appliedAt: 1 }]);
  await listening;
}

async function cutListeners(url: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
  );
  await client.end();
  expect(rowCount).toBe(1);
}

async function fill(store: Store): Promise<void> {
  await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_a'));
  await store.connections.insert(DEFAULT_TENANT, connection('conn_a'));
  await store.credentials.insert(DEFAULT_TENANT, credential('cred_a', 'conn_a'));
  await store.models.insert(DEFAULT_TENANT, model('mdl_a', 'conn_a'));
}

function refresher(store: Store) {
  let ids = 0;
  return (names: readonly string[], seenAt: number, facts: ModelFacts = NO_FACTS) =>
    store.models.reconcile(DEFAULT_TENANT, {
      connectionId: 'conn_a',
      found: names.map((upstreamModel) => ({ upstreamModel, facts })),
      origin: 'discovered',
      state: 'enabled',
      seenAt,
      newId: () => {
        ids += 1;
        return `mdl_new${ids}`;
      },
    });
}

function rateCard(id: string, price: bigint): RateCard {
  return {
    id,
    providerId: 'openai',
    model: 'gpt',
    version: 1,
    source: 'catalogue',
    effectiveFrom: 1_700_000_000_000,
    prices: [
      {
        unit: 'input',
        price: nanoUsdPerMillion(price),
        aboveInputTokens: 200_000,
        utcWindow: { from: '16:30', to: '00:30' },
        imageSize: undefined,
        imageQuality: undefined,
        batch: false,
      },
    ],
  };
}
