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
import type { KitStands, Stand } from './standing.ts';
import { isAboutThis } from './usage.ts';

const MINUTE_MS = 60_000;
/** Messages say sooner that something was bought; this is for those that are lost. */
const FIRST_CHECK_MS = 2 * MINUTE_MS;
const CHECK_MS_MAX = 60 * MINUTE_MS;
const CHECKS_COUNTED = 10;
const DUE_MAX = 50;
/** How often both sides are read until nothing is told in between. */
const TRIES_MAX = 3;
/** Ten times what one grant of an operator's may come to. */
const GRANT_NANO_MAX = 10n ** 18n;

export type KitGrants = {
  /**
   * Looks at a customer's grants there and brings the ledger to what they are. Where Payment Kit leads, tells where both sides
   * stood before. @throws GatewayError, KitRefusal
   */
  readonly book: (kit: ConnectedKit, customer: KitCustomer) => Promise<Stand | undefined>;
  /** The same without doing anything. @throws GatewayError, KitRefusal */
  readonly compare: (kit: ConnectedKit, customer: KitCustomer) => Promise<Stand | undefined>;
  /** Looks sooner: something is to be bought. */
  readonly expect: (kit: ConnectedKit, customer: KitCustomer) => Promise<void>;
  /** Looks as soon as it is somebody's turn: something was used. */
  readonly hasten: (kit: ConnectedKit, customer: KitCustomer) => Promise<void>;
  /** Those whose time has come. */
  readonly bookDue: (kit: ConnectedKit, signal: AbortSignal) => Promise<void>;
};

export type KitGrantsInput = {
  readonly customers: Pick<KitCustomerStore, 'due' | 'postpone' | 'noteChecked'>;
  readonly usage: Pick<KitUsageStore, 'begin'>;
  readonly stands: KitStands;
  readonly ledger: KitLedger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly organizationId: string; readonly err: unknown }, message: string) => void;
};

export function createKitGrants(input: KitGrantsInput): KitGrants {
  const { customers, now } = input;
  /** A customer of whom the same is said many times at once is asked after once. */
  const underWay = new Map<string, Promise<Stand | undefined>>();
  const book: KitGrants['book'] = (kit, customer) => {
    const name = `${kit.place} ${customer.organizationId}`;
    const known = underWay.get(name);
    if (known !== undefined) return known;
    const begun = bookGrants(input, kit, customer).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };
  const lookAt = (kit: ConnectedKit, customer: KitCustomer, nextCheckAt: number): Promise<void> =>
    customers.postpone(customer, kit.place, { nextCheckAt, checks: 0 });
  return {
    book,
    compare: async (kit, customer) => {
      const { stand } = await readGrants(input, kit, { customer, give: async () => undefined });
      return stand;
    },
    expect: (kit, customer) => lookAt(kit, customer, now() + (activeMs(kit) ?? FIRST_CHECK_MS)),
    hasten: (kit, customer) => lookAt(kit, customer, now()),
    bookDue: (kit, signal) => bookDue({ ...input, book }, kit, signal),
  };
}

/** After which time a customer is looked at who uses credit; `undefined`: what is used is no reason to. */
function activeMs({ leads, checkSeconds }: ConnectedKit): number | undefined {
  return leads === 'payment_kit' ? checkSeconds * 1000 : undefined;
}

async function bookDue(
  { customers, now, warn, book }: KitGrantsInput & Pick<KitGrants, 'book'>,
  kit: ConnectedKit,
  signal: AbortSignal,
): Promise<void> {
  for (const customer of await customers.due(kit.place, now(), DUE_MAX)) {
    if (signal.aborted) return;
    const { organizationId, checks } = customer;
    try {
      const stand = await book(kit, customer);
      const isActive = checks === 0 || stand === undefined || stand.isMoving;
      await customers.postpone(customer, kit.place, nextOf(kit, { checks, isActive, now: now() }));
    } catch (err) {
      warn({ organizationId, err }, 'what Payment Kit has given a customer is not known yet; it is asked again');
      const isDown = !isAboutThis(err);
      await customers.postpone(customer, kit.place, nextOf(kit, { checks, isActive: isDown, now: now() }));
      // It answers nobody else either: of those that are due, one finds out when that is over.
      if (isDown && activeMs(kit) !== undefined) return;
    }
  }
}

