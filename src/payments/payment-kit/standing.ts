import { type NanoCredits, NO_CREDITS } from '../../kernel/money.ts';
import type { KitCustomer, KitStanding, KitStandingStore } from '../kit-ports.ts';
import type { ConnectedKit } from './account.ts';
import { type ComparedGrant, type Mirrored, mirrored, usedElsewhereOf } from './mirror.ts';

/** What is known before Payment Kit is asked for a customer's grants. */
type Before = { readonly mark: string; readonly pendingNano: NanoCredits };

/** A grant of the customer's that is in force there, by the id that it has here, and what it has left there. */
export type GrantThere = { readonly id: string; readonly thereNano: NanoCredits };

/** Where both sides stand, and what follows from it. */
export type Stand = Mirrored & {
  readonly standing: KitStanding;
  /** Whether the customer uses credit here, or anywhere else. */
  readonly isMoving: boolean;
};

export type KitStands = {
  readonly before: (kit: ConnectedKit, customer: KitCustomer) => Promise<Before>;
  /** `undefined`: something was told meanwhile, and nobody can say whether the grants show that. */
  readonly after: (
    kit: ConnectedKit,
    customer: KitCustomer,
    read: { readonly before: Before; readonly grants: readonly GrantThere[] },
  ) => Promise<Stand | undefined>;
};

export type KitStandsInput = {
  readonly store: KitStandingStore;
  /** Makes messages of what was used. */
  readonly gather: (kit: ConnectedKit) => Promise<void>;
};

/** Compares credit on both sides: what is here is read before and after what is there, and has to be of one time. */
export function createKitStands({ store, gather }: KitStandsInput): KitStands {
  const standingOf = async (kit: ConnectedKit, customer: KitCustomer, grantIds: readonly string[]) => {
    const found = await store.standing(customer, kit.place, grantIds);
    if (found !== undefined) return found;
    await gather(kit);
    return await store.standing(customer, kit.place, grantIds);
  };
  const pendingOf = ({ client, currencyId, places }: ConnectedKit, { customerId }: KitCustomer) =>
    client.pending({ customerId, currencyId, places });
  return {
    before: async (kit, customer) => {
      const standing = await standingOf(kit, customer, []);
      return { mark: standing?.mark ?? '', pendingNano: await pendingOf(kit, customer) };
    },
    after: async (kit, customer, { before, grants }) => {
      const pendingNano = await pendingOf(kit, customer);
      const ids = grants.map(({ id }) => id);
      const standing = await standingOf(kit, customer, ids);
      if (standing === undefined || standing.mark !== before.mark) return undefined;
      const there = new Map(grants.map(({ id, thereNano }) => [id, thereNano]));
      const compared = standing.grants.map(
        (grant): ComparedGrant => ({ ...grant, thereNano: there.get(grant.id) ?? NO_CREDITS }),
      );
      const { untoldNano, waitingNano } = standing;
      const used = usedElsewhereOf({
        grants: compared,
        untoldNano,
        waitingNano,
        pendingNano: [before.pendingNano, pendingNano],
      });
      const followed = mirrored(compared, used);
      const isUsedHere =
        waitingNano > NO_CREDITS ||
        untoldNano !== customer.untoldNano ||
        compared.some(({ heldNano }) => heldNano > NO_CREDITS);
      return { ...followed, standing, isMoving: isUsedHere || followed.moves.length > 0 };
    },
  };
}
