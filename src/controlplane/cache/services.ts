import type { CacheCount } from '../../cache/ports.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { CacheSaid } from './schema.ts';

/** The cache of answers, as far as an organization is told of it. */
export type CacheServices = Omit<CacheSaid, 'clearedAt'> & {
  readonly clearedAt: (scope: OrganizationScope) => number | undefined;
  /** How often answers were there in the last days. */
  readonly since: (scope: OrganizationScope, days: number) => Promise<readonly CacheCount[]>;
};
