import { describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { connection, outcome, virtualKey } from './testing/rows.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

describe.each(TEST_ENGINES)('what a store in $kind says of itself', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('is its version, its migrations, and numbers of rows', async () => {
      const store = await freshStore(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('c_1', { name: 'canary-name' }));
      await store.connections.insert(DEFAULT_TENANT, connection('c_2'));
      await store.connections.insert(DEFAULT_TENANT, connection('c_3', { providerId: 'anthropic' }));
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_1', { name: 'canary-key' }));
      const found = await store.diagnostics();
      expect(found.engineVersion).toMatch(engine.kind === 'sqlite' ? /^3\.\d+/ : /^\d+/);
      expect(found.migrations.map(({ version }) => version)).toEqual(MIGRATIONS.map(({ version }) => version));
      expect(found.rows).toMatchObject({ organizations: 1, connections: 3, virtual_keys: 1, webhooks: 0 });
      expect(found.providers).toEqual([
        { providerId: 'anthropic', connections: 1 },
        { providerId: 'openai', connections: 2 },
      ]);
      expect(JSON.stringify(found)).not.toContain('canary');
    });

    test('counts the errors and the instances of the newest requests, the latest first', async () => {
      const store = await freshStore(engine);
      await store.records.commit([
        outcome(1, { instanceId: 'inst_1', startedAt: 1000, errorCode: 'upstream.timeout' }),
        outcome(2, { instanceId: 'inst_2', startedAt: 2000, errorCode: 'upstream.timeout' }),
        outcome(3, { instanceId: 'inst_2', startedAt: 3000, errorCode: undefined }),
        outcome(4, { instanceId: 'inst_1', startedAt: 2500, errorCode: 'egress.blocked' }),
      ]);
      const { newest, queues } = await store.diagnostics();
      expect(newest).toEqual({
        requests: 4,
        instances: [
          { instanceId: 'inst_2', requests: 2, lastAt: 3000 },
          { instanceId: 'inst_1', requests: 2, lastAt: 2500 },
        ],
        errors: [
          { code: 'egress.blocked', requests: 1, lastAt: 2500 },
          { code: 'upstream.timeout', requests: 2, lastAt: 2000 },
        ],
      });
      expect(queues).toEqual({ recordsToSum: 4, deliveriesWaiting: 0 });
    });
  });
});
