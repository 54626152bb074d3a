import type { PaymentAccounts } from '../../payments/accounts.ts';
import type { PaymentKit } from '../../payments/payment-kit/payment-kit.ts';
import type { PaymentEventStore, PurchaseStore } from '../../payments/ports.ts';
import type { Purchases } from '../../payments/purchases.ts';
import type { TopUps } from '../../payments/top-ups.ts';
import type { CreditSale, PaymentMethodName } from '../../protocol/payments.ts';

/** How credit is sold, and what is bought. */
export type PaymentServices = Purchases & {
  readonly topUps: TopUps;
  readonly kit: PaymentKit;
  readonly accounts: Omit<PaymentAccounts, 'service'>;
  readonly read: Pick<PurchaseStore, 'list' | 'get' | 'listAll'>;
  readonly events: PaymentEventStore['list'];
  readonly sale: () => Promise<CreditSale | undefined>;
  /** @throws resource.changed */
  readonly setSale: (sale: CreditSale | undefined) => Promise<void>;
  /** Where a service sends its messages. */
  readonly eventsAddress: (method: PaymentMethodName) => string;
  readonly kitEventsAddress: () => string;
  /** Where who has entered a card comes back to, or who turned back. */
  readonly cardUrl: (organizationId: string, how: 'done' | 'back') => string;
  /** Where who has paid comes back to, or who turned back. */
  readonly returnUrl: (organizationId: string, purchaseId: string, how: 'done' | 'back') => string;
};