function nextOf(
  kit: ConnectedKit,
  { checks, isActive, now }: { readonly checks: number; readonly isActive: boolean; readonly now: number },
): Pick<KitCustomer, 'nextCheckAt' | 'checks'> {
  const often = activeMs(kit);
  if (often !== undefined && isActive) return { nextCheckAt: now + often, checks: 1 };
  const next = Math.min(checks + 1, CHECKS_COUNTED);
  const inMs = Math.min(FIRST_CHECK_MS * 2 ** next, CHECK_MS_MAX);
  return { nextCheckAt: now + Math.max(inMs, often ?? 0), checks: next };
}

async function bookGrants(input: KitGrantsInput, kit: ConnectedKit, customer: KitCustomer): Promise<Stand | undefined> {
  const { customers, ledger, now } = input;
  const give = (found: readonly KitGrant[], known: Known) => giveGrants(input, kit, { customer, found, known });
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const at = now();
    const { stand } = await readGrants(input, kit, { customer, give });
    if (stand === undefined && kit.leads === 'payment_kit') continue;
    if (stand !== undefined && stand.moves.length > 0) {
      const { organizationId } = customer;
      await ledger.mirror({ organizationId, number: stand.standing.elsewhereEntries, moves: stand.moves });
    }
    await customers.noteChecked(customer, kit.place, at);
    return stand;
  }
  // Usage is told once a minute: the next time will be another.
  return undefined;
}

type Known = Awaited<ReturnType<KitLedger['known']>>;

/** Asks for a customer's grants, has them given, and where Payment Kit leads says where both sides stand. */
async function readGrants(
  { ledger, stands, now }: KitGrantsInput,
  kit: ConnectedKit,
  {
    customer,
    give,
  }: {
    readonly customer: KitCustomer;
    readonly give: (found: readonly KitGrant[], known: Known) => Promise<void>;
  },
): Promise<{ readonly stand: Stand | undefined }> {
  const { organizationId, customerId } = customer;
  const before = kit.leads === 'payment_kit' ? await stands.before(kit, customer) : undefined;
  const found = await kit.client.grants({ customerId, currencyId: kit.currencyId });
  for (const grant of found) assertMode(kit, grant);
  const references = found.map(({ id }) => `${kitReferences(kit.place)}${id}`);
  await give(found, await ledger.known(references));
  if (before === undefined) return { stand: undefined };
  const known = await ledger.known(references);
  const grants = found.flatMap((grant) => {
    const present = known.get(`${kitReferences(kit.place)}${grant.id}`);
    if (present?.organizationId !== organizationId || !isInForce(grant, now())) return [];
    return [{ id: present.id, thereNano: creditsOfUnits(BigInt(grant.remaining_amount), kit.places) }];
  });
  return { stand: await stands.after(kit, customer, { before, grants }) };
}

async function giveGrants(
  { ledger, usage, now, warn }: KitGrantsInput,
  kit: ConnectedKit,
  {
    customer: { organizationId },
    found,
    known,
  }: { readonly customer: KitCustomer; readonly found: readonly KitGrant[]; readonly known: Known },
): Promise<void> {
  const beganAt = await usage.begin(kit.place, now());
  for (const grant of found) {
    const reference = `${kitReferences(kit.place)}${grant.id}`;
    const present = known.get(reference);
    // What was another organization's when it was given stays there.
    if (present !== undefined && grant.status === 'voided') await ledger.takeBack(present);
    if (present !== undefined || !isInForce(grant, now())) continue;
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
function isInForce(grant: KitGrant, now: number): boolean {
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
