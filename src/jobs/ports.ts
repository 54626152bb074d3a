/** Leases of scheduled jobs. All times are the store's own clock, so that instances with wrong clocks agree. */
export type JobStore = {
  /** Makes sure that the job is known; a new one is due at once. */
  readonly register: (name: string) => Promise<void>;
  /** Takes the job if it is due and nobody holds it. The fencing number rises with every claim. */
  readonly claim: (input: {
    readonly name: string;
    readonly holder: string;
    readonly leaseMs: number;
  }) => Promise<{ readonly fence: number } | undefined>;
  /** Prolongs the lease; false when it was lost. */
  readonly renew: (input: {
    readonly name: string;
    readonly fence: number;
    readonly leaseMs: number;
  }) => Promise<boolean>;
  /** Ends the run and sets when it is due again; false (and nothing changed) when the lease was lost. */
  readonly complete: (input: {
    readonly name: string;
    readonly fence: number;
    readonly nextInMs: number;
    readonly error: string | undefined;
  }) => Promise<boolean>;
  /** Lets go of what an instance holds that is dead: its work is done by the next that looks. */
  readonly releaseOf: (holder: string) => Promise<void>;
  readonly list: () => Promise<
    readonly {
      readonly name: string;
      readonly nextDueAt: number;
      readonly lastRunAt: number | undefined;
      readonly lastError: string | undefined;
    }[]
  >;
};
