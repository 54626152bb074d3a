import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessOfInstallation } from '../identity/access.ts';
import { createAdminTokens } from '../identity/admin-token.ts';
import { createAuthenticator } from '../identity/authenticate.ts';
import { createKeyService } from '../identity/keys.ts';
import { createKeyHasher } from '../identity/virtual-key.ts';
import { createVisibleProjects } from '../identity/visible-projects.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { type CredentialRow, PLAIN_CONNECTION } from '../protocol/configuration.ts';
import type { Guardrail } from '../protocol/guardrails.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import type { Store } from '../storage/open-store.ts';
import { freshStore, TEST_ENGINES, temporaryDir } from '../storage/testing/stores.ts';
import { checkSecret, checkVault, VaultKeyMismatch } from '../vault/check.ts';
import { loadKeyring } from '../vault/keyring.ts';
import { rotate } from '../vault/rotate.ts';
import { createVault } from '../vault/vault.ts';

const BASE_URL = 'https://api.example.com/v1';
const CREDENTIALS = 25;
const now = (): number => Date.parse('2026-11-01T00:00:00Z');
const newId = createIdMaker(now);

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('secrets on %s', (_kind, engine) => {
  const title = (text: string): string => (engine.skip === undefined ? text : `${text} (${engine.skip})`);

  it.skipIf(engine.skip !== undefined)(
    title('sealed credentials outlive a rotation, and the old key opens none of them'),
    async () => {
      const store = await freshStore(engine);
      const keyring = await loadKeyring(keyFile('create'), randomBytes);
      const vault = createVault({ keyring, randomBytes, ...(await checkVault({ keyring, store: store.vault, now })) });
      const connectionId = await connect(store);
      const rows = Array.from({ length: CREDENTIALS }, (_, index) =>
        credential(connectionId, `secret number ${index}`, vault.seal),
      );
      for (const row of rows) await store.credentials.insert(DEFAULT_TENANT, row);
      const bound = { ...GUARDRAIL_PLACE, table: 'guardrails', field: 'secret', baseUrl: GUARD_URL } as const;
      await store.guardrails.insert(guardrail(vault.seal('what the service knows', bound)));

      const outcome = await rotate({
        vault,
        keyring,
        store: store.vault,
        now,
        retireGraceMs: 0,
        refreshCopies: async () => undefined,
      });

      expect(outcome).toMatchObject({ activeVersion: 2, rewrapped: CREDENTIALS + 1, undecryptable: [], retired: [1] });
      const stored = await store.credentials.list(DEFAULT_TENANT, connectionId);
      const opened = stored.map((row) => vault.open(row.sealed, bindingOf(row.id)));
      expect(opened.toSorted()).toEqual(rows.map((_, index) => `secret number ${index}`).toSorted());
      const [asking] = (await store.configuration.load()).guardrails;
      expect(vault.keyVersionOf(asking?.sealed ?? '')).toBe(2);
      expect(vault.open(asking?.sealed ?? '', bound)).toBe('what the service knows');
      expect(stored.every((row) => vault.keyVersionOf(row.sealed) === 2)).toBe(true);
      expect(() => vault.open(rows[0]?.sealed ?? '', bindingOf(rows[0]?.id ?? ''))).toThrowError();
    },
  );

  it.skipIf(engine.skip !== undefined)(
    title('another master key or pepper is refused before anything is changed'),
    async () => {
      const store = await freshStore(engine);
      await checkVault({ keyring: await loadKeyring(keyFile('create'), randomBytes), store: store.vault, now });
      await checkSecret({ store: store.vault, name: 'pepper', secret: randomBytes(32) });
      const before = await store.vault.versions();
      const other = await loadKeyring(keyFile('create'), randomBytes);
      await expect(checkVault({ keyring: other, store: store.vault, now })).rejects.toThrowError(VaultKeyMismatch);
      await expect(checkSecret({ store: store.vault, name: 'pepper', secret: randomBytes(32) })).rejects.toThrowError(
        VaultKeyMismatch,
      );
      expect(await store.vault.versions()).toEqual(before);
    },
  );

  it.skipIf(engine.skip !== undefined)(
    title('a virtual key is accepted until it is revoked, and its secret lies nowhere'),
    async () => {
      const store = await freshStore(engine);
      const hashKey = createKeyHasher(randomBytes(32));
      const keys = createKeyService({
        store: store.keys,
        projects: createVisibleProjects(store.projectReader),
        owners: store.keyOwners,
        hashKey,
        newId,
        randomBytes,
        now,
      });
      const authenticate = createAuthenticator(hashKey);
      const surroundingsOf = () => ({ standing: 'active', teamId: undefined }) as const;
      const accept = async (secret: string) => {
        const { keys: rows } = await store.configuration.load();
        return authenticate({ secret, keys: new Map(rows.map((row) => [row.hash, row])), surroundingsOf, nowMs: now() })
          .principal;
      };
      const { key, secret } = await keys.create(accessOfInstallation(DEFAULT_TENANT), {
        projectId: undefined,
        owner: undefined,
        name: 'k',
        allowedModels: undefined,
        refusesLosses: false,
        cacheSeconds: undefined,
        expiresAt: undefined,
        allowedAddresses: undefined,
        allowedOrigins: undefined,
      });
      await expect(accept(secret)).resolves.toMatchObject({ keyId: key.id, ...DEFAULT_TENANT });
      expect(JSON.stringify(await store.configuration.load())).not.toContain(secret.slice(8, 30));
      await keys.revoke(accessOfInstallation(DEFAULT_TENANT), key.id);
      await expect(accept(secret)).rejects.toMatchObject({ code: 'auth.key_revoked' });
    },
  );

  it.skipIf(engine.skip !== undefined)(title('a new admin token ends the one before'), async () => {
    const store = await freshStore(engine);
    const tokens = createAdminTokens({
      store: store.adminTokens,
      hashKey: createKeyHasher(randomBytes(32)),
      newId,
      randomBytes,
      now,
    });
    const first = await tokens.ensureFirst();
    expect(await tokens.ensureFirst()).toBeUndefined();
    const second = await tokens.makeNew();
    expect(await tokens.verify(first)).toBe(false);
    expect(await tokens.verify(second)).toBe(true);
  });
});

