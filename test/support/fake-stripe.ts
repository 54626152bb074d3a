import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import { Stripe } from 'stripe';
import type { HubProcess } from './hub-process.ts';
import { closeServer, listenOnLoopback } from './listen.ts';

/**
 * Stripe as far as Checkout goes, by https://docs.stripe.com/api: sessions, the page where they are paid, payment intents
 * with their charges, refunds, disputes, and events signed by Stripe's own code.
 */

type Session = {
  id: string;
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid';
  amount_total: number;
  currency: string;
  metadata: Record<string, string>;
  payment_intent: string | null;
  readonly mode: 'payment' | 'setup';
  customer: string | null;
  setup_intent: string | null;
  readonly name: string;
  readonly success_url: string;
  readonly cancel_url: string;
  readonly intentMetadata: Record<string, string>;
};
type Intent = {
  id: string;
  status: string;
  amount: number;
  currency: string;
  refunded: number;
  metadata: Record<string, string>;
};
type Dispute = { id: string; payment_intent: string; amount: number; status: string };
export type StripeEvent = { readonly id: string; readonly body: string; readonly signature: string };

export type FakeStripe = {
  readonly url: string;
  readonly port: number;
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Calls of the API that came. */
  readonly calls: () => number;
  /** Where events are sent from now on. */
  readonly tell: (address: string | undefined) => void;
  /** Pays on a page as the button there does. */
  readonly pay: (checkoutUrl: string) => Promise<void>;
  readonly refund: (paymentId: string, amount: number) => Promise<StripeEvent>;
  /** Begins or changes a dispute about the whole payment. */
  readonly dispute: (paymentId: string, status: string) => Promise<StripeEvent>;
  readonly expire: (sessionId: string) => Promise<StripeEvent>;
  /** Changes what a page is about behind the hub's back. */
  readonly change: (sessionId: string, change: Partial<Pick<Session, 'amount_total' | 'currency'>>) => void;
  /** How the bank takes it that a saved card is charged; `lost`: it is charged, and nobody hears of that. */
  readonly setBank: (answer: 'pays' | 'declines' | 'asks' | 'lost') => void;
  /** What saved cards were charged, by the purchase. */
  readonly charged: () => readonly string[];
  readonly sessions: ReadonlyMap<string, Session>;
  /** The events so far, each with a signature of that moment. */
  readonly events: () => readonly StripeEvent[];
  readonly sign: (body: string, how?: { readonly secret?: string; readonly atSeconds?: number }) => string;
  /** What the API answers instead, until it is taken back. */
  readonly breakDown: (status: number | undefined) => void;
  readonly close: () => Promise<void>;
};

const SECRET_KEY = 'sk_test_51FakeStripeAccountKey';
const WEBHOOK_SECRET = 'whsec_FakeStripeSigningSecret';

