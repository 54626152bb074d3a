import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { parseJsonOrUndefined } from '../../kernel/json.ts';
import type { PaymentMode } from '../../protocol/payments.ts';
import type { ConnectedKit } from './account.ts';
import { canonicalText, isSignedBy, SIGNATURE_LASTS_SECONDS } from './signature.ts';

/** How far the clocks of both may be apart. */
const SKEW_SECONDS = 60;

/** Events after which a customer may have other grants. */
const ABOUT_GRANTS: ReadonlySet<string> = new Set([
  'customer.credit_grant.granted',
  'customer.credit_grant.updated',
  'customer.credit_grant.depleted',
  'checkout.session.completed',
  'invoice.paid',
  'refund.succeeded',
]);

/** Events of credit that was used, by whomever. */
const ABOUT_USE: ReadonlySet<string> = new Set([
  'customer.credit_grant.consumed',
  'customer.credit_transaction.created',
  'customer.credit.low_balance',
  'customer.credit.insufficient',
]);

/** A message as it came, with the headers that are about its signature. */
export type KitMessage = {
  readonly body: string;
  readonly signature: string | undefined;
  readonly iat: string | undefined;
  readonly exp: string | undefined;
  /** The path of the address that the service was told to call. */
  readonly path: string;
};

/** A message that has proved to be Payment Kit's own: whom it is about, none of what it says. */
export type KitNews = {
  readonly id: string;
  readonly type: string;
  readonly mode: PaymentMode;
  /** What may be other now: which grants a customer has, or what of them is left. */
  readonly about: 'grants' | 'use' | undefined;
  /** Payment Kit's own id of that customer. */
  readonly customerId: string | undefined;
};

const eventSchema = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  livemode: z.boolean(),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
});

/**
 * @throws GatewayError `payment.event_unverified` without a signature, or where it is of the other mode or no event;
 * `payment.event_forged` for a signature that is not the service's, or not of this time
 */
export function readKitMessage(
  { publicKey, mode }: Pick<ConnectedKit, 'publicKey' | 'mode'>,
  { body, signature, iat, exp, path }: KitMessage,
  nowMs: number,
): KitNews {
  if (signature === undefined || signature === '') throw new GatewayError('payment.event_unverified');
  const json = parseJsonOrUndefined(body);
  const time = { iat: secondsOf(iat), exp: secondsOf(exp) };
  const text = canonicalText({ method: 'POST', path, query: {}, body: json }, time);
  if (!isOfNow(time, nowMs / 1000) || !isSignedBy(text, signature, publicKey)) {
    throw new GatewayError('payment.event_forged');
  }
  const read = eventSchema.safeParse(json);
  if (!read.success) throw new GatewayError('payment.event_unverified', { cause: read.error });
  const { id, type, livemode, data } = read.data;
  const found: PaymentMode = livemode ? 'live' : 'test';
  if (found !== mode) {
    throw new GatewayError('payment.event_unverified', {
      message: `The message is of ${found} mode, and the hub takes payments in ${mode} mode.`,
    });
  }
  const about = ABOUT_GRANTS.has(type) ? 'grants' : ABOUT_USE.has(type) ? 'use' : undefined;
  return { id, type, mode, about, customerId: about && customerOf(data.object) };
}

function isOfNow({ iat, exp }: { readonly iat: number; readonly exp: number }, now: number): boolean {
  return exp >= now && iat <= now + SKEW_SECONDS && exp - iat <= SIGNATURE_LASTS_SECONDS;
}

/** What is no time is no time at which anything is good. */
function secondsOf(text: string | undefined): number {
  return /^\d{1,12}$/.test(text ?? '') ? Number(text) : 0;
}

function customerOf(object: Readonly<Record<string, unknown>>): string | undefined {
  const { customer_id: id, customer } = object;
  if (typeof id === 'string') return id;
  if (typeof customer === 'string') return customer;
  const nested = typeof customer === 'object' && customer !== null && 'id' in customer ? customer.id : undefined;
  return typeof nested === 'string' ? nested : undefined;
}