function keyFile(whenMissing: 'create' | 'refuse') {
  return { kind: 'file' as const, path: join(temporaryDir(), 'master.key'), whenMissing };
}

const GUARD_URL = 'https://guard.example.com/v1';
const GUARDRAIL_PLACE = { organizationId: DEFAULT_TENANT.organizationId, rowId: 'grl_1' };

function guardrail(sealed: string): Guardrail {
  return {
    organizationId: DEFAULT_TENANT.organizationId,
    id: GUARDRAIL_PLACE.rowId,
    name: 'Reviewer',
    check: { kind: 'http', url: GUARD_URL, timeoutMs: 500, onFailure: 'block' },
    action: 'block',
    place: 'both',
    scope: { kind: 'organization' },
    models: undefined,
    order: 0,
    enabled: true,
    sealed,
    createdAt: now(),
    updatedAt: now(),
    revision: 1,
  };
}

async function connect(store: Store): Promise<string> {
  const id = newId('conn');
  await store.connections.insert(DEFAULT_TENANT, {
    ...DEFAULT_TENANT,
    ...PLAIN_CONNECTION,
    id,
    name: 'example',
    providerId: 'example',
    baseUrl: BASE_URL,
    enabled: true,
    newModelPolicy: 'enabled',
    position: 0,
    source: 'store',
    createdAt: now(),
    updatedAt: now(),
    refreshedAt: undefined,
    refreshError: undefined,
  });
  return id;
}

function bindingOf(rowId: string) {
  const { organizationId } = DEFAULT_TENANT;
  return { organizationId, table: 'credentials' as const, rowId, field: 'secret' as const, baseUrl: BASE_URL };
}

function credential(
  connectionId: string,
  secret: string,
  seal: (text: string, binding: ReturnType<typeof bindingOf>) => string,
): CredentialRow {
  const id = newId('cred');
  return {
    ...DEFAULT_TENANT,
    revision: 1,
    id,
    connectionId,
    name: id,
    sealed: seal(secret, bindingOf(id)),
    masked: '…',
    weight: 100,
    state: 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    useCount: 0,
    lastUsedAt: undefined,
    lastError: undefined,
    lastErrorAt: undefined,
    source: 'store',
    createdAt: now(),
  };
}