export async function startFakeStripe({ isLive = false } = {}): Promise<FakeStripe> {
  const sessions = new Map<string, Session>();
  const intents = new Map<string, Intent>();
  const disputes = new Map<string, Dispute>();
  const charged: string[] = [];
  const answered = new Map<string, { readonly digest: string; readonly body: object }>();
  const events: StripeEvent[] = [];
  const secretKey = isLive ? SECRET_KEY.replace('test', 'live') : SECRET_KEY;
  let url = '';
  let told: string | undefined;
  let broken: number | undefined;
  let bank: Parameters<FakeStripe['setBank']>[0] = 'pays';
  let made = 0;
  let calls = 0;

  const newId = (prefix: string): string => {
    made += 1;
    return `${prefix}_fake${String(made).padStart(6, '0')}`;
  };
  const sign: FakeStripe['sign'] = (payload, { secret = WEBHOOK_SECRET, atSeconds } = {}) =>
    new Stripe(secretKey).webhooks.generateTestHeaderString({
      payload,
      secret,
      ...(atSeconds === undefined ? {} : { timestamp: atSeconds }),
    });
  const happened = async (type: string, object: object): Promise<StripeEvent> => {
    const id = newId('evt');
    const body = JSON.stringify({
      id,
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: Math.floor(Date.now() / 1000),
      livemode: isLive,
      type,
      data: { object },
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
    });
    const event = { id, body, signature: sign(body) };
    events.push(event);
    if (told !== undefined) {
      const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': event.signature };
      await fetch(told, { method: 'POST', headers, body });
    }
    return event;
  };
  const shownCharge = (intent: Intent): object => ({
    id: intent.id.replace('pi', 'ch'),
    object: 'charge',
    amount: intent.amount,
    amount_refunded: intent.refunded,
    refunded: intent.refunded === intent.amount,
    disputed: [...disputes.values()].some((each) => each.payment_intent === intent.id),
    livemode: isLive,
    metadata: intent.metadata,
    payment_intent: intent.id,
  });
  const shownIntent = (intent: Intent): object => ({
    id: intent.id,
    object: 'payment_intent',
    status: intent.status,
    amount: intent.amount,
    currency: intent.currency,
    livemode: isLive,
    metadata: intent.metadata,
    latest_charge: intent.status === 'succeeded' ? shownCharge(intent) : null,
  });
  const shownSetup = (id: string): object => ({
    id,
    object: 'setup_intent',
    status: 'succeeded',
    payment_method: { id: id.replace('seti', 'pm'), object: 'payment_method', card: { brand: 'visa', last4: '4242' } },
  });
  const shownSession = (session: Session, isExpanded = false): object => {
    const { name: _name, intentMetadata: _metadata, ...shown } = session;
    const intent = session.payment_intent === null ? undefined : intents.get(session.payment_intent);
    return {
      object: 'checkout.session',
      livemode: isLive,
      ...shown,
      url: session.status === 'open' ? `${url}/c/pay/${session.id}` : null,
      setup_intent:
        isExpanded && session.setup_intent !== null ? shownSetup(session.setup_intent) : session.setup_intent,
      payment_intent: isExpanded && intent !== undefined ? shownIntent(intent) : session.payment_intent,
    };
  };
  const pay = async (session: Session): Promise<void> => {
    if (session.status !== 'open') return;
    if (session.mode === 'setup') {
      session.customer ??= newId('cus');
      Object.assign(session, { status: 'complete', setup_intent: newId('seti') });
      await happened('checkout.session.completed', shownSession(session));
      return;
    }
    const intent = {
      id: newId('pi'),
      status: 'succeeded',
      amount: session.amount_total,
      currency: session.currency,
      refunded: 0,
      metadata: session.intentMetadata,
    };
    intents.set(intent.id, intent);
    Object.assign(session, { status: 'complete', payment_status: 'paid', payment_intent: intent.id });
    await happened('checkout.session.completed', shownSession(session));
  };

  const createSession = (form: URLSearchParams): object => {
    const price = 'line_items[0][price_data]';
    const isSetup = form.get('mode') === 'setup';
    const session: Session = {
      mode: isSetup ? 'setup' : 'payment',
      customer: form.get('customer'),
      setup_intent: null,
      id: newId(isLive ? 'cs_live' : 'cs_test'),
      status: 'open',
      payment_status: 'unpaid',
      amount_total: Number(form.get(`${price}[unit_amount]`)) * Number(form.get('line_items[0][quantity]')),
      currency: form.get(isSetup ? 'currency' : `${price}[currency]`) ?? '',
      metadata: metadataIn(form, 'metadata'),
      payment_intent: null,
      name: form.get(`${price}[product_data][name]`) ?? '',
      success_url: form.get('success_url') ?? '',
      cancel_url: form.get('cancel_url') ?? '',
      intentMetadata: metadataIn(form, 'payment_intent_data[metadata]'),
    };
    const hasAmount = isSetup || (Number.isSafeInteger(session.amount_total) && session.amount_total > 0);
    if (!hasAmount || !/^[a-z]{3}$/.test(session.currency)) {
      throw new Refused(400, { type: 'invalid_request_error', message: 'Invalid amount or currency' });
    }
    sessions.set(session.id, session);
    return shownSession(session);
  };

  /** Charges a saved card: https://docs.stripe.com/api/payment_intents/create */
  const createIntent = (form: URLSearchParams): object => {
    const intent: Intent = {
      id: newId('pi'),
      status: bank === 'declines' ? 'requires_payment_method' : bank === 'asks' ? 'requires_action' : 'succeeded',
      amount: Number(form.get('amount')),
      currency: form.get('currency') ?? '',
      refunded: 0,
      metadata: metadataIn(form, 'metadata'),
    };
    if (form.get('off_session') !== 'true' || form.get('confirm') !== 'true' || form.get('customer') === null) {
      throw new Refused(400, { type: 'invalid_request_error', message: 'A saved card is charged off session' });
    }
    intents.set(intent.id, intent);
    if (intent.status === 'succeeded') {
      charged.push(intent.metadata['purchase_id'] ?? '');
      return shownIntent(intent);
    }
    const code = bank === 'asks' ? 'authentication_required' : 'card_declined';
    throw new Refused(402, { type: 'card_error', code, message: 'No.', payment_intent: shownIntent(intent) });
  };

  /** The same key gives the same answer; with other parameters it is an error: https://docs.stripe.com/api/idempotent_requests */
  const once = (key: string | undefined, body: string, make: () => object): object => {
    if (key === undefined) return make();
    const digest = createHash('sha256').update(body).digest('hex');
    const known = answered.get(key);
    if (known === undefined) {
      const answer = make();
      answered.set(key, { digest, body: answer });
      return answer;
    }
    if (known.digest === digest) return known.body;
    throw new Refused(400, {
      type: 'idempotency_error',
      message: 'Keys for idempotent requests can only be used once.',
    });
  };

  const answerApi = async (request: IncomingMessage, path: string, query: URLSearchParams): Promise<object> => {
    calls += 1;
    if (broken !== undefined) throw new Refused(broken, { type: 'api_error', message: 'Something is wrong.' });
    if (request.headers.authorization !== `Bearer ${secretKey}`) {
      throw new Refused(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    }
    const body = await textOfStream(request);
    const key = request.headers['idempotency-key'];
    if (request.method === 'POST' && path === '/v1/checkout/sessions') {
      return once(typeof key === 'string' ? key : undefined, body, () => createSession(new URLSearchParams(body)));
    }
    if (request.method === 'POST' && path === '/v1/payment_intents') {
      const answer = once(typeof key === 'string' ? key : undefined, body, () =>
        createIntent(new URLSearchParams(body)),
      );
      if (bank === 'lost') throw new Refused(504, { type: 'api_error', message: 'The answer was lost.' });
      return answer;
    }
    if (request.method === 'GET' && path.startsWith('/v1/payment_intents/')) {
      return shownIntent(intentOf(path.slice('/v1/payment_intents/'.length)));
    }
    if (request.method === 'GET' && path.startsWith('/v1/checkout/sessions/')) {
      const session = sessions.get(path.slice('/v1/checkout/sessions/'.length));
      if (session === undefined) throw new Refused(404, { type: 'invalid_request_error', code: 'resource_missing' });
      return shownSession(
        session,
        [...query.keys()].some((name) => name.startsWith('expand')),
      );
    }
    if (request.method === 'GET' && path === '/v1/disputes') {
      const data = [...disputes.values()].filter((each) => each.payment_intent === query.get('payment_intent'));
      return { object: 'list', has_more: false, url: '/v1/disputes', data };
    }
    throw new Refused(404, { type: 'invalid_request_error', message: `Unrecognized request URL (${path})` });
  };

  const answerPage = async (request: IncomingMessage, response: ServerResponse, id: string): Promise<void> => {
    const session = sessions.get(id);
    if (session === undefined) return void response.writeHead(404).end();
    if (request.method === 'POST') {
      await pay(session);
      return void response.writeHead(303, { location: session.success_url }).end();
    }
    const amount = (session.amount_total / 100).toFixed(2);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Checkout</title>
<main><h1>${session.name}</h1><p>${amount} ${session.currency.toUpperCase()}</p>
<form method="post"><button>Pay</button></form><a href="${session.cancel_url}">Back</a></main>`);
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const page = /^\/c\/pay\/(\w+)$/.exec(pathname)?.[1];
    if (page !== undefined) return void answerPage(request, response, page);
    answerApi(request, pathname, searchParams).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => {
        const { status, body } = error instanceof Refused ? error : new Refused(500, { message: String(error) });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: body }));
      },
    );
  });
  const port = await listenOnLoopback(server, 0);
  url = `http://127.0.0.1:${port}`;

  const intentOf = (id: string): Intent => found(intents.get(id));
  const sessionAt = (checkoutUrl: string): Session => found(sessions.get(checkoutUrl.split('/').at(-1) ?? ''));
  return {
    url,
    port,
    secretKey,
    webhookSecret: WEBHOOK_SECRET,
    calls: () => calls,
    tell: (address) => {
      told = address;
    },
    pay: (checkoutUrl) => pay(sessionAt(checkoutUrl)),
    refund: (paymentId, amount) => {
      const intent = intentOf(paymentId);
      intent.refunded += amount;
      return happened('charge.refunded', shownCharge(intent));
    },
    dispute: (paymentId, status) => {
      const intent = intentOf(paymentId);
      const id = `du_${paymentId}`;
      disputes.set(id, { id, payment_intent: paymentId, amount: intent.amount, status });
      const type = status === 'won' || status === 'lost' ? 'closed' : 'created';
      return happened(`charge.dispute.${type}`, { object: 'dispute', livemode: isLive, ...disputes.get(id) });
    },
    expire: (sessionId) => {
      const session = found(sessions.get(sessionId));
      session.status = 'expired';
      return happened('checkout.session.expired', shownSession(session));
    },
    change: (sessionId, change) => void Object.assign(found(sessions.get(sessionId)), change),
    setBank: (answer) => {
      bank = answer;
    },
    charged: () => charged,
    sessions,
    events: () => events.map((event) => ({ ...event, signature: sign(event.body) })),
    sign,
    breakDown: (status) => {
      broken = status;
    },
    close: () => closeServer(server),
  };
}

class Refused extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

function metadataIn(form: URLSearchParams, prefix: string): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      name.startsWith(`${prefix}[`) ? [[name.slice(prefix.length + 1, -1), value]] : [],
    ),
  );
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the fake Stripe knows no such thing');
  return value;
}

/** Makes the hub known to it, and it to the hub. */
export async function connectStripe(hub: HubProcess, stripe: FakeStripe): Promise<void> {
  await hub.control('PUT', '/installation/payments/methods/stripe', {
    secret_key: stripe.secretKey,
    webhook_secret: stripe.webhookSecret,
  });
  stripe.tell(eventsAddressOf(hub));
}

export function eventsAddressOf({ address }: Pick<HubProcess, 'address'>): string {
  return `${address}/control/v1/payments/stripe/events`;
}
