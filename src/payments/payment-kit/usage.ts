import { createHash } from 'node:crypto';
import {
  addCredits,
  cutCredits,
  formatCredits,
  lessCredits,
  type NanoCredits,
  NO_CREDITS,
} from '../../kernel/money.ts';
import type { KitCustomer, KitMovement, KitTelling, KitUsage, KitUsageStore } from '../kit-ports.ts';
import type { ConnectedKit } from './account.ts';
import { KitRefusal } from './client.ts';

const SEALS_MAX = 20;
const DUE_MAX = 100;
const FIRST_RETRY_MS = 5000;
const RETRY_MS_MAX = 10 * 60_000;
const PROBLEM_MAX = 300;

export type KitReports = {
  /** Makes of what was used since the last time one message for each customer. */
  readonly gather: (kit: ConnectedKit, signal: AbortSignal) => Promise<void>;
  /** Delivers what is due; what Payment Kit has already counts as delivered. */
  readonly deliver: (kit: ConnectedKit, signal: AbortSignal) => Promise<void>;
};

export type KitReportsInput = {
  readonly store: KitUsageStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (about: { readonly organizationId: string; readonly err: unknown }, message: string) => void;
};

export function createKitReports(input: KitReportsInput): KitReports {
  const { store, now } = input;
  return {
    gather: async (kit, signal) => {
      const decide = (movements: readonly KitMovement[], customers: readonly KitCustomer[]): KitTelling =>
        tellingOf(kit, { movements, customers, at: now() });
      while (!signal.aborted && (await store.gather(kit.place, SEALS_MAX, decide)));
    },
    deliver: (kit, signal) => deliver(input, kit, signal),
  };
}

type Period = {
  readonly movements: readonly KitMovement[];
  readonly customers: readonly KitCustomer[];
  readonly at: number;
};

/** What each customer is told for a period: all that was used and can be said in the currency's places; the rest comes later. */
export function tellingOf(
  kit: Pick<ConnectedKit, 'place' | 'meter' | 'places' | 'leads' | 'checkSeconds'>,
  { movements, customers, at }: Period,
): KitTelling {
  const { place, meter, places, leads, checkSeconds } = kit;
  const byOrganization = Map.groupBy(movements, ({ organizationId }) => organizationId);
  const untold: KitTelling['untold'][number][] = [];
  const usage: KitUsage[] = [];
  for (const { organizationId, customerId, untoldNano, checkedAt = 0 } of customers) {
    const moved = byOrganization.get(organizationId);
    if (moved === undefined) continue;
    const owedNano = moved.reduce<NanoCredits>((sum, { usedNano }) => addCredits(sum, usedNano), untoldNano);
    const valueNano = owedNano > 0n ? cutCredits(owedNano, places) : NO_CREDITS;
    // Whoever uses credit here may be using it elsewhere, too.
    const checkAt = leads === 'payment_kit' ? Math.max(at, checkedAt + checkSeconds * 1000) : undefined;
    untold.push({ organizationId, untoldNano: lessCredits(owedNano, valueNano), checkAt });
    if (valueNano === NO_CREDITS) continue;
    const identifier = identifierOf(place, { organizationId, moved, valueNano });
    usage.push({
      identifier,
      place,
      organizationId,
      customerId,
      meter,
      valueNano,
      madeAt: at,
      tries: 0,
      nextTryAt: at,
      deliveredAt: undefined,
      problem: undefined,
    });
  }
  return { untold, usage };
}

/** Made of the entries themselves: a store that was restored and gathers anew makes the same, or something for other entries. */
function identifierOf(
  place: string,
  {
    organizationId,
    moved,
    valueNano,
  }: Pick<KitUsage, 'organizationId' | 'valueNano'> & { readonly moved: readonly KitMovement[] },
): string {
  const hash = createHash('sha256').update(`${place}\n${organizationId}\n${valueNano}\n`);
  for (const entryId of moved.map((each) => each.entryId).toSorted()) hash.update(`${entryId}\n`);
  return `aigne-hub-${organizationId}-${hash.digest('hex')}`;
}

async function deliver({ store, now, warn }: KitReportsInput, kit: ConnectedKit, signal: AbortSignal): Promise<void> {
  const due = await store.due(kit.place, now(), DUE_MAX);
  for (const usage of due) {
    if (signal.aborted) return;
    const { identifier, organizationId, customerId, meter, valueNano, madeAt, tries } = usage;
    try {
      await kit.client.tell({ meter, customerId, value: formatCredits(valueNano), identifier, atMs: madeAt });
      await store.noteDelivered(identifier, now());
    } catch (err) {
      const at = now() + Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 20), RETRY_MS_MAX);
      await store.postpone(identifier, { at, problem: String(err).slice(0, PROBLEM_MAX) });
      warn({ organizationId, err }, 'Payment Kit was not told what was used; it is told again');
      if (isAboutThis(err)) continue;
      // It tells everybody the same: the next one to be tried finds out when that is over.
      await store.postponeDue(kit.place, now(), at);
      return;
    }
  }
}

/** Refused for what it is, and not because the service is down, busy or does not know the hub. */
export function isAboutThis(error: unknown): boolean {
  return error instanceof KitRefusal && [400, 404, 422].includes(error.status);
}
