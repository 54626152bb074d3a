import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { invalid } from '../kernel/invalid.ts';
import { type NanoCredits, NO_CREDITS, parseCredits } from '../kernel/money.ts';
import type { AutoTopUp, PaymentMethodName } from '../protocol/payments.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { PaymentAccounts } from './accounts.ts';
import type { CardPage } from './contract.ts';
import { readAmount, writeAmount } from './currency.ts';
import { newPurchase } from './new-purchase.ts';
import type { AutoTopUpStore, SaleSource, TellStopped, TopUpBeginning } from './ports.ts';
import type { Purchases } from './purchases.ts';
import { priceOf } from './sale.ts';

const DAY_MS = 86_400_000;
const LOW_MAX = 200;

export type TopUpChange = {
  readonly method: PaymentMethodName;
  readonly enabled: boolean;
  /** Credits, as decimal text. */
  readonly below: string;
  readonly currency: string;
  readonly amount: string;
  readonly dayMost: string;
  readonly setBy: string | undefined;
};

/** Credits that the hub buys by itself with a card that was saved. */
export type TopUps = {
  readonly get: AutoTopUpStore['get'];
  /** @throws GatewayError `request.invalid`, `payment.unavailable`, `resource.changed` */
  readonly set: (scope: OrganizationScope, change: TopUpChange) => Promise<AutoTopUp>;
  /** Begins to save a card, and says where it is entered. @throws GatewayError `resource.not_found` before it was set */
  readonly saveCard: (
    scope: OrganizationScope,
    page: Pick<CardPage, 'locale' | 'successUrl' | 'cancelUrl'>,
  ) => Promise<{ readonly url: string }>;
  /** Looks whether the card was entered. */
  readonly noteCard: (scope: OrganizationScope) => Promise<AutoTopUp | undefined>;
  readonly forgetCard: (scope: OrganizationScope) => Promise<AutoTopUp | undefined>;
  /** Buys more where there is too little: once, however many ask. */
  readonly topUp: (scope: OrganizationScope) => Promise<TopUpBeginning | 'enough'>;
  /** All whose accounts have too little. */
  readonly topUpLow: (signal: AbortSignal) => Promise<void>;
};

export type TopUpsInput = {
  readonly accounts: Pick<PaymentAccounts, 'service'>;
  readonly isSelling: () => boolean;
  readonly store: AutoTopUpStore;
  /** Told each time that a day's most is in the way. */
  readonly tellStopped: TellStopped;
  readonly sale: SaleSource;
  readonly purchases: Pick<Purchases, 'take'>;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly organizationId: string; readonly err: unknown }, message: string) => void;
};

export function createTopUps(input: TopUpsInput): TopUps {
  const { store } = input;
  return {
    get: store.get,
    set: (scope, change) => set(input, scope, change),
    saveCard: (scope, page) => saveCard(input, scope, page),
    noteCard: (scope) => noteCard(input, scope),
    forgetCard: async (scope) => {
      const before = await store.get(scope);
      return before && change(input, before, { card: undefined, setupSessionId: undefined });
    },
    topUp: (scope) => topUp(input, scope),
    topUpLow: async (signal) => {
      if (!input.isSelling()) return;
      for (const { organizationId } of await store.low(input.now(), LOW_MAX)) {
        if (signal.aborted) return;
        try {
          await topUp(input, { organizationId });
        } catch (err) {
          input.warn({ organizationId, err }, 'credit could not be bought by itself yet; it is tried again');
        }
      }
    },
  };
}

async function set(input: TopUpsInput, { organizationId }: OrganizationScope, wanted: TopUpChange): Promise<AutoTopUp> {
  const { accounts, store, sale, now } = input;
  const { method, enabled, currency, amount, setBy } = wanted;
  const belowNano = creditsOf(wanted.below);
  // What cannot be bought now cannot be bought later either.
  const { amountMinor } = priceOf(await sale(), { currency, amount });
  const dayMostMinor = readAmount(wanted.dayMost, currency);
  if (dayMostMinor === undefined || dayMostMinor < amountMinor) {
    throw invalid('day_most', 'has to be one top-up at least.');
  }
  const { mode } = await accounts.service(method);
  const before = await store.get({ organizationId });
  // A card of another service, or of its other mode, is none.
  const kept = before?.method === method && before.mode === mode ? before : undefined;
  const after: AutoTopUp = {
    organizationId,
    method,
    mode,
    enabled,
    belowNano,
    currency,
    amountMinor,
    dayMostMinor,
    setupSessionId: kept?.setupSessionId,
    card: kept?.card,
    // Whoever sets it has seen why it stopped.
    stoppedBy: undefined,
    setBy,
    updatedAt: now(),
    revision: (before?.revision ?? 0) + 1,
  };
  if (!(await store.put(after, before?.revision))) throw new GatewayError('resource.changed');
  return after;
}

