import type { Stripe } from 'stripe';
import { GatewayError } from '../../kernel/errors.ts';
import { NO_MINOR } from '../../kernel/money.ts';
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
import { cardOf, charge, lookAtCharge, openCardPage } from './cards.ts';
import { LOCALES, returnedOf } from './facts.ts';
import { stripeModeOf } from './secrets.ts';

const CALL_MS = 15_000;
const RETRIES = 2;
/** For how long a signature is good, either way: https://docs.stripe.com/webhooks#replay-attacks */
const TOLERANCE_SECONDS = 300;
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
    openCardPage: (page) => refusing(() => openCardPage(client, page)),
    cardOf: (sessionId) => refusing(() => cardOf(client, sessionId)),
    charge: (purchase) => refusing(() => charge(client, purchase)),
    look: (purchase) => refusing(() => look(client, purchase, { mode, at: now() })),
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

type Looking = { readonly mode: PaymentMode; readonly at: number };

async function look(client: Stripe, purchase: Purchase, { mode, at }: Looking): Promise<PaymentFacts> {
  if (purchase.mode !== mode) throw new PaymentMismatch(`it was begun in ${purchase.mode} mode`);
  if (purchase.cause === 'top_up') return lookAtCharge(client, purchase, at);
  if (purchase.sessionId === undefined) return { state: 'open', paymentId: undefined, returnedMinor: NO_MINOR };
  const session = await client.checkout.sessions.retrieve(purchase.sessionId, {
    expand: ['payment_intent.latest_charge'],
  });
  assertIsWhatWasBought(session, purchase, mode);
  const intent = typeof session.payment_intent === 'string' ? null : session.payment_intent;
  const returned = await returnedOf(client, intent, purchase);
  return { state: stateOf(session, intent), paymentId: intent?.id, ...returned };
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

/** What an event's object is about, of whatever type it is: sessions, intents, charges and disputes name something. */
function namedBy({
  object,
  id,
  metadata,
  payment_intent: intent,
}: Named): Pick<PaymentNews, 'purchaseId' | 'paymentId' | 'cardOf'> {
  const said: object = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return {
    purchaseId: textOr('purchase_id' in said ? said.purchase_id : undefined),
    paymentId: textOr(object === 'payment_intent' ? id : intent),
    cardOf: textOr('card_of' in said ? said.card_of : undefined),
  };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
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

/** What the library takes in place of the runtime's own way out: the guarded one. */
function toFetch(send: PaymentFetch): typeof fetch {
  return (address, init) => {
    const { method = 'GET', headers, body, signal } = init ?? {};
    const list = Object.fromEntries(new Headers(headers).entries());
    const url = typeof address === 'string' ? address : address instanceof URL ? address.href : address.url;
    return send(url, { method, headers: list, body: body === '' ? undefined : body, signal: signal ?? undefined });
  };
}
