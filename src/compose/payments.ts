import { CONTROL_PREFIX } from '../controlplane/http.ts';
import type { PaymentServices } from '../controlplane/payments/payment-services.ts';
import type { Job } from '../jobs/scheduler.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { NotificationKindName } from '../notifications/catalogue.ts';
import { messageBody } from '../notifications/message.ts';
import { createPaymentAccounts } from '../payments/accounts.ts';
import { writeAmount } from '../payments/currency.ts';
import type { TellStopped } from '../payments/ports.ts';
import { createPurchases } from '../payments/purchases.ts';
import { createStripe } from '../payments/stripe/stripe.ts';
import { createTopUps } from '../payments/top-ups.ts';
import type { Core } from './core.ts';
import { kitEventsAddress, paymentKitOf } from './payment-kit.ts';
import { paymentLedger } from './payment-ledger.ts';

const CHECK_MS = 60_000;
const TOP_UP_MS = 5000;

/** Joins the sale of credit to the ledger, the store and the services that take payments. */
export function paymentServices(core: Core): PaymentServices {
  const { settings, store, ledger, vault, newId, clock, logger, baseUrl } = core;
  const accounts = createPaymentAccounts({
    store: store.paymentAccounts,
    vault: { seal: async (...input) => vault.seal(...input), open: vault.open },
    methods: {
      stripe: createStripe({ address: settings.payments.stripeUrl, fetch: core.signInFetch, now: clock.now }),
    },
    now: clock.now,
  });
  const sale = async () => (await store.installation.get()).creditSale;
  const isSelling = (): boolean => core.snapshot.current.charging !== undefined;
  const tellStopped = tellerOfStops(core);
  const purchases = createPurchases({
    accounts,
    isSelling,
    store: store.purchases,
    events: store.paymentEvents,
    notes: store.creditNotes,
    issuer: async () => (await store.installation.get()).issuer,
    sale,
    stopTopUp: store.autoTopUps.stop,
    tellStopped,
    noteCard: (scope) => topUps.noteCard(scope),
    ledger: paymentLedger(ledger),
    newId,
    now: clock.now,
    warn: (about, message) => logger.warn(about, message),
  });
  const topUps = createTopUps({
    accounts,
    isSelling,
    store: store.autoTopUps,
    tellStopped,
    sale,
    purchases,
    newId,
    now: clock.now,
    warn: (about, message) => logger.warn(about, message),
  });
  return {
    ...purchases,
    topUps,
    kit: paymentKitOf(core),
    accounts,
    read: store.purchases,
    events: store.paymentEvents.list,
    sale,
    setSale: async (creditSale) => {
      const { revision, ...present } = await store.installation.get();
      if (!(await store.installation.update({ ...present, creditSale }, revision))) {
        throw new GatewayError('resource.changed');
      }
    },
    eventsAddress: (method) => `${baseUrl()}${CONTROL_PREFIX}/payments/${method}/events`,
    kitEventsAddress: () => kitEventsAddress(core),
    returnUrl: (organizationId, purchaseId, how) => {
      const page = `${baseUrl()}/dashboard/${organizationId}/credit?tab=buy`;
      return how === 'done' ? `${page}&purchase=${purchaseId}` : page;
    },
    cardUrl: (organizationId, how) => {
      const page = `${baseUrl()}/dashboard/${organizationId}/credit?tab=buy`;
      return how === 'done' ? `${page}&card=entered` : page;
    },
  };
}

/** Raises that no more credit is bought by itself: once for each purchase that failed, or day that is full. */
export function tellerOfStops({
  store,
  newId,
  clock,
}: Pick<Core, 'store' | 'newId'> & { readonly clock: Pick<Core['clock'], 'now'> }): TellStopped {
  return async ({ organizationId, cause, about, currency, amountMinor }) => {
    const data = { cause, amount: writeAmount(amountMinor, currency), currency };
    const kind = 'credit.top_up_stopped' satisfies NotificationKindName;
    const raisedAt = clock.now();
    const notification = { id: newId('ntf'), organizationId, kind, subject: organizationId, data, raisedAt };
    const raising = { notification, holds: `top-up ${organizationId} ${about}`, body: messageBody(notification) };
    await store.notifications.raise([raising], () => newId('whd'));
  };
}

/** Purchases that no message has told of, and what a process that died has left of one. */
export function paymentJobs(core: Core): readonly Job[] {
  const { checkDue, topUps } = paymentServices(core);
  return [
    { name: 'payments.check', everyMs: CHECK_MS, run: checkDue },
    { name: 'payments.top-up', everyMs: TOP_UP_MS, run: topUps.topUpLow },
  ];
}
