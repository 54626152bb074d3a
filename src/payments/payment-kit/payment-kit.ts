import { GatewayError } from '../../kernel/errors.ts';
import type { NewId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/invalid.ts';
import { lessCredits, type NanoCredits, NO_CREDITS } from '../../kernel/money.ts';
import type { PaymentMode } from '../../protocol/payments.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type {
  KitBacklog,
  KitCustomer,
  KitCustomerStore,
  KitLedger,
  KitStandingStore,
  KitUsageStore,
} from '../kit-ports.ts';
import type { PaymentAccountStore, PaymentEventStore, PaymentFetch, PaymentVault } from '../ports.ts';
import { type ConnectedKit, createKitAccounts, type KitAccounts } from './account.ts';
import { KitRefusal } from './client.ts';
import { createKitGrants, type KitGrants } from './grants.ts';
import { type KitMessage, readKitMessage } from './messages.ts';
import { createKitStands, type Stand } from './standing.ts';
import { createKitReports, type KitReports } from './usage.ts';

const SOURCE = 'payment_kit';

/** What both sides know of a customer's credit. They agree where `left` is what remains there, less what is not told yet. */
export type KitComparison = {
  readonly customer: KitCustomer;
  /** Of the grants that came from there. */
  readonly leftNano: NanoCredits;
  readonly backlog: KitBacklog;
  readonly remainingNano: NanoCredits;
  /** Used, and covered by no grant there. */
  readonly pendingNano: NanoCredits;
  /** Whether credit that Payment Kit buys by itself can cover what is pending. */
  readonly canContinue: boolean;
  /** What was taken here since it was used elsewhere. */
  readonly elsewhereNano: NanoCredits;
  /** Where Payment Kit leads: what was used elsewhere and is not taken here yet; `undefined`: nobody can say just now. */
  readonly toTakeNano: NanoCredits | undefined;
};

/** Credit that a Payment Kit sells by prices of its own, while the hub's ledger decides what may be used. */
export type PaymentKit = {
  readonly accounts: Omit<KitAccounts, 'connected'>;
  /** In which mode the organization may buy there; `undefined`: it may not. */
  readonly offered: (scope: OrganizationScope) => Promise<PaymentMode | undefined>;
  /** Where the organization buys, as the customer it is there. @throws GatewayError `payment.…` */
  readonly checkout: (scope: OrganizationScope) => Promise<{ readonly url: string }>;
  /** Takes a message. Whatever is thrown, the service sends it again. @throws GatewayError */
  readonly receive: (message: Omit<KitMessage, 'path'>) => Promise<void>;
  /** Says which customer an organization is there. @throws GatewayError `resource.…`, `request.invalid` */
  readonly link: (scope: OrganizationScope, name: string) => Promise<KitCustomer>;
  readonly customers: (page: Parameters<KitCustomerStore['list']>[1]) => ReturnType<KitCustomerStore['list']>;
  /** @throws GatewayError `resource.not_found` */
  readonly compare: (scope: OrganizationScope) => Promise<KitComparison>;
  readonly backlog: () => Promise<KitBacklog | undefined>;
  /** Looks for grants that no message told of, by which an organization has more or less. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly gather: (signal: AbortSignal) => Promise<void>;
  readonly deliver: (signal: AbortSignal) => Promise<void>;
  /** Tells now what waits, whenever it was to be tried again. @throws GatewayError `payment.unavailable` */
  readonly tellNow: () => Promise<void>;
  /** Looks at a customer's grants now. @throws GatewayError `resource.not_found`, `payment.refused` */
  readonly checkNow: (scope: OrganizationScope) => Promise<void>;
};

export type PaymentKitInput = {
  readonly store: PaymentAccountStore;
  readonly customers: KitCustomerStore;
  readonly usage: KitUsageStore;
  readonly standing: KitStandingStore['standing'];
  readonly events: PaymentEventStore;
  readonly vault: PaymentVault;
  readonly fetch: PaymentFetch;
  readonly ledger: KitLedger;
  /** Whether calls cost credit now. */
  readonly isSelling: () => boolean;
  /** What a platform calls an organization. */
  readonly externalIdOf: (organizationId: string) => string | undefined;
  readonly isThere: (organizationId: string) => Promise<boolean>;
  /** Where Payment Kit is to send its messages. */
  readonly eventsAddress: () => string;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly organizationId: string; readonly err: unknown }, message: string) => void;
};

