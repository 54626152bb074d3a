import type { Stripe } from 'stripe';
import { GatewayError } from '../../kernel/errors.ts';
import { addMinor, type MinorUnits, minMinor, minorUnits, NO_MINOR } from '../../kernel/money.ts';
import type { PaymentFacts, PaymentMode, Purchase, PurchaseState } from '../../protocol/payments.ts';
import {
  type Checkout,
  type PaymentMethod,
  PaymentMismatch,
  type PaymentNews,
  type PaymentSecrets,
  type PaymentService,
} from '../contract.ts';
import type { PaymentFetch } from '../ports.ts';
import { stripeModeOf } from './secrets.ts';

const CALL_MS = 15_000;
const RETRIES = 2;
/** For how long a signature is good, either way: https://docs.stripe.com/webhooks#replay-attacks */
const TOLERANCE_SECONDS = 300;
const DISPUTES_MAX = 100;

/** Disputes for which the money is not, or no longer, with the operator: https://docs.stripe.com/api/disputes/object */
const MONEY_IS_GONE: ReadonlySet<string> = new Set(['needs_response', 'under_review', 'lost']);
/** Languages of the hub, as Checkout calls them: https://docs.stripe.com/api/checkout/sessions/create */
const LOCALES: Readonly<Record<string, Stripe.Checkout.SessionCreateParams.Locale>> = { 'zh-TW': 'zh-TW', en: 'en' };

export type StripeInput = {
  /** Where Stripe's API is. */
  readonly address: string;
  readonly fetch: PaymentFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Payments by Stripe's own pages: https://docs.stripe.com/payments/checkout. No card number ever comes to the hub. */
export function createStripe(input: StripeInput): PaymentMethod {
  return {
    address: input.address,
    modeOf: stripeModeOf,
    connect: (secrets) => connect(input, secrets),
  };
}

async function connect({ address, fetch, now }: StripeInput, secrets: PaymentSecrets): Promise<PaymentService> {
  const mode = stripeModeOf(secrets);
  // Only a hub that takes payments pays for its size: it takes some 36 MB.
  const { Stripe: Library } = await import('stripe');
  const { protocol, hostname, port } = new URL(address);
  const client = new Library(secrets.secretKey, {
    httpClient: Library.createFetchHttpClient(toFetch(fetch)),
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? '80' : '443') : port,
    protocol: protocol === 'http:' ? 'http' : 'https',
    maxNetworkRetries: RETRIES,
    timeout: CALL_MS,
    telemetry: false,
  });
  return {
    open: (checkout) => refusing(() => openCheckout(client, checkout)),
    look: (purchase) => refusing(() => look(client, purchase, mode)),
    read: (message) => read(client, { ...message, secret: secrets.webhookSecret, mode, at: now() }),
  };
}

async function openCheckout(client: Stripe, checkout: Checkout): ReturnType<PaymentService['open']> {
  const { purchase, successUrl, cancelUrl, locale, email } = checkout;
  const named = { metadata: { purchase_id: purchase.id } };
  const session = await client.checkout.sessions.create(
    {
      mode: 'payment',
      line_items: [
        {
          quantity: 1,
          price_data: {
            currency: purchase.currency.toLowerCase(),
            unit_amount: Number(purchase.amountMinor),
            product_data: { name: purchase.name },
          },
        },
      ],
      client_reference_id: purchase.id,
      ...named,
      // The payment carries the name as well: refunds and disputes are about that.
      payment_intent_data: named,
      success_url: successUrl,
      cancel_url: cancelUrl,
      locale: LOCALES[locale] ?? 'auto',
      ...(email === undefined ? {} : { customer_email: email }),
    },
    { idempotencyKey: `checkout ${purchase.id}` },
  );
  if (session.url === null) throw new GatewayError('payment.refused');
  return { sessionId: session.id, url: session.url };
}

async function look(client: Stripe, purchase: Purchase, mode: PaymentMode): Promise<PaymentFacts> {
  if (purchase.mode !== mode) throw new PaymentMismatch(`it was begun in ${purchase.mode} mode`);
  if (purchase.sessionId === undefined) return { state: 'open', paymentId: undefined, returnedMinor: NO_MINOR };
  const session = await client.checkout.sessions.retrieve(purchase.sessionId, {
    expand: ['payment_intent.latest_charge'],
  });
  assertIsWhatWasBought(session, purchase, mode);
  const intent = typeof session.payment_intent === 'string' ? null : session.payment_intent;
  const charge = typeof intent?.latest_charge === 'string' ? null : (intent?.latest_charge ?? null);
  const state = stateOf(session, intent);
  const disputed = charge?.disputed === true && intent !== null ? await disputedOf(client, intent.id) : NO_MINOR;
  const refunded = minorUnits(BigInt(charge?.amount_refunded ?? 0));
  return {
    state,
    paymentId: intent?.id,
    returnedMinor: minMinor(addMinor(refunded, disputed), purchase.amountMinor),
  };
}

