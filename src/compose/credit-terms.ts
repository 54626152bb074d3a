import { formatUsd, nanoUsd, percentToMillionths, usdToNano } from '../kernel/money.ts';
import type { DefaultTerms } from '../metering/price-rules.ts';
import { SettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../storage/open-store.ts';

/** A hub that charges nobody prices nothing; what a credit would be worth does not matter then. */
const NOBODY_PAYS: DefaultTerms = { creditPrice: nanoUsd(1_000_000_000n), marginMillionths: 0 };

/** How calls are paid that no rule of the operator's is about. */
export function defaultTermsOf({ credit }: Pick<Settings, 'credit'>): DefaultTerms {
  if (credit === undefined) return NOBODY_PAYS;
  return {
    creditPrice: usdToNano(credit.priceUsd),
    marginMillionths: percentToMillionths(credit.marginPercent),
  };
}

/**
 * Holds what a credit is to be worth against what it was when the first was given: balances would be worth something else.
 * @throws SettingsError
 */
export async function agreeOnCreditWorth(settings: Settings, store: Pick<Store, 'creditWorth'>): Promise<void> {
  if (settings.credit === undefined) return;
  const wanted = usdToNano(settings.credit.priceUsd);
  const worth = await store.creditWorth.agree(wanted);
  if (worth === wanted) return;
  const message = `is ${formatUsd(wanted)}, but credit was already given at ${formatUsd(worth)}; set it back to that`;
  throw new SettingsError([{ where: 'credit.priceUsd', message }]);
}