/** The parts that the functions here share. */
type Parts = PaymentKitInput & {
  readonly accounts: KitAccounts;
  readonly grants: KitGrants;
  readonly reports: KitReports;
};

export function createPaymentKit(input: PaymentKitInput): PaymentKit {
  const accounts = createKitAccounts(input);
  const reports = createKitReports({ store: input.usage, now: input.now, warn: input.warn });
  const { signal } = new AbortController();
  const gather = (kit: ConnectedKit): Promise<void> => reports.gather(kit, signal);
  const grants = createKitGrants({ ...input, stands: createKitStands({ store: input, gather }) });
  const parts: Parts = { ...input, accounts, grants, reports };
  const { customers, usage } = input;
  return {
    accounts: {
      ...accounts,
      set: async (change, ifRevision) => {
        const before = await accounts.get();
        const after = await accounts.set(change, ifRevision);
        const isNew = before?.leads !== after.leads || before.place !== after.place;
        if (isNew && after.leads === 'payment_kit') await customers.checkAll(after.place, input.now());
        return after;
      },
    },
    offered: async (scope) => {
      const kit = await accounts.connected();
      if (kit?.paymentLinkId === undefined || !input.isSelling()) return undefined;
      const isKnown =
        input.externalIdOf(scope.organizationId) !== undefined || (await customers.get(scope, kit.place)) !== undefined;
      return isKnown ? kit.mode : undefined;
    },
    checkout: (scope) => checkout(parts, scope),
    receive: (message) => receive(parts, message),
    link: async (scope, name) => {
      const kit = await connectedOf(parts);
      if (!(await input.isThere(scope.organizationId))) throw new GatewayError('resource.not_found');
      return link(parts, kit, { ...scope, name });
    },
    customers: async (page) => {
      const kit = await accounts.get();
      return kit === undefined ? [] : customers.list(kit.place, page);
    },
    compare: (scope) => compare(parts, scope),
    backlog: async () => {
      const kit = await accounts.get();
      return kit && usage.backlog(kit.place, undefined);
    },
    ...works(parts),
    tellNow: async () => {
      const kit = await connectedOf(parts);
      const { signal } = new AbortController();
      await reports.gather(kit, signal);
      await usage.hasten(kit.place, input.now());
      await reports.deliver(kit, signal);
    },
    checkNow: async (scope) => {
      const kit = await connectedOf(parts);
      const customer = await customerOf(parts, kit, scope);
      await refusing(() => grants.book(kit, customer));
    },
  };
}

/** What is done by itself, where a Payment Kit is connected. */
function works({ accounts, grants, reports }: Parts): Pick<PaymentKit, 'check' | 'gather' | 'deliver'> {
  const whileConnected =
    (work: (kit: ConnectedKit, signal: AbortSignal) => Promise<void>) => async (signal: AbortSignal) => {
      const kit = await accounts.connected();
      if (kit !== undefined) await work(kit, signal);
    };
  return {
    check: whileConnected(grants.bookDue),
    gather: whileConnected(reports.gather),
    deliver: whileConnected(reports.deliver),
  };
}

async function connectedOf({ accounts }: Parts): Promise<ConnectedKit> {
  const kit = await accounts.connected();
  if (kit === undefined) throw new GatewayError('payment.unavailable');
  return kit;
}

async function customerOf({ customers }: Parts, kit: ConnectedKit, scope: OrganizationScope): Promise<KitCustomer> {
  const customer = await customers.get(scope, kit.place);
  if (customer === undefined) throw new GatewayError('resource.not_found');
  return customer;
}

async function checkout(parts: Parts, scope: OrganizationScope): Promise<{ readonly url: string }> {
  const { customers, externalIdOf, grants, isSelling } = parts;
  const kit = await connectedOf(parts);
  if (kit.paymentLinkId === undefined || !isSelling()) throw new GatewayError('payment.unavailable');
  const name = externalIdOf(scope.organizationId);
  const present = await customers.get(scope, kit.place);
  // Nobody says by themselves who they are there: whoever could, could have what others bought.
  if (present === undefined && name === undefined) throw new GatewayError('payment.unavailable');
  const customer = present ?? (await link(parts, kit, { ...scope, name: name ?? '' }));
  await grants.expect(kit, customer);
  const url = new URL(`${kit.address.replace(/\/+$/, '')}/checkout/pay/${encodeURIComponent(kit.paymentLinkId)}`);
  // Whoever is signed in there gets what is bought, so the page has them sign in as the customer.
  const signIn = { forceConnected: customer.did, switchBehavior: 'required', showClose: false };
  url.searchParams.set('__did-connect__', Buffer.from(JSON.stringify(signIn), 'utf8').toString('base64'));
  return { url: url.href };
}

