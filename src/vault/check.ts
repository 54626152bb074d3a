import type { Keyring, MasterKey } from './master-key.ts';
import { fingerprintOf } from './master-key.ts';
import type { VaultStore } from './ports.ts';

/** A recorded master-key version. */
type RecordedVersion = Awaited<ReturnType<VaultStore['versions']>>[number];

/** What is wrong with one version of a key: fingerprints, never keys. `found: undefined` means that it is missing. */
export type KeyMismatch = {
  readonly what: string;
  readonly expected: string;
  readonly found: string | undefined;
};

/** The keys at hand are not those that the store was sealed with. Stops the start; nothing has been changed. */
export class VaultKeyMismatch extends Error {
  override readonly name = 'VaultKeyMismatch';
  readonly mismatches: readonly KeyMismatch[];

  constructor(mismatches: readonly KeyMismatch[]) {
    super(mismatchMessage(mismatches));
    this.mismatches = mismatches;
  }
}

/** What the keyring and the store say about each other. */
export type VaultCheck = {
  /** True when the store knew no key and has taken note of those at hand. */
  readonly isFirstStart: boolean;
  /** The version that the store says is in use; `createVault` seals under it. */
  readonly activeVersion: number;
  /** The lowest version that is not retired. */
  readonly minDecryptionVersion: number;
  /** Versions in use whose key is not at hand: what is sealed under them cannot be opened. */
  readonly missing: readonly number[];
  /** Versions at hand that are not in use yet: a rotation takes the highest of them. */
  readonly waiting: readonly number[];
};

/**
 * Compares the keyring with the fingerprints in the store; the first start records them.
 * @throws VaultKeyMismatch when a version has another key, or when the key in use is missing.
 */
export async function checkVault(input: {
  readonly keyring: Keyring;
  readonly store: VaultStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Promise<VaultCheck> {
  const { keyring, store } = input;
  const before = await store.versions();
  const isFirstStart = before.length === 0;
  if (isFirstStart) for (const key of keysOf(keyring)) await recordVersion(store, key, input.now());
  const recorded = isFirstStart ? await store.versions() : before;
  const used = recorded.filter((version) => version.retiredAt === undefined);
  const activeVersion = Math.max(...used.map(({ version }) => version));
  const missing = used.filter(({ version }) => keyring.get(version) === undefined);
  const wrong = used.filter((version) => isOtherKey(version, keyring));
  const fatal = [...wrong, ...missing.filter(({ version }) => version === activeVersion)];
  if (fatal.length > 0) throw new VaultKeyMismatch(fatal.map((version) => mismatchOf(version, keyring)));
  return {
    isFirstStart,
    activeVersion,
    minDecryptionVersion: Math.min(...used.map(({ version }) => version)),
    missing: missing.map(({ version }) => version),
    waiting: keyring.versions().filter((version) => version > activeVersion),
  };
}

/**
 * Notes a version and its fingerprint. When another process was quicker, its note has to be of the same key.
 * @throws VaultKeyMismatch
 */
export async function recordVersion(store: VaultStore, key: MasterKey, createdAt: number): Promise<void> {
  const { version, fingerprint } = key;
  let refusal: { readonly cause: unknown } | undefined;
  try {
    await store.addVersion({ version, fingerprint, createdAt });
  } catch (cause) {
    refusal = { cause };
  }
  const note = (await store.versions()).find((recorded) => recorded.version === version);
  if (note === undefined) throw refusal?.cause ?? new Error(`the store did not keep key version ${version}`);
  if (note.fingerprint === fingerprint) return;
  throw new VaultKeyMismatch([
    { what: `master key version ${version}`, expected: note.fingerprint, found: fingerprint },
  ]);
}

/**
 * The same check for any other secret that must not change under a store, such as the pepper; the first start records
 * it. @throws VaultKeyMismatch
 */
export async function checkSecret(input: {
  readonly store: VaultStore;
  /** Names it in the store and in messages: `pepper`. */
  readonly name: string;
  readonly secret: Uint8Array;
}): Promise<void> {
  const { store, name } = input;
  const found = fingerprintOf(name, input.secret);
  if ((await store.fingerprint(name)) === undefined) await store.setFingerprint(name, found);
  // Read back, since another process may have been quicker with another secret.
  const expected = await store.fingerprint(name);
  if (expected === undefined) throw new Error(`the store did not keep the fingerprint of ${name}`);
  if (expected !== found) throw new VaultKeyMismatch([{ what: name, expected, found }]);
}

function keysOf(keyring: Keyring): readonly MasterKey[] {
  return keyring.versions().flatMap((version) => keyring.get(version) ?? []);
}

function isOtherKey(recorded: RecordedVersion, keyring: Keyring): boolean {
  const key = keyring.get(recorded.version);
  return key !== undefined && key.fingerprint !== recorded.fingerprint;
}

function mismatchOf(recorded: RecordedVersion, keyring: Keyring): KeyMismatch {
  return {
    what: `master key version ${recorded.version}`,
    expected: recorded.fingerprint,
    found: keyring.get(recorded.version)?.fingerprint,
  };
}

function mismatchMessage(mismatches: readonly KeyMismatch[]): string {
  const lines = mismatches.map(
    ({ what, expected, found }) =>
      `${what}: the store expects fingerprint ${expected}, ${found === undefined ? 'and there is no such key here' : `the one here has ${found}`}`,
  );
  return `The secrets at hand are not those that this store was made with; nothing has been changed. ${lines.join('; ')}. Give the hub the secrets that belong to this store, or point it at the store that belongs to them.`;
}
