import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import { creditsOfUnits, type NanoCredits } from '../../kernel/money.ts';
import type { PaymentMode } from '../../protocol/payments.ts';
import type { PaymentFetch } from '../ports.ts';
import { canonicalText, SIGNATURE_LASTS_SECONDS, type SigningKey, signText } from './signature.ts';

const PAGE_SIZE = 100;
/** Ten thousand grants of one customer. */
const PAGES_MAX = 100;
const SAID_MAX = 300;

/** By what the hub proves who it is: as a component of the app, or by the access key of an owner or admin. */
export type KitIdentity =
  | { readonly kind: 'component'; readonly did: string; readonly key: SigningKey }
  | { readonly kind: 'bearer'; readonly token: string };

export type KitClientInput = {
  /** Where Payment Kit is mounted. */
  readonly address: string;
  readonly mode: PaymentMode;
  readonly identity: KitIdentity;
  readonly fetch: PaymentFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** What Payment Kit answered instead of what it was asked for. */
export class KitRefusal extends Error {
  override readonly name = 'KitRefusal';
  readonly status: number;

  constructor(status: number, said: string) {
    super(`Payment Kit answered ${status}: ${said.slice(0, SAID_MAX)}`);
    this.status = status;
  }
}

const idText = z.string().min(1).max(255);
const units = z.string().regex(/^\d{1,60}$/);
const seconds = z.number().nullish();
const currencySchema = z.object({
  id: idText,
  decimal: z.int().min(0).max(36),
  recharge_config: z.object({ payment_link_id: idText.nullish() }).nullish(),
});
const meterSchema = z.object({
  id: idText,
  event_name: idText,
  status: z.string(),
  currency_id: idText.nullish(),
  livemode: z.boolean(),
});
const customerSchema = z.object({ id: idText, did: idText, livemode: z.boolean().nullish() });
const linkSchema = z.object({ id: idText, livemode: z.boolean().nullish() });
const grantSchema = z.object({
  id: idText,
  amount: units,
  remaining_amount: units,
  currency_id: idText,
  customer_id: idText,
  category: z.string().nullish(),
  status: z.string(),
  name: z.string().nullish(),
  expires_at: seconds,
  livemode: z.boolean().nullish(),
  created_at: z.union([z.string(), z.number()]).nullish(),
});
const grantListSchema = z.object({ count: z.int().nonnegative(), list: z.array(grantSchema) });
const transactionSchema = z.object({ id: idText, credit_amount: units, credit_grant_id: idText.nullish() });
const transactionListSchema = z.object({ count: z.int().nonnegative(), list: z.array(transactionSchema) });
const summarySchema = z.record(z.string(), z.object({ remainingAmount: units }));
const pendingSchema = z.record(z.string(), units);
const availabilitySchema = z.object({ can_continue: z.boolean(), reason: z.string().nullish() });

export type KitGrant = z.output<typeof grantSchema>;
export type KitMeter = z.output<typeof meterSchema>;

export type MeterEvent = {
  readonly meter: string;
  readonly customerId: string;
  /** As decimal text, in whole credits. */
  readonly value: string;
  readonly identifier: string;
  readonly atMs: number;
};

/**
 * Payment Kit's API, as far as credit goes. Every function throws {@link KitRefusal} for an answer that is none, and
 * GatewayError where there was no answer.
 */
export type PaymentKitClient = {
  readonly meter: (eventName: string) => Promise<KitMeter>;
  readonly currency: (id: string) => Promise<z.output<typeof currencySchema>>;
  readonly paymentLink: (id: string) => Promise<z.output<typeof linkSchema>>;
  /** By its id or DID; one that has none yet is made. */
  readonly customer: (name: string) => Promise<z.output<typeof customerSchema>>;
  readonly grants: (of: CreditOf) => Promise<readonly KitGrant[]>;
  /** What the customer's usable grants have left, and what was used and is not covered by them, in nano-credits. */
  readonly balance: (of: CreditOf & { readonly places: number }) => Promise<{
    readonly remainingNano: NanoCredits;
    readonly pendingNano: NanoCredits;
    /** The same as Payment Kit counts it. */
    readonly pendingUnits: string;
  }>;
  /** What was used and no grant covers. */
  readonly pending: (of: CreditOf & { readonly places: number }) => Promise<NanoCredits>;
  /** Whether credit that is bought by itself can cover what is pending. */
  readonly canContinue: (of: CreditOf & { readonly pendingUnits: string }) => Promise<boolean>;
  readonly transactions: (of: {
    readonly customerId: string;
    readonly meterId: string;
  }) => Promise<z.output<typeof transactionListSchema>>;
  /** Says what was used. `known`: it was told that before. */
  readonly tell: (event: MeterEvent) => Promise<'taken' | 'known'>;
};

type CreditOf = { readonly customerId: string; readonly currencyId: string };

type Asked = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
};

type Ask = <Schema extends z.ZodType>(asked: Asked, schema: Schema) => Promise<z.output<Schema>>;

