import type { Tenant } from './tenant.ts';

/** Who calls: the result of authentication. */
export type Principal = Tenant & {
  readonly keyId: string;
  readonly keyName: string;
  /** Whose key it is, where it is a member's or a service account's and not the project's. */
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  /** The team of the project; `undefined` where it is everybody's. */
  readonly teamId: string | undefined;
  /** Whether a request is to be refused rather than lose anything in translation. */
  readonly refusesLosses: boolean;
  /** For how long its answers are kept; `undefined` where only a request itself may ask for that. */
  readonly cacheSeconds: number | undefined;
};
