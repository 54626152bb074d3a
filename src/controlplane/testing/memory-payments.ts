import { paymentLedger } from '../../compose/payment-ledger.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { createPaymentAccounts } from '../../payments/accounts.ts';
import type { PaymentMethod } from '../../payments/contract.ts';
import { createPurchases } from '../../payments/purchases.ts';
import { stripeModeOf } from '../../payments/stripe/secrets.ts';
import { MemoryPayments } from '../../payments/testing/memory-stores.ts';
import { createTopUps } from '../../payments/top-ups.ts';
import type { CreditSale } from '../../protocol/payments.ts';
import type { PaymentServices } from '../payments/payment-services.ts';
import { memoryPaymentKit } from './memory-payment-kit.ts';
import type { MemoryState } from './memory-state.ts';

/** The real services over stores in memory, and a service that has taken no payment yet. */
export function paymentServices({ ledger: rows }: MemoryState, newId: (prefix: string) => string): PaymentServices {
  const stores = new MemoryPayments();
  let sale: CreditSale | undefined;
  const accounts = createPaymentAccounts({
    store: stores.accounts,
    vault: { seal: async (secret) => `sealed ${secret}`, open: (sealed) => sealed.slice('sealed '.length) },
    methods: { stripe: STRIPE },
    now: () => rows.nowMs,
  });
  const purchases = createPurchases({
    accounts,
    isSelling: () => true,
    notes: stores.creditNotes,
    issuer: async () => undefined,
    stopTopUp: stores.topUps.stop,
    tellStopped: async () => undefined,
    noteCard: async () => undefined,
    store: stores.purchases,
    events: stores.events,
    sale: async () => sale,
    ledger: paymentLedger(new Ledger({ store: rows, overloaded: () => new Error('too much at once') })),
    newId,
    now: () => rows.nowMs,
    warn: () => undefined,
  });
  const topUps = createTopUps({
    accounts,
    isSelling: () => true,
    store: stores.topUps,
    tellStopped: async () => undefined,
    sale: async () => sale,
    purchases,
    newId,
    now: () => rows.nowMs,
    warn: () => undefined,
  });
  return {
    ...purchases,
    topUps,
    kit: memoryPaymentKit(),
    kitEventsAddress: () => 'https://hub.example.com/control/v1/payments/payment-kit/events',
    accounts,
    read: stores.purchases,
    events: stores.events.list,
    sale: async () => sale,
    setSale: async (wanted) => {
      sale = wanted;
    },
    eventsAddress: (method) => `https://hub.example.com/control/v1/payments/${method}/events`,
    cardUrl: (organizationId) => `https://hub.example.com/dashboard/${organizationId}/credit?tab=buy`,
    returnUrl: (organizationId) => `https://hub.example.com/dashboard/${organizationId}/credit?tab=buy`,
  };
}

const STRIPE: PaymentMethod = {
  address: 'https://api.stripe.com',
  modeOf: stripeModeOf,
  connect: async () => ({
    open: async ({ purchase }) => ({ sessionId: `cs_${purchase.id}`, url: `https://pay.example.com/${purchase.id}` }),
    look: async ({ paymentId, returnedMinor }) => ({ state: 'open', paymentId, returnedMinor }),
    read: ({ body }) => ({
      id: body,
      type: 'test',
      mode: 'test',
      purchaseId: undefined,
      paymentId: undefined,
      cardOf: undefined,
    }),
    openCardPage: async ({ setupId }) => ({ sessionId: `cs_${setupId}`, url: `https://pay.example.com/${setupId}` }),
    cardOf: async () => ({ customerId: 'cus_1', cardId: 'pm_1', label: 'visa …4242' }),
    charge: async ({ id, returnedMinor }) => ({ state: 'paid', paymentId: `pi_${id}`, returnedMinor }),
  }),
};
