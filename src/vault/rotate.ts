import { GatewayError } from '../kernel/errors.ts';
import { recordVersion } from './check.ts';
import { type Keyring, KeyringError, type MasterKey } from './master-key.ts';
import type { SealedRow, VaultStore } from './ports.ts';
import type { Vault } from './vault.ts';

/**
 * Changing the master key while the hub runs. A rotation makes the next version the active one, so that everything new
 * is sealed under it at once, wraps the data keys of all that is older again, and retires the old versions when nothing
 * needs them any more. All that it has done so far stands in the store, so that it can be killed anywhere and goes on
 * from there; running it twice at once does no harm.
 */

const BATCH_ROWS = 200;
/** Contents read at one time: together they may be tens of megabytes. */
const BATCH_CONTENTS = 16;
/** Higher than any version, and still a 32-bit integer for the store. */
const ABOVE_ALL_VERSIONS = 1_000_000_000;
/** Every pass leaves only what others wrote meanwhile; far fewer are needed unless they never stop. */
const PASSES_MAX = 50;

/**
 * How long a version stays readable after its successor came into use: longer than any other process needs to learn of
 * it, clocks minutes apart included, since until then it seals under the old one.
 */
export const RETIRE_GRACE_MS = 15 * 60 * 1000;

/** What a rotation works with. */
export type RotationDeps = {
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly store: VaultStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** {@link RETIRE_GRACE_MS}; 0 where this is the only process. */
  readonly retireGraceMs: number;
  /** Brings this process's own copies of sealed values up to the store, before the versions they may be under are refused. */
  readonly refreshCopies: () => Promise<void>;
  /** Called after every batch. */
  readonly onProgress?: ((progress: RotationProgress) => void) | undefined;
  /** Ends the work between two rows; what is done stays done. */
  readonly signal?: AbortSignal | undefined;
};

export type RotationProgress = {
  readonly activeVersion: number;
  /** Sealed values wrapped again in this run. */
  readonly rewrapped: number;
  /** Rows whose sealed value no key at hand opens. They keep their old version from being retired. */
  readonly undecryptable: readonly string[];
};

export type RotationOutcome = RotationProgress & {
  /** Versions retired by this run: their keys may leave the file once no backup needs them. */
  readonly retired: readonly number[];
  /** Versions that are still in use beside the active one: run again later. */
  readonly remaining: readonly number[];
};

/** Goes on with a rotation that is not finished, or begins a new one. @throws KeyringError, VaultKeyMismatch */
export async function rotate(deps: RotationDeps): Promise<RotationOutcome> {
  if (!(await isUnfinished(deps.store))) await beginRotation(deps);
  return resumeRotation(deps);
}

/** Finishes what an earlier rotation left over; does nothing when there is nothing. For the start and a schedule. */
export async function resumeRotation(deps: RotationDeps): Promise<RotationOutcome> {
  const used = await usedVersions(deps.store);
  const newest = used.at(-1);
  if (newest !== undefined) deps.vault.activate(newest.version);
  const activeVersion = deps.vault.activeVersion();
  const older = used.map(({ version }) => version).filter((version) => version < activeVersion);
  if (older.length === 0) return { activeVersion, rewrapped: 0, undecryptable: [], retired: [], remaining: [] };
  const { isDone, ...progress } = await rewrapAll(deps, activeVersion);
  const isRipe = newest !== undefined && deps.now() - newest.createdAt >= deps.retireGraceMs;
  if (!isDone || !isRipe) return { ...progress, retired: [], remaining: older };
  for (const version of older) await deps.store.retireVersion(version, deps.now());
  await deps.refreshCopies();
  deps.vault.refuseBelow(activeVersion);
  return { ...progress, retired: older, remaining: [] };
}

/**
 * The secrets that no key at hand opens, by id. For `doctor`, readiness and the dashboard. Contents are too many to be
 * opened for that; one that does not open is told to who looks at it.
 */
export async function findUndecryptable(deps: Pick<RotationDeps, 'vault' | 'store'>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const row of inBatches(deps.store.sealedBelow, ABOVE_ALL_VERSIONS, BATCH_ROWS)) {
    if (tryVault(() => deps.vault.open(row.sealed, row)) === undefined) ids.push(row.rowId);
  }
  return ids;
}

async function beginRotation({ vault, keyring, store, now }: RotationDeps): Promise<void> {
  const key = nextKey(keyring, vault.activeVersion());
  // Recorded before anything is sealed under it: should two processes disagree about the key, one of them fails here.
  await recordVersion(store, key, now());
  vault.activate(key.version);
}

/** The next key: one that is at hand and not in use yet (a rotation was killed, or an operator laid it down), or new. */
function nextKey(keyring: Keyring, activeVersion: number): MasterKey {
  keyring.reload();
  const newest = keyring.newest();
  if (newest.version > activeVersion) return newest;
  if (keyring.addVersion !== undefined) return keyring.addVersion();
  throw new KeyringError(
    `the master key comes from the ${keyring.source}, which the hub cannot write: add version ${activeVersion + 1} there beside the present one, restart every instance, then rotate again`,
  );
}

async function isUnfinished(store: VaultStore): Promise<boolean> {
  return (await usedVersions(store)).length > 1;
}

async function usedVersions(store: VaultStore) {
  const versions = await store.versions();
  return versions.filter(({ retiredAt }) => retiredAt === undefined).sort((a, b) => a.version - b.version);
}

/** Passes over the rows until one finds nothing left to do, since others may write while a pass runs. */
async function rewrapAll(
  deps: RotationDeps,
  activeVersion: number,
): Promise<RotationProgress & { readonly isDone: boolean }> {
  let rewrapped = 0;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const undecryptable: string[] = [];
    let found = 0;
    for await (const row of rowsBelow(deps.store, activeVersion)) {
      deps.signal?.throwIfAborted();
      const sealed = tryVault(() => deps.vault.rewrap(row.sealed, row));
      if (sealed === undefined) {
        undecryptable.push(row.rowId);
        continue;
      }
      found += 1;
      // A row that changed meanwhile is looked at again in the next pass.
      if (await deps.store.replaceSealed(row, sealed)) rewrapped += 1;
      if (found % BATCH_ROWS === 0) deps.onProgress?.({ activeVersion, rewrapped, undecryptable });
    }
    deps.onProgress?.({ activeVersion, rewrapped, undecryptable });
    if (found === 0) return { activeVersion, rewrapped, undecryptable, isDone: undecryptable.length === 0 };
  }
  return { activeVersion, rewrapped, undecryptable: [], isDone: false };
}

async function* rowsBelow(store: VaultStore, belowVersion: number): AsyncGenerator<SealedRow> {
  yield* inBatches(store.sealedBelow, belowVersion, BATCH_ROWS);
  yield* inBatches(store.contentsBelow, belowVersion, BATCH_CONTENTS);
}

async function* inBatches(
  read: VaultStore['sealedBelow'],
  belowVersion: number,
  limit: number,
): AsyncGenerator<SealedRow> {
  let afterId = '';
  for (;;) {
    const rows = await read({ belowVersion, afterId, limit });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    afterId = last.rowId;
  }
}

/** `undefined` for a value that cannot be opened: one bad row must not keep the others from being wrapped again. */
function tryVault(run: () => string): string | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'vault.undecryptable') return undefined;
    throw error;
  }
}
