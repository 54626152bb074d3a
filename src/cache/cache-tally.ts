import { addNano, type NanoUsd, ZERO_NANO_USD } from '../kernel/money.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { CacheCount, CacheCountStore } from './ports.ts';

const HOUR_MS = 60 * 60_000;

/** How often answers were there: summed here, and written now and then, since each alone is worth no write. */
export class CacheTally {
  readonly #store: Pick<CacheCountStore, 'add'>;
  #counts = new Map<string, OrganizationScope & CacheCount>();
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Pick<CacheCountStore, 'add'>) {
    this.#store = store;
  }

  /** `savedNano`: what the answer had cost, where it was there. */
  note({ organizationId }: OrganizationScope, at: number, savedNano: NanoUsd | 'miss'): void {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    const key = `${organizationId} ${hour}`;
    const before = this.#counts.get(key) ?? { organizationId, hour, hits: 0, misses: 0, savedNano: ZERO_NANO_USD };
    this.#counts.set(
      key,
      savedNano === 'miss'
        ? { ...before, misses: before.misses + 1 }
        : { ...before, hits: before.hits + 1, savedNano: addNano(before.savedNano, savedNano) },
    );
  }

  /** Writes what was counted since; what cannot be written is counted on. */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    try {
      await this.#store.add([...counts.values()]);
    } catch (error) {
      for (const [key, { hits, misses, savedNano, ...place }] of counts) {
        const since = this.#counts.get(key);
        this.#counts.set(key, {
          ...place,
          hits: hits + (since?.hits ?? 0),
          misses: misses + (since?.misses ?? 0),
          savedNano: addNano(savedNano, since?.savedNano ?? ZERO_NANO_USD),
        });
      }
      throw error;
    }
  }
}
