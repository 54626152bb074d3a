import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestControlPlane } from '../controlplane/testing/call.ts';
import { accessOfInstallation } from '../identity/access.ts';
import { createIdempotency } from '../identity/idempotency.ts';
import { createKeyService } from '../identity/keys.ts';
import { createKeyHasher } from '../identity/virtual-key.ts';
import { createVisibleProjects } from '../identity/visible-projects.ts';
import { systemClock } from '../kernel/clock.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { openAt, TEST_ENGINES, type TestEngine } from '../storage/testing/stores.ts';
import { loadKeyring } from '../vault/keyring.ts';
import { createVault } from '../vault/vault.ts';
import { createAnswerSeal } from './answer-seal.ts';

const KEY = { 'idempotency-key': 'deploy-7' };
const { now } = systemClock;
const keyText = randomBytes(32).toString('base64');
const hashKey = createKeyHasher(randomBytes(32));

/** Two control planes on one store, as two instances of a hub are. */
async function twoInstances(engine: TestEngine) {
  const location = await engine.migratedLocation();
  const keyring = await loadKeyring({ kind: 'environment', value: keyText }, randomBytes);
  const vault = createVault({ keyring, randomBytes, activeVersion: 1, minDecryptionVersion: 1 });
  const open = async () => {
    const store = openAt(location);
    const shared = { hashKey, newId: createIdMaker(now), randomBytes, now };
    const projects = createVisibleProjects(store.projectReader);
    const plane = await startTestControlPlane(({ access }) => ({
      access: { ...access, within: async () => accessOfInstallation(DEFAULT_TENANT) },
      keys: createKeyService({ store: store.keys, projects, owners: store.keyOwners, ...shared }),
      idempotency: createIdempotency({ store: store.idempotency, ...createAnswerSeal(vault), ...shared }),
      now,
    }));
    onTestFinished(() => plane.app.close());
    return { store, call: plane.call };
  };
  return [await open(), await open()] as const;
}

describe.each(TEST_ENGINES)('changes made once, on $kind', (engine) => {
  it.skipIf(engine.skip !== undefined)(
    `of a hundred posts with one key at two instances, one makes a key${engine.skip === undefined ? '' : ` (${engine.skip})`}`,
    async () => {
      const [one, two] = await twoInstances(engine);
      const post = (index: number) => (index % 2 === 0 ? one : two).call('POST', '/keys', { name: 'ci' }, KEY);
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => post(index)));
      expect(await one.store.keys.list(DEFAULT_TENANT)).toHaveLength(1);
      const made = answers.filter(({ status }) => status === 201);
      expect(made.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expect(answer).toMatchObject({ status: 409, body: { error: { code: 'request.idempotency_running' } } });
      }
      for (const index of [0, 1]) expect(await post(index)).toMatchObject({ status: 201, text: made[0]?.text });
      expect(await one.store.keys.list(DEFAULT_TENANT)).toHaveLength(1);
    },
  );
});

it('an answer opens for its own row only, and no key that is gone opens it', async () => {
  const keyring = await loadKeyring({ kind: 'environment', value: keyText }, randomBytes);
  const other = await loadKeyring({ kind: 'environment', value: randomBytes(32).toString('base64') }, randomBytes);
  const versions = { randomBytes, activeVersion: 1, minDecryptionVersion: 1 };
  const { seal, open } = createAnswerSeal(createVault({ keyring, ...versions }));
  const answer = `{"secret":"${'x'.repeat(100_000)}"}`;
  const sealed = seal(answer, 'row_1');
  expect(open(sealed, 'row_1')).toBe(answer);
  expect(open(sealed, 'row_2')).toBeUndefined();
  expect(createAnswerSeal(createVault({ keyring: other, ...versions })).open(sealed, 'row_1')).toBeUndefined();
});
