import type { Repeat } from '../kernel/repeat.ts';
import type { ConfigurationState } from '../protocol/configuration.ts';
import type { ConfigurationStore } from './ports.ts';

/** How often a process asks whether another one changed the configuration; a revoked key must end within two seconds. */
const POLL_MS = 1000;

export type HolderDeps<Snapshot> = {
  readonly store: ConfigurationStore;
  /** Configuration → what the planes run on. Must not change what it is given. */
  readonly compile: (state: ConfigurationState) => Snapshot;
  readonly repeat: Repeat;
  readonly onError: (error: unknown) => void;
  readonly onChange: (snapshot: Snapshot) => void;
};

/**
 * Holds the configuration as one immutable value that is replaced as a whole. A change made here is seen at once, one
 * made by another process by its hint or at the next poll. While the store does not answer, the last value stays.
 */
export class SnapshotHolder<Snapshot> {
  readonly #deps: HolderDeps<Snapshot>;
  #current: Snapshot;
  #version: number;
  #loading: Promise<void> | undefined;
  readonly #stops: (() => void)[] = [];

  private constructor(deps: HolderDeps<Snapshot>, state: ConfigurationState) {
    this.#deps = deps;
    this.#current = deps.compile(state);
    this.#version = state.version;
  }

  /** Loads the first snapshot and keeps it up to date. Rejects when the store does not answer. */
  static async open<Snapshot>(deps: HolderDeps<Snapshot>): Promise<SnapshotHolder<Snapshot>> {
    const holder = new SnapshotHolder(deps, await deps.store.load());
    deps.onChange(holder.#current);
    const look = (): void => void holder.#refreshIfChanged().catch(deps.onError);
    holder.#stops.push(deps.store.onHint(look), deps.repeat(look, POLL_MS));
    return holder;
  }

  get current(): Snapshot {
    return this.#current;
  }

  get version(): number {
    return this.#version;
  }

  /** Loads anew, whatever the version says: after a change made here, or when prices come into force. */
  async refresh(): Promise<void> {
    // A load that has begun may have read before the change, so it is followed by another.
    if (this.#loading !== undefined) await this.#loading.catch(() => undefined);
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #refreshIfChanged(): Promise<void> {
    if (this.#loading !== undefined) return;
    if ((await this.#deps.store.version()) !== this.#version) await this.refresh();
  }

  async #load(): Promise<void> {
    const state = await this.#deps.store.load();
    this.#current = this.#deps.compile(state);
    this.#version = state.version;
    this.#deps.onChange(this.#current);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }
}
