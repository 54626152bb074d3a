/** What the store says of itself and of what went through it: numbers, codes and ids, and nothing that people wrote. */
export type StoreDiagnostics = {
  /** As the engine names its own version. */
  readonly engineVersion: string;
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly appliedAt: number }[];
  /** Rows, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Connections of all organizations, by provider. */
  readonly providers: readonly { readonly providerId: string; readonly connections: number }[];
  /** What waits to be done. */
  readonly queues: { readonly recordsToSum: number; readonly deliveriesWaiting: number };
  readonly newest: NewestRequests;
};

/** What the newest requests of all organizations have in common. */
export type NewestRequests = {
  readonly requests: number;
  readonly instances: readonly { readonly instanceId: string; readonly requests: number; readonly lastAt: number }[];
  readonly errors: readonly { readonly code: string; readonly requests: number; readonly lastAt: number }[];
};
