import { invalid } from '../../kernel/invalid.ts';
import type { PaymentMode } from '../../protocol/payments.ts';
import type { PaymentSecrets } from '../contract.ts';

/** Secret and restricted keys, which say themselves whether money moves: https://docs.stripe.com/keys */
const SECRET_KEY = /^(?:sk|rk)_(test|live)_[A-Za-z0-9_]{8,250}$/;
/** https://docs.stripe.com/webhooks#verify-official-libraries */
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/=_]{16,250}$/;

/** @throws GatewayError `request.invalid` */
export function stripeModeOf({ secretKey, webhookSecret }: PaymentSecrets): PaymentMode {
  const [, mode] = SECRET_KEY.exec(secretKey) ?? [];
  if (mode !== 'test' && mode !== 'live') {
    throw invalid('secret_key', 'is no secret or restricted key of Stripe (`sk_…` or `rk_…`).');
  }
  // Without one, anybody could say that something is paid.
  if (!WEBHOOK_SECRET.test(webhookSecret)) {
    throw invalid('webhook_secret', 'is no signing secret of a Stripe webhook (`whsec_…`).');
  }
  return mode;
}
