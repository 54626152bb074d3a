import { minorUnits, NO_MINOR, nanoCredits } from '../../kernel/money.ts';
import type { CreditNote } from '../../protocol/credit-notes.ts';
import type { AutoTopUp, PaymentAccount, PaymentEvent, PaymentServiceName, Purchase } from '../../protocol/payments.ts';
import type {
  AutoTopUpStore,
  CreditNoteStore,
  Page,
  PaymentAccountStore,
  PaymentEventStore,
  PurchaseStore,
} from '../ports.ts';

/** The stores of payments in memory, which do what the real ones do. */
export class MemoryPayments {
  readonly #purchases = new Map<string, Purchase>();
  readonly #events: PaymentEvent[] = [];
  readonly #accounts = new Map<string, PaymentAccount<PaymentServiceName>>();
  readonly #topUps = new Map<string, AutoTopUp>();
  /** What the organizations' accounts have. */
  availableOf: (organizationId: string) => bigint = () => 0n;

  readonly purchases: PurchaseStore = {
    insert: async (purchase) => void this.#purchases.set(purchase.id, purchase),
    find: async (id) => this.#purchases.get(id),
    findByPayment: async (method, paymentId) =>
      [...this.#purchases.values()].find((each) => each.method === method && each.paymentId === paymentId),
    noteSession: async (id, sessionId) => void this.#change(id, { sessionId }),
    settle: async (id, { state, paymentId, returnedMinor, refundedMinor = NO_MINOR, at, nextCheckAt }) => {
      const before = this.#purchases.get(id);
      if (before === undefined) return undefined;
      const isPaid = before.state === 'paid' || state === 'paid';
      return this.#change(id, {
        state: isPaid ? 'paid' : state,
        paidAt: isPaid ? (before.paidAt ?? at) : undefined,
        paymentId: paymentId ?? before.paymentId,
        returnedMinor,
        refundedMinor,
        ...next(before, nextCheckAt),
      });
    },
    noteGranted: async (id) => void this.#change(id, { isGranted: true }),
    noteReversed: async (id, { number, totalNano }) => {
      if (this.#purchases.get(id)?.reversals !== number) return false;
      this.#change(id, { reversedNano: totalNano, reversals: number + 1 });
      return true;
    },
    postpone: async (id, nextCheckAt) => {
      const before = this.#purchases.get(id);
      if (before !== undefined) this.#change(id, next(before, nextCheckAt));
    },
    due: async (now, limit) =>
      [...this.#purchases.values()]
        .filter(
          ({ state, isGranted, nextCheckAt, refundedMinor, notedMinor }) =>
            refundedMinor !== notedMinor ||
            (state === 'paid' && !isGranted) ||
            (nextCheckAt !== undefined && nextCheckAt <= now),
        )
        .slice(0, limit),
    list: async ({ organizationId }, page) => this.#newest(page, (each) => each.organizationId === organizationId),
    get: async ({ organizationId }, id) => {
      const found = this.#purchases.get(id);
      return found?.organizationId === organizationId ? found : undefined;
    },
    listAll: async ({ organizationId, state }, page) =>
      this.#newest(
        page,
        (each) =>
          (organizationId === undefined || each.organizationId === organizationId) &&
          (state === undefined || each.state === state),
      ).map((each) => ({ ...each, organizationName: each.organizationId })),
  };

  readonly events: PaymentEventStore = {
    has: async (method, eventId) => this.#events.some((event) => event.method === method && event.eventId === eventId),
    add: async (event) => {
      if (!(await this.events.has(event.method, event.eventId))) this.#events.push(event);
    },
    list: async ({ limit, afterId }) =>
      this.#events
        .toReversed()
        .filter(({ id }) => afterId === undefined || id < afterId)
        .slice(0, limit),
  };

