import type { Stripe } from 'stripe';
import { addMinor, type MinorUnits, minMinor, minorUnits } from '../../kernel/money.ts';
import type { Purchase } from '../../protocol/payments.ts';

const DISPUTES_MAX = 100;

/** Disputes for which the money is not, or no longer, with the operator: https://docs.stripe.com/api/disputes/object */
const MONEY_IS_GONE: ReadonlySet<string> = new Set(['needs_response', 'under_review', 'lost']);

/** Languages of the hub, as Checkout calls them: https://docs.stripe.com/api/checkout/sessions/create */
export const LOCALES: Readonly<Record<string, Stripe.Checkout.SessionCreateParams.Locale>> = {
  'zh-TW': 'zh-TW',
  en: 'en',
};

/** What of a payment went back: refunds, and disputes that are open or lost; and what of that for good. Its charge has to be expanded. */
export async function returnedOf(
  client: Stripe,
  intent: Stripe.PaymentIntent | null,
  { amountMinor }: Pick<Purchase, 'amountMinor'>,
): Promise<{ readonly returnedMinor: MinorUnits; readonly refundedMinor: MinorUnits }> {
  const charge = typeof intent?.latest_charge === 'string' ? null : (intent?.latest_charge ?? null);
  const disputes = charge?.disputed === true && intent !== null ? await disputesOf(client, intent.id) : [];
  const refunded = minorUnits(BigInt(charge?.amount_refunded ?? 0));
  const withDisputes = (isMeant: (status: string) => boolean): MinorUnits => {
    const meant = disputes.filter(({ status }) => isMeant(status)).map(({ amount }) => minorUnits(BigInt(amount)));
    return minMinor(meant.reduce(addMinor, refunded), amountMinor);
  };
  return {
    returnedMinor: withDisputes((status) => MONEY_IS_GONE.has(status)),
    refundedMinor: withDisputes((status) => status === 'lost'),
  };
}

async function disputesOf(client: Stripe, paymentId: string): Promise<readonly Stripe.Dispute[]> {
  const { data } = await client.disputes.list({ payment_intent: paymentId, limit: DISPUTES_MAX });
  return data;
}
