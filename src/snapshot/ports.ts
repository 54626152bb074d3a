import type { ConfigurationState } from '../protocol/configuration.ts';

/** What the snapshot is compiled from, and how a process learns that it changed. */
export type ConfigurationStore = {
  readonly version: () => Promise<number>;
  /** Everything, in one consistent read. */
  readonly load: () => Promise<ConfigurationState>;
  /** Calls back when another process says that something changed (a hint: polling is the truth). Returns a stop. */
  readonly onHint: (changed: () => void) => () => void;
};
