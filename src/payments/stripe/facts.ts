import type { Stripe } from 'stripe';
import { addMinor, type MinorUnits, minMinor, minorUnits, NO_MINOR } from '../../kernel/money.ts';
import type { Purchase } from '../../protocol/payments.ts';

const DISPUTES_MAX = 100;

/** Disputes for which the money is not, or no longer, with the operator: https://docs.stripe.com/api/disputes/object */
const MONEY_IS_GONE: ReadonlySet<string> = new Set(['needs_response', 'under_review', 'lost']);

/** Languages of the hub, as Checkout calls them: https://docs.stripe.com/api/checkout/sessions/create */
export const LOCALES: Readonly<Record<string, Stripe.Checkout.SessionCreateParams.Locale>> = {
  'zh-TW': 'zh-TW',
  en: 'en',
};

/** What of a payment went back: refunds, and disputes that are open or lost. Its charge has to be expanded. */
export async function returnedOf(
  client: Stripe,
  intent: Stripe.PaymentIntent | null,
  { amountMinor }: Pick<Purchase, 'amountMinor'>,
): Promise<MinorUnits> {
  const charge = typeof intent?.latest_charge === 'string' ? null : (intent?.latest_charge ?? null);
  const disputed = charge?.disputed === true && intent !== null ? await disputedOf(client, intent.id) : NO_MINOR;
  const refunded = minorUnits(BigInt(charge?.amount_refunded ?? 0));
  return minMinor(addMinor(refunded, disputed), amountMinor);
}

async function disputedOf(client: Stripe, paymentId: string): Promise<MinorUnits> {
  const { data } = await client.disputes.list({ payment_intent: paymentId, limit: DISPUTES_MAX });
  return data
    .filter(({ status }) => MONEY_IS_GONE.has(status))
    .reduce((sum, { amount }) => addMinor(sum, minorUnits(BigInt(amount))), NO_MINOR);
}