/** @throws PaymentMismatch */
function assertIsWhatWasBought(session: Stripe.Checkout.Session, purchase: Purchase, mode: PaymentMode): void {
  const differs =
    session.livemode !== (mode === 'live') ||
    session.metadata?.['purchase_id'] !== purchase.id ||
    session.currency !== purchase.currency.toLowerCase() ||
    session.amount_total === null ||
    BigInt(session.amount_total) !== purchase.amountMinor;
  if (differs) throw new PaymentMismatch('what the page was about is not what was bought');
}

function stateOf(session: Stripe.Checkout.Session, intent: Stripe.PaymentIntent | null): PurchaseState {
  if (session.payment_status === 'paid') return 'paid';
  if (session.status === 'expired') return 'expired';
  // Transfers are paid days after the page, or never: https://docs.stripe.com/payments/checkout/fulfill-orders
  const hasFailed = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
  return session.status === 'complete' && hasFailed ? 'failed' : 'open';
}

async function disputedOf(client: Stripe, paymentId: string): Promise<MinorUnits> {
  const { data } = await client.disputes.list({ payment_intent: paymentId, limit: DISPUTES_MAX });
  return data
    .filter(({ status }) => MONEY_IS_GONE.has(status))
    .reduce((sum, { amount }) => addMinor(sum, minorUnits(BigInt(amount))), NO_MINOR);
}

type Message = Parameters<PaymentService['read']>[0] & {
  readonly secret: string;
  readonly mode: PaymentMode;
  readonly at: number;
};

/** Stripe's own code checks the signature. */
function read(client: Stripe, { body, signature, secret, mode, at }: Message): PaymentNews {
  const event = verified(() =>
    client.webhooks.constructEvent(body, signature ?? '', secret, TOLERANCE_SECONDS, undefined, at),
  );
  const found: PaymentMode = event.livemode ? 'live' : 'test';
  if (found !== mode) {
    throw new GatewayError('payment.event_unverified', {
      message: `The message is of ${found} mode, and the hub takes payments in ${mode} mode.`,
    });
  }
  return { id: event.id, type: event.type, mode, ...namedBy(event.data.object) };
}

function verified(check: () => Stripe.Event): Stripe.Event {
  try {
    return check();
  } catch (cause) {
    throw new GatewayError('payment.event_unverified', { cause });
  }
}

type Named = {
  readonly object?: unknown;
  readonly id?: unknown;
  readonly metadata?: unknown;
  readonly payment_intent?: unknown;
};

/** What an event's object is about, of whatever type it is: sessions, intents, charges and disputes name either. */
function namedBy({
  object,
  id,
  metadata,
  payment_intent: intent,
}: Named): Pick<PaymentNews, 'purchaseId' | 'paymentId'> {
  const purchaseId =
    typeof metadata === 'object' && metadata !== null && 'purchase_id' in metadata ? metadata.purchase_id : undefined;
  const paymentId = object === 'payment_intent' ? id : intent;
  return {
    purchaseId: typeof purchaseId === 'string' ? purchaseId : undefined,
    paymentId: typeof paymentId === 'string' ? paymentId : undefined,
  };
}

/** What Stripe answers in the hub's words; why it refuses stands in the log alone, since it may name the account. */
async function refusing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GatewayError || error instanceof PaymentMismatch) throw error;
    throw new GatewayError('payment.refused', { cause: error });
  }
}

/** The library's `fetch` on the guarded way out. */
function toFetch(fetch: PaymentFetch): typeof globalThis.fetch {
  return (address, init) => {
    const { method = 'GET', headers, body, signal } = init ?? {};
    const list = Object.fromEntries(new Headers(headers).entries());
    const url = typeof address === 'string' ? address : address instanceof URL ? address.href : address.url;
    return fetch(url, { method, headers: list, body: body === '' ? undefined : body, signal: signal ?? undefined });
  };
}
