import type { Tenant } from './tenant.ts';

/** Who calls: the result of authentication. */
export type Principal = Tenant & {
  readonly keyId: string;
  readonly keyName: string;
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  /** Public model names or `provider/model` patterns (`*` matches any run of characters); `undefined` allows all. */
  readonly allowedModels: readonly string[] | undefined;
  /** Whether a request is to be refused rather than lose anything in translation. */
  readonly refusesLosses: boolean;
};
