import type { PaymentFacts, PaymentMode, Purchase, SavedCard } from '../protocol/payments.ts';

/** What a service asks for to know the hub: a key to call it with, and what its messages are signed with. */
export type PaymentSecrets = { readonly secretKey: string; readonly webhookSecret: string };

export type Checkout = {
  readonly purchase: Purchase;
  /** Where the page leads after it, and where who turns back comes to. */
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** In which language the page speaks. */
  readonly locale: string;
  readonly email: string | undefined;
};

export type CardPage = Pick<Checkout, 'successUrl' | 'cancelUrl' | 'locale'> & {
  readonly organizationId: string;
  /** What is to be paid in with it. */
  readonly currency: string;
  /** Whose card it is to be, where the service knows the organization already. */
  readonly customerId: string | undefined;
  /** Told apart from other pages of the organization's. */
  readonly setupId: string;
};

/** A message that has proved to be the service's own: what it names, none of what it says. */
export type PaymentNews = {
  readonly id: string;
  readonly type: string;
  readonly mode: PaymentMode;
  readonly purchaseId: string | undefined;
  readonly paymentId: string | undefined;
  /** The organization that has entered a card. */
  readonly cardOf: string | undefined;
};

/**
 * A service that takes payments, as the hub is known to it. Whatever a message says, it is {@link look} that decides: so
 * messages may come twice, late, in any order or never.
 */
export type PaymentService = {
  /** Makes the page where a purchase is paid. The same purchase has the same page. @throws GatewayError `payment.refused` */
  readonly open: (checkout: Checkout) => Promise<{ readonly sessionId: string; readonly url: string }>;
  /** Makes the page where a card is entered that the hub may charge later, for an organization. */
  readonly openCardPage: (page: CardPage) => Promise<{ readonly sessionId: string; readonly url: string }>;
  /** The card that was entered there; `undefined`: none yet. */
  readonly cardOf: (sessionId: string) => Promise<(SavedCard & { readonly label: string }) | undefined>;
  /**
   * Has a saved card pay for a purchase, while its owner is elsewhere: once, however often it is asked within the day.
   * @throws GatewayError `payment.refused` where it is not known whether the card has paid
   */
  readonly charge: (purchase: Purchase) => Promise<PaymentFacts>;
  /** How a purchase stands. @throws GatewayError `payment.refused`; PaymentMismatch */
  readonly look: (purchase: Purchase) => Promise<PaymentFacts>;
  /** @throws GatewayError `payment.event_unverified` for what the service did not sign, or not lately */
  readonly read: (message: { readonly body: string; readonly signature: string | undefined }) => PaymentNews;
};

/** Another way to take payments is a folder that gives this. */
export type PaymentMethod = {
  /** Where the service is called. */
  readonly address: string;
  /** Which mode the secrets are of. @throws GatewayError `request.invalid` for what cannot be the service's secrets */
  readonly modeOf: (secrets: PaymentSecrets) => PaymentMode;
  readonly connect: (secrets: PaymentSecrets) => Promise<PaymentService>;
};

/** What was paid is not what was bought: another amount, currency or mode. Nothing is given for it. */
export class PaymentMismatch extends Error {
  override readonly name = 'PaymentMismatch';
}
