import type { Stripe } from 'stripe';
import { minorUnits, NO_MINOR } from '../../kernel/money.ts';
import type { PaymentFacts, Purchase, TopUpStop } from '../../protocol/payments.ts';
import { type CardPage, PaymentMismatch, type PaymentService } from '../contract.ts';
import { LOCALES, returnedOf } from './facts.ts';

const HOUR_MS = 3_600_000;
/** Stripe keeps what a key was answered for a day at least: https://docs.stripe.com/api/idempotent_requests */
const KEY_LASTS_MS = 20 * HOUR_MS;
const LISTED_MAX = 100;

/** A page on which a card is entered to be charged later: https://docs.stripe.com/payments/save-and-reuse */
export async function openCardPage(client: Stripe, page: CardPage): ReturnType<PaymentService['openCardPage']> {
  const { organizationId, customerId, currency, setupId, successUrl, cancelUrl, locale } = page;
  const session = await client.checkout.sessions.create(
    {
      mode: 'setup',
      allowed_payment_method_types: ['card'],
      currency: currency.toLowerCase(),
      ...(customerId === undefined ? { customer_creation: 'always' } : { customer: customerId }),
      metadata: { card_of: organizationId },
      success_url: successUrl,
      cancel_url: cancelUrl,
      locale: LOCALES[locale] ?? 'auto',
    },
    { idempotencyKey: `card ${setupId}` },
  );
  return { sessionId: session.id, url: session.url ?? cancelUrl };
}

export async function cardOf(client: Stripe, sessionId: string): ReturnType<PaymentService['cardOf']> {
  const session = await client.checkout.sessions.retrieve(sessionId, { expand: ['setup_intent.payment_method'] });
  const { customer, setup_intent: setup } = session;
  if (session.status !== 'complete' || setup === null || typeof setup === 'string') return undefined;
  const { payment_method: method } = setup;
  if (setup.status !== 'succeeded' || method === null || typeof method === 'string') return undefined;
  const customerId = typeof customer === 'string' ? customer : customer?.id;
  if (customerId === undefined) return undefined;
  const { brand = 'card', last4 = '' } = method.card ?? {};
  return { customerId, cardId: method.id, label: `${brand} …${last4}` };
}

/** https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method */
export async function charge(client: Stripe, purchase: Purchase): Promise<PaymentFacts> {
  const { card } = purchase;
  if (card === undefined) throw new PaymentMismatch('it has no card');
  try {
    const intent = await client.paymentIntents.create(
      {
        amount: Number(purchase.amountMinor),
        currency: purchase.currency.toLowerCase(),
        customer: card.customerId,
        payment_method: card.cardId,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        off_session: true,
        confirm: true,
        description: purchase.name,
        metadata: { purchase_id: purchase.id },
        expand: ['latest_charge'],
      },
      { idempotencyKey: `top-up ${purchase.id}` },
    );
    return await factsOf(client, intent, purchase);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { state: 'failed', paymentId: refusal.paymentId, returnedMinor: NO_MINOR, stoppedBy: refusal.stoppedBy };
  }
}

/** How a purchase stands that a saved card is to pay; one of which nobody heard is asked for once more. */
export async function lookAtCharge(client: Stripe, purchase: Purchase, now: number): Promise<PaymentFacts> {
  const { paymentId, card, createdAt } = purchase;
  if (paymentId !== undefined) {
    const intent = await client.paymentIntents.retrieve(paymentId, { expand: ['latest_charge'] });
    return factsOf(client, intent, purchase);
  }
  // The same key gives what the first call gave, or does what it did not come to do.
  if (now - createdAt < KEY_LASTS_MS) return charge(client, purchase);
  const { data } = await client.paymentIntents.list({
    ...(card === undefined ? {} : { customer: card.customerId }),
    created: { gte: Math.floor(createdAt / 1000) - 60 },
    limit: LISTED_MAX,
    expand: ['data.latest_charge'],
  });
  const found = data.find(({ metadata }) => metadata['purchase_id'] === purchase.id);
  if (found !== undefined) return factsOf(client, found, purchase);
  return { state: 'failed', paymentId: undefined, returnedMinor: NO_MINOR };
}

/** @throws PaymentMismatch */
async function factsOf(client: Stripe, intent: Stripe.PaymentIntent, purchase: Purchase): Promise<PaymentFacts> {
  const differs =
    intent.livemode !== (purchase.mode === 'live') ||
    intent.metadata['purchase_id'] !== purchase.id ||
    intent.currency !== purchase.currency.toLowerCase() ||
    minorUnits(BigInt(intent.amount)) !== purchase.amountMinor;
  if (differs) throw new PaymentMismatch('what the card was charged is not what was bought');
  const { id: paymentId, status } = intent;
  if (status === 'succeeded') {
    return { state: 'paid', paymentId, ...(await returnedOf(client, intent, purchase)) };
  }
  if (status === 'processing') return { state: 'open', paymentId, returnedMinor: NO_MINOR };
  const stoppedBy = status === 'requires_action' ? 'confirmation_needed' : 'declined';
  return { state: 'failed', paymentId, returnedMinor: NO_MINOR, stoppedBy };
}

type Refusal = { readonly stoppedBy: TopUpStop; readonly paymentId: string | undefined };

/** What the bank said, where it was the bank; `undefined`: nobody knows whether the card has paid. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('type' in error) || error.type !== 'StripeCardError') return undefined;
  const code = 'code' in error ? error.code : undefined;
  const intent = 'payment_intent' in error ? error.payment_intent : undefined;
  const id = typeof intent === 'object' && intent !== null && 'id' in intent ? intent.id : undefined;
  return {
    stoppedBy: code === 'authentication_required' ? 'confirmation_needed' : 'declined',
    paymentId: typeof id === 'string' ? id : undefined,
  };
}
