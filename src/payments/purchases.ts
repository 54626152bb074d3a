import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { lessCredits, type NanoCredits, shareOfCredits } from '../kernel/money.ts';
import type { Issuer } from '../protocol/credit-notes.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { EventOutcome, PaymentFacts, PaymentMethodName, Purchase } from '../protocol/payments.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { PaymentAccounts } from './accounts.ts';
import { type Checkout, PaymentMismatch, type PaymentNews } from './contract.ts';
import { FIRST_CHECK_MS, newPurchase } from './new-purchase.ts';
import type {
  AutoTopUpStore,
  CreditNoteStore,
  PaymentEventStore,
  PaymentLedger,
  PurchaseStore,
  SaleSource,
  TellStopped,
} from './ports.ts';
import { priceOf, type Wanted } from './sale.ts';

const MINUTE_MS = 60_000;
const CHECK_MS_MAX = 6 * 60 * MINUTE_MS;
/** Some two weeks: a page can be paid on for a day, and a transfer takes days to come. */
const CHECKS_MAX = 60;
const DUE_MAX = 50;

export type BuyInput = Wanted &
  Pick<Checkout, 'locale' | 'email'> & {
    readonly method: PaymentMethodName;
    readonly buyerId: string | undefined;
    /** Where the buyer comes back to; told which purchase it was. */
    readonly returnUrl: (purchaseId: string, how: 'done' | 'back') => string;
  };

/** Credits that are bought. */
export type Purchases = {
  /** Begins a purchase, and says where it is paid. @throws GatewayError `payment.…`, `request.invalid` */
  readonly buy: (
    scope: OrganizationScope,
    input: BuyInput,
  ) => Promise<{ readonly purchase: Purchase; readonly url: string }>;
  /** Takes a message of a service. Whatever is thrown, the service sends it again. @throws GatewayError */
  readonly receive: (
    method: PaymentMethodName,
    message: { readonly body: string; readonly signature: string | undefined },
  ) => Promise<void>;
  /** Asks the service how a purchase stands, and does what follows. @throws GatewayError `resource.not_found` */
  readonly check: (id: string) => Promise<Purchase>;
  /** Writes down what the service has just said of a purchase, and does what follows. */
  readonly take: (purchase: Purchase, facts: PaymentFacts) => Promise<Purchase>;
  /** Looks after what no message has told of, and what a process that died has left. */
  readonly checkDue: (signal: AbortSignal) => Promise<void>;
};

export type PurchasesInput = {
  readonly accounts: Pick<PaymentAccounts, 'service'>;
  /** Whether calls cost credit now; what was bought before is paid and given either way. */
  readonly isSelling: () => boolean;
  readonly store: PurchaseStore;
  readonly events: PaymentEventStore;
  readonly notes: Pick<CreditNoteStore, 'write'>;
  /** Who sells, as notes name it. */
  readonly issuer: () => Promise<Issuer | undefined>;
  readonly sale: SaleSource;
  /** A saved card that does not pay is not asked again. */
  readonly stopTopUp: AutoTopUpStore['stop'];
  readonly tellStopped: TellStopped;
  /** An organization may have entered a card. */
  readonly noteCard: (scope: OrganizationScope) => Promise<unknown>;
  readonly ledger: PaymentLedger;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly purchaseId: string; readonly err: unknown }, message: string) => void;
};

export function createPurchases(input: PurchasesInput): Purchases {
  const { store } = input;
  /** A service that says the same several times at once is asked once. */
  const underWay = new Map<string, Promise<Purchase>>();
  const together = (purchase: Purchase): Promise<Purchase> => {
    const known = underWay.get(purchase.id);
    if (known !== undefined) return known;
    const begun = check(input, purchase).finally(() => underWay.delete(purchase.id));
    underWay.set(purchase.id, begun);
    return begun;
  };
  return {
    buy: (scope, wanted) => buy(input, scope, wanted),
    receive: (method, message) => receive(input, together, method, message),
    check: async (id) => {
      const purchase = await store.find(id);
      if (purchase === undefined) throw new GatewayError('resource.not_found');
      return together(purchase);
    },
    take: (purchase, facts) => take(input, purchase, facts),
    checkDue: async (signal) => {
      for (const purchase of await store.due(input.now(), DUE_MAX)) {
        if (signal.aborted) return;
        try {
          await together(purchase);
        } catch (err) {
          input.warn({ purchaseId: purchase.id, err }, 'how a purchase stands is not known yet; it is asked again');
          await store.postpone(purchase.id, nextCheckOf(input.now(), purchase));
        }
      }
    },
  };
}

async function buy(input: PurchasesInput, { organizationId }: OrganizationScope, wanted: BuyInput) {
  const { accounts, store, newId, now } = input;
  if (!input.isSelling()) throw new GatewayError('payment.unavailable');
  const sale = await input.sale();
  const priced = priceOf(sale, wanted);
  const service = await accounts.service(wanted.method);
  const id = newId('pu');
  const purchase = newPurchase({
    ids: { id, grantId: newId('gr') },
    organizationId,
    cause: 'checkout',
    method: wanted.method,
    mode: service.mode,
    currency: wanted.currency,
    priced,
    lastsDays: sale?.lastsDays,
    card: undefined,
    buyerId: wanted.buyerId,
    at: now(),
  });
  // Written first: whatever the buyer pays, the hub knows what for.
  await store.insert(purchase);
  const { sessionId, url } = await service.open({
    purchase,
    successUrl: wanted.returnUrl(id, 'done'),
    cancelUrl: wanted.returnUrl(id, 'back'),
    locale: wanted.locale,
    email: wanted.email,
  });
  await store.noteSession(id, sessionId);
  return { purchase: { ...purchase, sessionId }, url };
}

