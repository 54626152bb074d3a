import type { RequestOutcome } from '../../protocol/records.ts';
import type { OrganizationScope, Tenant } from '../../protocol/tenant.ts';
import type { Chargeback, ChargebackQuery } from '../../records/chargeback.ts';
import type { Explored, ExploreQuery } from '../../records/explore.ts';
import type { ForecastQuery, MonthForecast } from '../../records/forecast.ts';
import type { RecordStore } from '../../records/ports.ts';
import type { Savings, SavingsQuery } from '../../records/savings.ts';

/** What was called, what it cost, and what follows from that. */
export type UsageServices = {
  readonly search: RecordStore['search'];
  readonly list: RecordStore['list'];
  /** `projectIds`: those that may be seen; `undefined`: all of the organization. */
  readonly get: (
    scope: OrganizationScope,
    requestId: string,
    projectIds: readonly string[] | undefined,
  ) => Promise<RequestOutcome | undefined>;
  readonly totals: RecordStore['totals'];
  /** @throws request.invalid for a zone that is not known, or for too many buckets */
  readonly explore: (scope: OrganizationScope, query: ExploreQuery) => Promise<Explored>;
  /** @throws request.invalid for a zone that is not known */
  readonly forecast: (scope: OrganizationScope, query: ForecastQuery) => Promise<MonthForecast>;
  /** @throws request.invalid for a zone that is not known */
  readonly chargeback: (scope: OrganizationScope, query: ChargebackQuery) => Promise<Chargeback>;
  /** What else could have been called is what the tenant's project may call. @throws request.invalid */
  readonly savings: (tenant: Tenant, query: Omit<SavingsQuery, 'offers'>) => Promise<Savings>;
};