export function createPaymentKitClient(input: KitClientInput): PaymentKitClient {
  const ask: Ask = (asked, schema) => call(input, asked, schema);
  const byId = (folder: string, id: string): Asked => ({
    method: 'GET',
    path: `/api/${folder}/${encodeURIComponent(id)}`,
  });
  return {
    meter: (eventName) => ask(byId('meters', eventName), meterSchema),
    currency: (id) => ask(byId('payment-currencies', id), currencySchema),
    paymentLink: (id) => ask(byId('payment-links', id), linkSchema),
    // Older editions read the wish from the body, newer ones from the query.
    customer: (name) =>
      ask({ ...byId('customers', name), query: { create: 'true' }, body: { create: true } }, customerSchema),
    grants: (of) => allGrants(ask, of),
    balance: (of) => balance(ask, of),
    pending: async (of) => creditsOfUnits(BigInt(await pendingUnits(ask, of)), of.places),
    canContinue: async ({ customerId, currencyId, pendingUnits }) => {
      const query = { customer_id: customerId, currency_id: currencyId, pending_amount: pendingUnits };
      const path = '/api/credit-grants/verify-availability';
      return (await ask({ method: 'GET', path, query }, availabilitySchema)).can_continue;
    },
    transactions: ({ customerId, meterId }) =>
      ask(
        {
          method: 'GET',
          path: '/api/credit-transactions',
          query: { customer_id: customerId, meter_id: meterId, page: '1', pageSize: String(PAGE_SIZE) },
        },
        transactionListSchema,
      ),
    tell: (event) => tell(ask, event),
  };
}

async function allGrants(ask: Ask, { customerId, currencyId }: CreditOf): Promise<readonly KitGrant[]> {
  const found: KitGrant[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const query = { customer_id: customerId, currency_id: currencyId, page: String(page), pageSize: String(PAGE_SIZE) };
    const { list } = await ask({ method: 'GET', path: '/api/credit-grants', query }, grantListSchema);
    // What a filter that is not understood lets through is somebody else's.
    found.push(...list.filter((each) => each.customer_id === customerId && each.currency_id === currencyId));
    if (list.length < PAGE_SIZE) break;
  }
  return found;
}

async function balance(ask: Ask, { customerId, currencyId, places }: CreditOf & { readonly places: number }) {
  const query = { customer_id: customerId };
  const summary = await ask({ method: 'GET', path: '/api/credit-grants/summary', query }, summarySchema);
  const credits = (text: string): NanoCredits => creditsOfUnits(BigInt(text), places);
  const pending = await pendingUnits(ask, { customerId, currencyId });
  const remainingNano = credits(summary[currencyId]?.remainingAmount ?? '0');
  return { remainingNano, pendingNano: credits(pending), pendingUnits: pending };
}

async function pendingUnits(ask: Ask, { customerId, currencyId }: CreditOf): Promise<string> {
  const query = { customer_id: customerId };
  const pending = await ask({ method: 'GET', path: '/api/meter-events/pending-amount', query }, pendingSchema);
  return pending[currencyId] ?? '0';
}

async function tell(ask: Ask, { meter, customerId, value, identifier, atMs }: MeterEvent): Promise<'taken' | 'known'> {
  const body = {
    event_name: meter,
    timestamp: Math.floor(atMs / 1000),
    payload: { customer_id: customerId, value },
    identifier,
  };
  try {
    await ask({ method: 'POST', path: '/api/meter-events', body }, z.unknown());
    return 'taken';
  } catch (error) {
    if (error instanceof KitRefusal && isAboutKnownIdentifier(error)) return 'known';
    throw error;
  }
}

/** How it refuses an identifier that it has: by a status of its own, or in words. */
function isAboutKnownIdentifier({ status, message }: KitRefusal): boolean {
  if (status === 409) return true;
  return status === 400 && /identifier/i.test(message) && /exist|unique|duplicate|already/i.test(message);
}

async function call<Schema extends z.ZodType>(
  input: KitClientInput,
  { method, path, query: asked = {}, body }: Asked,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { address, mode, identity, now } = input;
  const query = { ...asked, livemode: String(mode === 'live') };
  const url = new URL(`${address.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const request = { method, path: url.pathname, query, body };
  const answer = await input.fetch(url.href, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...proofOf(identity, request, now()),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new KitRefusal(answer.status, text);
  const read = schema.safeParse(parseJsonOrUndefined(text));
  if (!read.success) throw new GatewayError('upstream.invalid_answer', { cause: read.error });
  return read.data;
}

function proofOf(
  identity: KitIdentity,
  request: Parameters<typeof canonicalText>[0],
  nowMs: number,
): Readonly<Record<string, string>> {
  if (identity.kind === 'bearer') return { authorization: `Bearer ${identity.token}` };
  const iat = Math.floor(nowMs / 1000);
  const time = { iat, exp: iat + SIGNATURE_LASTS_SECONDS };
  return {
    'x-component-did': identity.did,
    'x-component-sig': signText(canonicalText(request, time), identity.key.secret),
    'x-component-sig-iat': String(time.iat),
    'x-component-sig-exp': String(time.exp),
    'x-component-sig-version': '1',
  };
}