async function saveCard(
  input: TopUpsInput,
  { organizationId }: OrganizationScope,
  page: Parameters<TopUps['saveCard']>[1],
): Promise<{ readonly url: string }> {
  const before = await input.store.get({ organizationId });
  if (before === undefined) throw new GatewayError('resource.not_found');
  const service = await input.accounts.service(before.method);
  const { currency, card } = before;
  const setupId = input.newId('pu');
  const { sessionId, url } = await service.openCardPage({
    ...page,
    organizationId,
    currency,
    customerId: card?.customerId,
    setupId,
  });
  await change(input, before, { setupSessionId: sessionId });
  return { url };
}

async function noteCard(input: TopUpsInput, scope: OrganizationScope): Promise<AutoTopUp | undefined> {
  const before = await input.store.get(scope);
  if (before?.setupSessionId === undefined) return before;
  const card = await (await input.accounts.service(before.method)).cardOf(before.setupSessionId);
  return card === undefined ? before : change(input, before, { card, setupSessionId: undefined, stoppedBy: undefined });
}

/** @throws GatewayError `resource.changed` */
async function change({ store, now }: TopUpsInput, before: AutoTopUp, more: Partial<AutoTopUp>): Promise<AutoTopUp> {
  const after = { ...before, ...more, updatedAt: now(), revision: before.revision + 1 };
  if (!(await store.put(after, before.revision))) throw new GatewayError('resource.changed');
  return after;
}

async function topUp(input: TopUpsInput, scope: OrganizationScope): Promise<TopUpBeginning | 'enough'> {
  const { accounts, isSelling, store, sale, purchases, newId, now } = input;
  const wanted = await store.get(scope);
  if (wanted?.card === undefined || !wanted.enabled || wanted.stoppedBy !== undefined || !isSelling()) return 'off';
  if (!(await store.isLow(scope.organizationId, now()))) return 'enough';
  const { method, mode, currency, card } = wanted;
  const service = await accounts.service(method);
  if (service.mode !== mode) return 'off';
  const at = now();
  const sold = await sale();
  const amount = writeAmount(wanted.amountMinor, currency);
  const purchase = newPurchase({
    ids: { id: newId('pu'), grantId: newId('gr') },
    organizationId: scope.organizationId,
    cause: 'top_up',
    method,
    mode,
    currency,
    priced: priceOf(sold, { currency, amount }),
    lastsDays: sold?.lastsDays,
    card: { customerId: card.customerId, cardId: card.cardId },
    buyerId: wanted.setBy,
    at,
  });
  const beginning = await store.begin(purchase, at - DAY_MS);
  if (beginning === 'capped') await tellCapped(input, wanted);
  if (beginning !== 'begun') return beginning;
  // What another has just bought is on the account by now: it was under way until then.
  if (!(await store.isLow(scope.organizationId, now()))) {
    await store.drop(purchase.id);
    return 'enough';
  }
  // Where nobody knows what became of it, it stays under way and is asked after.
  await purchases.take(purchase, await service.charge(purchase));
  return 'begun';
}

/** Once, until another was bought. */
async function tellCapped({ store, tellStopped }: TopUpsInput, { organizationId, currency, amountMinor }: AutoTopUp) {
  const last = await store.lastBegun({ organizationId });
  await tellStopped({ organizationId, cause: 'capped', about: `cap after ${last}`, currency, amountMinor });
}

function creditsOf(text: string): NanoCredits {
  if (/^0+(?:\.0+)?$/.test(text)) return NO_CREDITS;
  const credits = parseCredits(text);
  if (credits === undefined) throw invalid('below', 'is no amount of credits.');
  return credits;
}