async function receive(
  { accounts, store, events, noteCard, newId, now, warn }: PurchasesInput,
  checkTogether: (purchase: Purchase) => Promise<Purchase>,
  method: PaymentMethodName,
  message: Parameters<Purchases['receive']>[1],
): Promise<void> {
  const news = (await accounts.service(method)).read(message);
  if (await events.has(method, news.id)) return;
  const purchase = await purchaseOf(store, method, news);
  const outcome = await outcomeOf(purchase);
  const { id: eventId, type, mode } = news;
  const id = newId('pev');
  await events.add({ id, method, eventId, type, mode, purchaseId: purchase?.id, outcome, receivedAt: now() });

  async function outcomeOf(about: Purchase | undefined): Promise<EventOutcome> {
    if (about === undefined && news.cardOf === undefined) return 'ignored';
    try {
      if (about !== undefined) await checkTogether(about);
      else if (news.cardOf !== undefined) await noteCard({ organizationId: news.cardOf });
      return 'applied';
    } catch (err) {
      if (!(err instanceof PaymentMismatch)) throw err;
      warn({ purchaseId: about?.id ?? '', err }, 'a payment is not for what was bought; nothing is given for it');
      return 'mismatched';
    }
  }
}

/** Other programs may use the same account: what they sell is nothing that is known here. */
async function purchaseOf(
  store: PurchaseStore,
  method: PaymentMethodName,
  { purchaseId, paymentId }: PaymentNews,
): Promise<Purchase | undefined> {
  const named = purchaseId === undefined ? undefined : await store.find(purchaseId);
  if (named !== undefined) return named.method === method ? named : undefined;
  return paymentId === undefined ? undefined : store.findByPayment(method, paymentId);
}

/** What the service knows is written down, then credit follows it; each step is found done by whoever comes again. */
async function check(input: PurchasesInput, purchase: Purchase): Promise<Purchase> {
  return take(input, purchase, await (await input.accounts.service(purchase.method)).look(purchase));
}

async function take(input: PurchasesInput, purchase: Purchase, facts: PaymentFacts): Promise<Purchase> {
  const { store, stopTopUp, now } = input;
  const { organizationId, card } = purchase;
  if (facts.stoppedBy !== undefined && card !== undefined) {
    const { id: about, currency, amountMinor } = purchase;
    // Told before the purchase is over: whoever comes again after a failure tells it once more, and it is heard once.
    if (await stopTopUp(organizationId, { cardId: card.cardId, stoppedBy: facts.stoppedBy })) {
      await input.tellStopped({ organizationId, cause: facts.stoppedBy, about, currency, amountMinor });
    }
  }
  const at = now();
  const isOpen = facts.state === 'open' && purchase.state !== 'paid';
  const nextCheckAt = isOpen ? nextCheckOf(at, purchase) : undefined;
  const settled = await store.settle(purchase.id, { ...facts, at, nextCheckAt });
  if (settled === undefined) throw new GatewayError('resource.not_found');
  const granted = await grant(input, settled);
  const reversed = await reverse(input, granted);
  // Last, since a note says what was taken back.
  if (reversed.refundedMinor === reversed.notedMinor) return reversed;
  await input.notes.write(reversed.id, { at, issuer: await input.issuer() });
  return { ...reversed, notedMinor: reversed.refundedMinor };
}

function nextCheckOf(now: number, { checks }: Purchase): number | undefined {
  return checks >= CHECKS_MAX ? undefined : now + Math.min(FIRST_CHECK_MS * 2 ** checks, CHECK_MS_MAX);
}

async function grant({ ledger, store }: PurchasesInput, purchase: Purchase): Promise<Purchase> {
  if (purchase.state !== 'paid' || purchase.isGranted) return purchase;
  await ledger.give({
    id: purchase.grantId,
    organizationId: purchase.organizationId,
    accountId: accountOf(purchase),
    name: purchase.name,
    amountNano: purchase.creditsNano,
    expiresAt: purchase.grantExpiresAt,
    actorId: purchase.buyerId,
    reason: purchase.id,
  });
  await store.noteGranted(purchase.id);
  return { ...purchase, isGranted: true };
}

/** Takes back what belongs to money that went back, as far as it is free; or gives it again. */
async function reverse(input: PurchasesInput, purchase: Purchase): Promise<Purchase> {
  const { ledger, store, now } = input;
  if (!purchase.isGranted) return purchase;
  const { grantId, reversedNano, reversals } = purchase;
  const totalNano = owedBack(purchase);
  if (totalNano === reversedNano) return purchase;
  const of = { grantId, number: reversals, accountId: accountOf(purchase) };
  const outcome = await ledger.reverse({ ...of, totalNano, reason: purchase.id });
  if (!outcome.isPosted) {
    // The rest was used, or calls hold it, of which some may come back.
    await store.postpone(purchase.id, nextCheckOf(now(), purchase));
    return purchase;
  }
  await store.noteReversed(purchase.id, { number: reversals, totalNano: outcome.totalNano });
  return reverse(input, { ...purchase, reversedNano: outcome.totalNano, reversals: reversals + 1 });
}

/** Credits that belong to money that went back. */
function owedBack({ creditsNano, returnedMinor, amountMinor }: Purchase): NanoCredits {
  return shareOfCredits(creditsNano, returnedMinor, amountMinor);
}

/** What of them could not be taken back yet: it was used, or calls hold it. */
export function unrecoveredOf(purchase: Purchase): NanoCredits {
  return lessCredits(owedBack(purchase), purchase.reversedNano);
}

function accountOf({ organizationId }: Purchase): AccountId {
  return `organization/${organizationId}`;
}
