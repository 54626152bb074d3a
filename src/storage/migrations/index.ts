import { firstTables } from './0001-first-tables.ts';
import { everyDialect } from './0002-every-dialect.ts';
import { peopleAndTenants } from './0003-people-and-tenants.ts';
import { rowLevelSecurity } from './0004-row-level-security.ts';
import { usageRollups } from './0005-usage-rollups.ts';
import { moreUsageSeries } from './0006-more-usage-series.ts';
import { notifications } from './0007-notifications.ts';
import { creditLedger } from './0008-credit-ledger.ts';
import { brands } from './0009-brands.ts';
import { requestContents } from './0010-request-contents.ts';
import { prices } from './0011-prices.ts';
import { chargeReviews } from './0012-charge-reviews.ts';
import { idempotentCalls } from './0013-idempotent-calls.ts';
import { usageByProject } from './0014-usage-by-project.ts';
import { madeAs } from './0015-made-as.ts';
import { brokenStreams } from './0016-broken-streams.ts';
import { leanerLedger } from './0017-leaner-ledger.ts';
import { starterCredits } from './0018-starter-credits.ts';
import { awaitedJobs } from './0019-awaited-jobs.ts';
import { packedUsage } from './0020-packed-usage.ts';
import { payments } from './0021-payments.ts';
import { modelOffers } from './0022-model-offers.ts';
import { customers } from './0023-customers.ts';
import { redemptionCodes } from './0024-redemption-codes.ts';
import { routes } from './0025-routes.ts';
import { statements } from './0026-statements.ts';
import { paymentKit } from './0027-payment-kit.ts';
import { limits } from './0028-limits.ts';
import { answerCache } from './0029-answer-cache.ts';
import { sourcesOfLimits } from './0030-sources-of-limits.ts';
import { guardrails } from './0031-guardrails.ts';
import { externalGuardrails } from './0032-external-guardrails.ts';
import { usedElsewhere } from './0033-used-elsewhere.ts';
import type { Migration } from './migration.ts';

/** Every migration in order. A new one goes to the end. */
export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  everyDialect,
  peopleAndTenants,
  rowLevelSecurity,
  usageRollups,
  moreUsageSeries,
  notifications,
  creditLedger,
  brands,
  requestContents,
  prices,
  chargeReviews,
  idempotentCalls,
  usageByProject,
  madeAs,
  brokenStreams,
  leanerLedger,
  starterCredits,
  awaitedJobs,
  packedUsage,
  payments,
  modelOffers,
  customers,
  redemptionCodes,
  routes,
  statements,
  paymentKit,
  limits,
  answerCache,
  sourcesOfLimits,
  guardrails,
  externalGuardrails,
  usedElsewhere,
];
