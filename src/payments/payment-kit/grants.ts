import { GatewayError } from '../../kernel/errors.ts';
import { creditsOfUnits, NO_CREDITS } from '../../kernel/money.ts';
import {
  type KitCustomer,
  type KitCustomerStore,
  type KitLedger,
  type KitUsageStore,
  kitReferences,
} from '../kit-ports.ts';
import type { ConnectedKit } from './account.ts';
import type { KitGrant } from './client.ts';

const MINUTE_MS = 60_000;
/** Messages say sooner that something was bought; this is for those that are lost. */
const FIRST_CHECK_MS = 2 * MINUTE_MS;
const CHECK_MS_MAX = 60 * MINUTE_MS;
const CHECKS_COUNTED = 10;
const DUE_MAX = 50;
/** Ten times what one grant of an operator's may come to. */
const GRANT_NANO_MAX = 10n ** 18n;

export type KitGrants = {
  /** Looks at a customer's grants there and brings the ledger to what they are. @throws GatewayError, KitRefusal */
  readonly book: (kit: ConnectedKit, customer: KitCustomer) => Promise<void>;
  /** Looks sooner: something is to be bought. */
  readonly expect: (kit: ConnectedKit, customer: KitCustomer) => Promise<void>;
  /** Those whose time has come. */
  readonly bookDue: (kit: ConnectedKit, signal: AbortSignal) => Promise<void>;
};

export type KitGrantsInput = {
  readonly customers: Pick<KitCustomerStore, 'due' | 'postpone'>;
  readonly usage: Pick<KitUsageStore, 'begin'>;
  readonly ledger: KitLedger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly organizationId: string; readonly err: unknown }, message: string) => void;
};

export function createKitGrants(input: KitGrantsInput): KitGrants {
  const { customers, now, warn } = input;
  /** A customer of whom the same is said many times at once is asked after once. */
  const underWay = new Map<string, Promise<void>>();
  const book: KitGrants['book'] = (kit, customer) => {
    const name = `${kit.place} ${customer.organizationId}`;
    const known = underWay.get(name);
    if (known !== undefined) return known;
    const begun = bookGrants(input, kit, customer).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };
  return {
    book,
    expect: (kit, customer) =>
      customers.postpone(customer, kit.place, { nextCheckAt: now() + FIRST_CHECK_MS, checks: 0 }),
    bookDue: async (kit, signal) => {
      for (const customer of await customers.due(kit.place, now(), DUE_MAX)) {
        if (signal.aborted) return;
        const { organizationId, checks } = customer;
        try {
          await book(kit, customer);
        } catch (err) {
          warn({ organizationId, err }, 'what Payment Kit has given a customer is not known yet; it is asked again');
        }
        const next = Math.min(checks + 1, CHECKS_COUNTED);
        const inMs = Math.min(FIRST_CHECK_MS * 2 ** next, CHECK_MS_MAX);
        await customers.postpone(customer, kit.place, { nextCheckAt: now() + inMs, checks: next });
      }
    },
  };
}

async function bookGrants(input: KitGrantsInput, kit: ConnectedKit, customer: KitCustomer): Promise<void> {
  const { ledger, usage, now, warn } = input;
  const { organizationId, customerId } = customer;
  const found = await kit.client.grants({ customerId, currencyId: kit.currencyId });
  const beganAt = await usage.begin(kit.place, now());
  const prefix = kitReferences(kit.place);
  const known = await ledger.known(found.map(({ id }) => `${prefix}${id}`));
  for (const grant of found) {
    assertMode(kit, grant);
    const reference = `${prefix}${grant.id}`;
    const present = known.get(reference);
    // What was another organization's when it was given stays there.
    if (present !== undefined && grant.status === 'voided') await ledger.takeBack(present);
    if (present !== undefined || !isToGive(grant, now())) continue;
    const amountNano = creditsOfUnits(BigInt(amountOf(grant, beganAt)), kit.places);
    if (amountNano === NO_CREDITS) continue;
    if (amountNano > GRANT_NANO_MAX) {
      warn({ organizationId, err: new Error(grant.id) }, 'a grant of Payment Kit is too large and was not given');
      continue;
    }
    await ledger.give({
      organizationId,
      reference,
      isPaid: grant.category !== 'promotional',
      name: grant.name ?? 'Payment Kit',
      amountNano,
      expiresAt: expiryOf(grant),
    });
  }
}

/** @throws GatewayError `payment.refused` where test money would become live credit, or the other way round */
function assertMode(kit: ConnectedKit, { id, livemode }: KitGrant): void {
  if (livemode === null || livemode === undefined || livemode === (kit.mode === 'live')) return;
  throw new GatewayError('payment.refused', { cause: new Error(`the grant ${id} is not of ${kit.mode} mode`) });
}

/** One that is not in force yet comes later; one that has been used up was, by what is told from here. */
function isToGive(grant: KitGrant, now: number): boolean {
  const expiresAt = expiryOf(grant);
  if (expiresAt !== undefined && expiresAt <= now) return false;
  return grant.status === 'granted' || grant.status === 'depleted';
}

/** What was used of it before the hub was connected was not used here. */
function amountOf({ amount, remaining_amount: remaining, created_at: created }: KitGrant, beganAt: number): string {
  const at = typeof created === 'number' ? created * 1000 : Date.parse(created ?? '');
  return at < beganAt ? remaining : amount;
}

function expiryOf({ expires_at: expiresAt }: KitGrant): number | undefined {
  return typeof expiresAt === 'number' && expiresAt > 0 ? expiresAt * 1000 : undefined;
}