async function link(
  { customers, now }: Parts,
  kit: ConnectedKit,
  { organizationId, name }: OrganizationScope & { readonly name: string },
): Promise<KitCustomer> {
  const { id, did, livemode } = await refusing(() => kit.client.customer(name), 'customer');
  if (livemode === (kit.mode !== 'live')) throw invalid('customer', `is not of ${kit.mode} mode.`);
  const before = await customers.get({ organizationId }, kit.place);
  const customer: KitCustomer = {
    place: kit.place,
    organizationId,
    customerId: id,
    did,
    // The store keeps what it has.
    untoldNano: before?.untoldNano ?? NO_CREDITS,
    nextCheckAt: now(),
    checks: 0,
    checkedAt: before?.checkedAt,
  };
  if (await customers.link(customer)) return customer;
  throw new GatewayError('resource.conflict', {
    message: 'Another organization is that customer of Payment Kit already.',
    param: 'customer',
  });
}

async function receive(parts: Parts, message: Omit<KitMessage, 'path'>): Promise<void> {
  const { customers, events, grants, eventsAddress, newId, now } = parts;
  const kit = await connectedOf(parts);
  const path = new URL(eventsAddress()).pathname;
  const { id: eventId, type, mode, about, customerId } = readKitMessage(kit, { ...message, path }, now());
  if (await events.has(SOURCE, eventId)) return;
  // What is used elsewhere is no matter where the hub leads.
  const isMatter = customerId !== undefined && (about === 'grants' || kit.leads === 'payment_kit');
  const customer = isMatter ? await customers.ofCustomer(kit.place, customerId) : undefined;
  // Whatever it says, Payment Kit is asked what the customer has; at once, unless every call there may bring such a message.
  if (customer !== undefined && about === 'use') await grants.hasten(kit, customer);
  else if (customer !== undefined) await refusing(() => grants.book(kit, customer));
  await events.add({
    id: newId('pev'),
    method: SOURCE,
    eventId,
    type,
    mode,
    purchaseId: undefined,
    outcome: customer === undefined ? 'ignored' : 'applied',
    receivedAt: now(),
  });
}

async function compare(parts: Parts, scope: OrganizationScope): Promise<KitComparison> {
  const kit = await connectedOf(parts);
  const customer = await customerOf(parts, kit, scope);
  const { customerId } = customer;
  const { currencyId, places, client, place } = kit;
  const { pendingUnits, ...there } = await refusing(() => client.balance({ customerId, currencyId, places }));
  const canContinue = await refusing(() => client.canContinue({ customerId, currencyId, pendingUnits }));
  const stand = kit.leads === 'payment_kit' ? await refusing(() => parts.grants.compare(kit, customer)) : undefined;
  const standing = stand?.standing ?? (await parts.standing(scope, place, []));
  return {
    customer,
    elsewhereNano: standing?.elsewhereNano ?? NO_CREDITS,
    toTakeNano: stand && toTakeOf(stand),
    leftNano: await parts.usage.left(place, scope),
    backlog: await parts.usage.backlog(place, scope),
    ...there,
    canContinue,
  };
}

/** What the next time will take, and what calls hold or have used of it. */
function toTakeOf({ moves, toTakeNano }: Stand): NanoCredits {
  return moves.reduce<NanoCredits>(
    (sum, { amountNano }) => (amountNano < NO_CREDITS ? lessCredits(sum, amountNano) : sum),
    toTakeNano,
  );
}

/** @throws GatewayError `payment.refused`; `request.invalid` where it does not have what the field names */
async function refusing<T>(ask: () => Promise<T>, field?: string): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (field !== undefined && cause instanceof KitRefusal && [400, 404].includes(cause.status)) {
      throw invalid(field, 'is none that Payment Kit has.');
    }
    const isItsOwn =
      cause instanceof GatewayError && !cause.code.startsWith('upstream.') && !cause.code.startsWith('egress.');
    throw isItsOwn ? cause : new GatewayError('payment.refused', { cause });
  }
}
