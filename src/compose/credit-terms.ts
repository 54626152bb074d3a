import { formatUsd, percentToMillionths, usdToNano } from '../kernel/money.ts';
import type { DefaultTerms } from '../metering/price-rules.ts';
import type { CallTerms } from '../metering/settle-call.ts';
import { DEFAULT_BROKEN_STREAM_POLICY } from '../protocol/broken-streams.ts';
import { type ChargingTerms, isCharging, termsOfCharging } from '../protocol/charging.ts';
import type { Deployment } from '../protocol/deployment.ts';
import { SettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../storage/open-store.ts';
import type { HubSnapshot } from './compile-snapshot.ts';

/** How calls are paid that no rule of the operator's is about. */
export function defaultTermsOf({ priceUsd, marginPercent }: ChargingTerms): DefaultTerms {
  return { creditPrice: usdToNano(priceUsd), marginMillionths: percentToMillionths(marginPercent) };
}

/** On what terms calls of a deployment are paid; `organizationId` is missing for strangers, who are in no group. */
export function termsOf(
  snapshot: Pick<HubSnapshot, 'resolveCard' | 'resolveTerms' | 'customerGroupOf' | 'brokenStreamPolicyOf'>,
  { connection: { providerId, isLocal }, upstreamModel }: Deployment,
  { organizationId, at }: { readonly organizationId: string | undefined; readonly at: number },
): CallTerms | undefined {
  const { resolveCard, resolveTerms, customerGroupOf, brokenStreamPolicyOf } = snapshot;
  const cost = resolveCard({ providerId, upstreamModel, isLocal, at });
  const customerGroupId = organizationId === undefined ? undefined : customerGroupOf(organizationId);
  const terms = resolveTerms({ customerGroupId, providerId, upstreamModel, cost, at });
  if (terms === undefined) return undefined;
  const brokenStreams =
    organizationId === undefined ? DEFAULT_BROKEN_STREAM_POLICY : brokenStreamPolicyOf(organizationId);
  return { ...terms, brokenStreams };
}

/**
 * Holds what a credit is to be worth against what it was when the first was given: balances would be worth something else.
 * @throws SettingsError
 */
export async function agreeOnCreditWorth(
  { credit }: Pick<Settings, 'credit'>,
  store: Pick<Store, 'creditWorth' | 'installation'>,
): Promise<void> {
  const { charging } = await store.installation.get();
  if (!isCharging(credit, charging)) return;
  const wanted = usdToNano(termsOfCharging(credit, charging).priceUsd);
  const worth = await store.creditWorth.agree(wanted);
  if (worth === wanted) return;
  const message = `is ${formatUsd(wanted)}, but credit was already given at ${formatUsd(worth)}; set it back to that`;
  throw new SettingsError([{ where: 'credit.priceUsd', message }]);
}