  readonly notes: CreditNote[] = [];
  readonly creditNotes: CreditNoteStore = {
    write: async (purchaseId, { at, issuer }) => {
      const purchase = this.#purchases.get(purchaseId);
      if (purchase === undefined || purchase.refundedMinor === purchase.notedMinor) return;
      const { organizationId, currency, name, amountMinor, paidAt, refundedMinor, notedMinor, reversedNano } = purchase;
      const noted = this.notes
        .filter((note) => note.purchaseId === purchaseId)
        .reduce((sum, { creditsNano }) => sum + creditsNano, 0n);
      this.notes.push({
        number: this.notes.length + 1,
        organizationId,
        purchaseId,
        currency,
        amountMinor: minorUnits(refundedMinor - notedMinor),
        creditsNano: nanoCredits(reversedNano - noted),
        issuedAt: at,
        issuer,
        customer: organizationId,
        purchase: { name, amountMinor, paidAt },
      });
      this.#change(purchaseId, { notedMinor: refundedMinor });
    },
    list: async ({ organizationId }) =>
      this.notes.filter((note) => note.organizationId === organizationId).toReversed(),
    get: async ({ organizationId }, number) =>
      this.notes.find((note) => note.organizationId === organizationId && note.number === number),
  };

  readonly topUps: AutoTopUpStore = {
    get: async ({ organizationId }) => this.#topUps.get(organizationId),
    put: async (topUp, ifRevision) => {
      if (this.#topUps.get(topUp.organizationId)?.revision !== ifRevision) return false;
      this.#topUps.set(topUp.organizationId, topUp);
      return true;
    },
    stop: async (organizationId, { cardId, stoppedBy }) => {
      const before = this.#topUps.get(organizationId);
      if (before?.card?.cardId !== cardId) return false;
      this.#topUps.set(organizationId, { ...before, stoppedBy, revision: before.revision + 1 });
      return true;
    },
    low: async () => [...this.#topUps.values()].filter((each) => this.#isLow(each)),
    isLow: async (organizationId) => this.#isLow(this.#topUps.get(organizationId)),
    begin: async (purchase, dayBegan) => {
      const topUp = this.#topUps.get(purchase.organizationId);
      if (topUp === undefined || !topUp.enabled || topUp.stoppedBy !== undefined) return 'off';
      const all = [...this.#purchases.values()].filter(
        ({ organizationId, cause }) => organizationId === purchase.organizationId && cause === 'top_up',
      );
      if (all.some(({ state, isGranted }) => state === 'open' || (state === 'paid' && !isGranted))) return 'busy';
      const paid = all
        .filter(({ state, createdAt }) => state === 'paid' && createdAt > dayBegan)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
      if (paid + purchase.amountMinor > topUp.dayMostMinor) return 'capped';
      this.#purchases.set(purchase.id, purchase);
      return 'begun';
    },
    lastBegun: async ({ organizationId }) =>
      this.#newest(
        { limit: 1, afterId: undefined },
        (each) => each.organizationId === organizationId && each.cause === 'top_up',
      )[0]?.id,
    drop: async (id) => void this.#purchases.delete(id),
  };

  readonly accounts: PaymentAccountStore = {
    // What lies under a name was put there with it.
    get: async <Name extends PaymentServiceName>(method: Name) =>
      this.#accounts.get(method) as PaymentAccount<Name> | undefined,
    put: async (account, ifRevision) => {
      if (this.#accounts.get(account.method)?.revision !== ifRevision) return false;
      this.#accounts.set(account.method, account);
      return true;
    },
    remove: async (method) => this.#accounts.delete(method),
  };

  #isLow(topUp: AutoTopUp | undefined): boolean {
    if (topUp?.card === undefined || !topUp.enabled || topUp.stoppedBy !== undefined) return false;
    return this.availableOf(topUp.organizationId) < topUp.belowNano;
  }

  #change(id: string, change: Partial<Purchase>): Purchase | undefined {
    const before = this.#purchases.get(id);
    if (before === undefined) return undefined;
    const after = { ...before, ...change };
    this.#purchases.set(id, after);
    return after;
  }

  #newest({ limit, afterId }: Page, isWanted: (purchase: Purchase) => boolean): readonly Purchase[] {
    return [...this.#purchases.values()]
      .filter((each) => isWanted(each) && (afterId === undefined || each.id < afterId))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }
}

function next({ checks }: Purchase, nextCheckAt: number | undefined): Pick<Purchase, 'nextCheckAt' | 'checks'> {
  return { nextCheckAt, checks: nextCheckAt === undefined ? 0 : checks + 1 };
}
