import type { SealedRow, VaultStore } from '../ports.ts';

/** A vault store in memory, with doors for tests: rows that callers write, and a hook before every step. */
export type MemoryVaultStore = VaultStore & {
  readonly rows: Map<string, SealedRow>;
  /** Called before each operation with its name; what it throws, the operation throws. */
  beforeStep: (step: string) => void | Promise<void>;
};

export function createMemoryVaultStore(): MemoryVaultStore {
  const versions = new Map<number, Awaited<ReturnType<VaultStore['versions']>>[number]>();
  const fingerprints = new Map<string, string>();
  const rows = new Map<string, SealedRow>();
  const store: MemoryVaultStore = {
    rows,
    beforeStep: () => undefined,
    versions: async () => {
      await store.beforeStep('versions');
      return [...versions.values()];
    },
    addVersion: async (version) => {
      await store.beforeStep('addVersion');
      if (versions.has(version.version)) throw new Error('UNIQUE constraint failed');
      versions.set(version.version, { ...version, retiredAt: undefined });
    },
    retireVersion: async (version, retiredAt) => {
      await store.beforeStep('retireVersion');
      const known = versions.get(version);
      if (known !== undefined) versions.set(version, { ...known, retiredAt });
    },
    fingerprint: async (name) => fingerprints.get(name),
    setFingerprint: async (name, fingerprint) => {
      if (!fingerprints.has(name)) fingerprints.set(name, fingerprint);
    },
    sealedBelow: async ({ belowVersion, afterId, limit }) => {
      await store.beforeStep('sealedBelow');
      return [...rows.values()]
        .filter((row) => row.rowId > afterId && Number(row.sealed.split(':')[1]) < belowVersion)
        .sort((a, b) => (a.rowId < b.rowId ? -1 : 1))
        .slice(0, limit);
    },
    contentsBelow: async () => [],
    replaceSealed: async (row, sealed) => {
      await store.beforeStep('replaceSealed');
      const known = rows.get(row.rowId);
      if (known?.sealed !== row.sealed) return false;
      rows.set(row.rowId, { ...known, sealed });
      return true;
    },
  };
  return store;
}
